//! Who writes on the page: a number in a cookie, drawn when somebody writes for the first time. Whoever only looks gets none.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::HeaderValue;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::page::cookie;
use crate::error::Problem;
use crate::state::AppState;

/// Name of the cookie.
const COOKIE_NAME: &str = "chat";

/// Bytes of the number in it.
const BYTES: usize = 16;

/// How long a browser keeps it, in seconds: 30 days.
const MAX_AGE: u32 = 30 * 24 * 3600;

/// Forgets the cookie.
pub(crate) const FORGET: HeaderValue = HeaderValue::from_static("chat=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly");

/// A visitor.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// The number that the browser sent.
    token: Option<String>,
    /// Where the request came from.
    pub(crate) address: IpAddr,
    /// Whether it came over TLS, as far as a proxy says.
    secure: bool,
}

impl Visitor {
    /// The key under which the conversation is kept: a digest, so that whoever reads the catalogue cannot speak for anybody.
    /// `None` for somebody who never wrote.
    pub(crate) fn key(&self) -> Option<String> {
        self.token.as_deref().map(key_of)
    }

    /// The key, with the cookie to set where there was none.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn key_or_new(&self) -> Result<(String, Option<HeaderValue>), Problem> {
        if let Some(key) = self.key() {
            return Ok((key, None));
        }
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| Problem::Internal(Box::new(error)))?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{COOKIE_NAME}={token}; Path=/; Max-Age={MAX_AGE}; SameSite=Lax; HttpOnly{secure}");
        let cookie = HeaderValue::try_from(cookie).map_err(|error| Problem::Internal(Box::new(error)))?;
        Ok((key_of(&token), Some(cookie)))
    }
}

fn key_of(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..BYTES])
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let token = cookie(&parts.headers, COOKIE_NAME).filter(|token| is_token(token)).map(str::to_owned);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let behind = state.config.proxies;
        let forwarded = || parts.headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
        let address = if behind == 0 { None } else { forwarded_for(forwarded(), behind) };
        let address = address.or(peer).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        let proto = parts.headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        Ok(Self { token, address, secure: behind > 0 && proto == Some("https") })
    }
}

fn is_token(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == BYTES)
}

/// The address that the outermost of `proxies` of ours saw: the last ones of the list are theirs, the others anybody's words.
fn forwarded_for<'a>(values: impl Iterator<Item = &'a str>, proxies: u8) -> Option<IpAddr> {
    let all: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let at = all.len().checked_sub(usize::from(proxies))?;
    let text = all[at];
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(token: Option<&str>, secure: bool) -> Visitor {
        Visitor { token: token.map(str::to_owned), address: IpAddr::from([127, 0, 0, 1]), secure }
    }

    #[test]
    fn a_new_visitor_gets_a_cookie_that_scripts_and_other_sites_cannot_use() {
        let (key, cookie) = visitor(None, true).key_or_new().unwrap();
        let cookie = cookie.unwrap().to_str().unwrap().to_owned();
        for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let token = cookie.split([';', '=']).nth(1).unwrap();
        assert!(is_token(token));
        assert_eq!(visitor(Some(token), false).key(), Some(key.clone()));
        assert!(!key.contains(token), "the key gives the cookie away");
        assert!(!visitor(None, false).key_or_new().unwrap().1.unwrap().to_str().unwrap().contains("Secure"));
    }

    #[test]
    fn only_our_proxies_are_believed() {
        let seen =
            |values: &[&'static str], proxies| forwarded_for(values.iter().copied(), proxies).map(|a| a.to_string());
        assert_eq!(seen(&["6.6.6.6, 1.2.3.4"], 1).as_deref(), Some("1.2.3.4"));
        assert_eq!(seen(&["6.6.6.6, 1.2.3.4", "10.0.0.1"], 2).as_deref(), Some("1.2.3.4"));
        assert_eq!(seen(&["[2001:db8::1]:443"], 1).as_deref(), Some("2001:db8::1"));
        assert_eq!(seen(&["1.2.3.4"], 2), None);
        assert_eq!(seen(&["nonsense"], 1), None);
    }
}
