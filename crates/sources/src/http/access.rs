//! Who asks: how a request is authorised, and how the secret stays out of everything that people read.

use std::borrow::Cow;
use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{NoToken, Request, Tokens};

/// Stands in the path of a request's URL where [`Access::Path`] puts the secret.
pub const SECRET: &str = "{secret}";

/// [`SECRET`] as a parsed URL has it.
const SECRET_ENCODED: &str = "%7Bsecret%7D";

/// How a service knows us. No secret of it is in a [`Request`], an error, a log or a `Debug`.
pub enum Access {
    /// It does not: everybody may ask.
    Open,
    /// By `Authorization: Bearer ..` with a token that is fetched first, and anew when it is refused.
    Tokens(Box<dyn Tokens>),
    /// By `Authorization: <scheme> <secret>`.
    Header {
        /// `Bearer`, `Token`.
        scheme: &'static str,
        /// What follows it.
        secret: SecretString,
    },
    /// By a parameter of the query.
    Query {
        /// The parameter's name.
        name: &'static str,
        /// Its value.
        secret: SecretString,
    },
    /// By a part of the path: the place where a request's URL has [`SECRET`].
    Path(SecretString),
}

impl Access {
    /// A header if there is a secret, nothing otherwise.
    pub fn optional_header(scheme: &'static str, secret: Option<SecretString>) -> Self {
        secret.map_or(Self::Open, |secret| Self::Header { scheme, secret })
    }

    /// The secret of the next request; empty where there is none.
    pub(super) async fn secret(&self, http: &reqwest::Client) -> Result<SecretString, NoToken> {
        match self {
            Self::Open => Ok(SecretString::default()),
            Self::Tokens(tokens) => tokens.token(http).await,
            Self::Header { secret, .. } | Self::Query { secret, .. } | Self::Path(secret) => Ok(secret.clone()),
        }
    }

    /// Says that the service refused `secret`. Returns whether another one may be better.
    pub(super) async fn refused(&self, secret: &SecretString) -> bool {
        match self {
            Self::Tokens(tokens) => {
                tokens.refused(secret).await;
                true
            }
            _ => false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// The request as it leaves, with the secret in its place.
    pub(super) fn outgoing(
        &self,
        http: &reqwest::Client,
        request: &Request,
        secret: &SecretString,
    ) -> reqwest::RequestBuilder {
        let mut url = Cow::Borrowed(&request.url);
        let mut authorization = None;
        match self {
            Self::Open => {}
            Self::Tokens(_) => authorization = header("Bearer", secret),
            Self::Header { scheme, .. } => authorization = header(scheme, secret),
            Self::Query { name, .. } => {
                url.to_mut().query_pairs_mut().append_pair(name, secret.expose_secret());
            }
            Self::Path(_) => {
                let path = url.path().replace(SECRET_ENCODED, secret.expose_secret());
                url.to_mut().set_path(&path);
            }
        }
        let mut outgoing = http.request(request.method(), url.into_owned());
        if let Some(value) = authorization {
            outgoing = outgoing.header(AUTHORIZATION, value);
        }
        match &request.body {
            Some(body) => {
                let json = HeaderValue::from_static("application/json");
                outgoing.header(reqwest::header::CONTENT_TYPE, json).body(body.clone())
            }
            None => outgoing,
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open to all",
            Self::Tokens(_) => "a token that is fetched",
            Self::Header { .. } => "a secret in a header",
            Self::Query { .. } => "a secret in the query",
            Self::Path(_) => "a secret in the path",
        })
    }
}

/// `None` for a secret that no header can hold (a line end in it); the service will say that it misses one.
fn header(scheme: &str, secret: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("{scheme} {}", secret.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `text` without `secret`: a service may quote in an error what it was sent.
pub(super) fn without<'a>(text: &'a str, secret: &SecretString) -> Cow<'a, str> {
    let plain = secret.expose_secret();
    if plain.is_empty() {
        return Cow::Borrowed(text);
    }
    let encoded: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let mut text = Cow::Borrowed(text);
    for form in [plain, encoded.as_str()] {
        if text.contains(form) {
            text = Cow::Owned(text.replace(form, "***"));
        }
    }
    text
}

/// Appends path segments to the base URL of a service.
pub(crate) fn join(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Endpoint;

    static THING: Endpoint = Endpoint { path: "/thing", may_be_withheld: false, item: true };

    fn sent(access: &Access, url: &str) -> reqwest::Request {
        let request = Request::get(&THING, Url::parse(url).unwrap());
        let secret = "s:e/cret".to_owned().into();
        #[expect(clippy::disallowed_methods, reason = "nothing is sent")]
        let http = reqwest::Client::new();
        access.outgoing(&http, &request, &secret).build().unwrap()
    }

    #[test]
    fn a_secret_goes_where_it_belongs() {
        let secret = || SecretString::from("s:e/cret".to_owned());
        let header = sent(&Access::Header { scheme: "Token", secret: secret() }, "http://x/y?a=b");
        assert_eq!(header.headers()["authorization"], "Token s:e/cret");
        assert!(header.headers()["authorization"].is_sensitive());
        assert_eq!(header.url().as_str(), "http://x/y?a=b");
        let query = sent(&Access::Query { name: "api_key", secret: secret() }, "http://x/y?a=b");
        assert_eq!(query.url().as_str(), "http://x/y?a=b&api_key=s%3Ae%2Fcret");
        let base = Url::parse("http://x").unwrap();
        let path = join(&base, &[&format!("bot{SECRET}"), "sendMessage"]);
        assert_eq!(sent(&Access::Path(secret()), path.as_str()).url().as_str(), "http://x/bots:e/cret/sendMessage");
        assert!(!sent(&Access::Open, "http://x/y").headers().contains_key("authorization"));
    }

    #[test]
    fn what_a_service_quotes_is_hidden() {
        let secret = SecretString::from("s:e/cret".to_owned());
        assert_eq!(without("bad key s:e/cret in ?k=s%3Ae%2Fcret", &secret), "bad key *** in ?k=***");
        assert_eq!(without("as it was", &SecretString::default()), "as it was");
    }
}
