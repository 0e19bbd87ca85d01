//! What is asked: an endpoint, an address and, for a POST, a body.

use std::fmt;

use serde_json::Value;
use url::Url;

/// One kind of request at a service, and what its refusals mean.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its path with the parts in braces, as in the service's reference: `/artists/{id}/albums`. Names it in messages.
    pub path: &'static str,
    /// Whether the service may withhold it from a key. If so a 403 means [`FetchError::Withheld`], from then on nothing
    /// is sent to it; if not, a 403 concerns the key as a whole: [`FetchError::Forbidden`].
    ///
    /// [`FetchError::Withheld`]: super::FetchError::Withheld
    /// [`FetchError::Forbidden`]: super::FetchError::Forbidden
    pub may_be_withheld: bool,
    /// Whether it is about one item, so that a 404 can mean that there is none: [`FetchError::Gone`]. Elsewhere a 404 is a
    /// fault, or the endpoint's being withheld.
    ///
    /// [`FetchError::Gone`]: super::FetchError::Gone
    pub item: bool,
}

/// A request to be sent through a [`Door`](super::Door).
#[derive(Clone)]
pub struct Request {
    /// What kind it is.
    pub endpoint: &'static Endpoint,
    /// Where it goes. Holds no secret: those are added by [`Access`](super::Access) as it leaves.
    pub url: Url,
    pub(super) body: Option<Vec<u8>>,
    pub(super) repeatable: bool,
}

impl Request {
    /// GET `url`.
    pub fn get(endpoint: &'static Endpoint, url: Url) -> Self {
        Self { endpoint, url, body: None, repeatable: true }
    }

    /// POST `body` as JSON. It is taken for a question, which may be asked twice; see [`Self::once`].
    pub fn post(endpoint: &'static Endpoint, url: Url, body: &Value) -> Self {
        Self { endpoint, url, body: Some(body.to_string().into_bytes()), repeatable: true }
    }

    /// This request does something, and twice would be once too often: it is sent again only while it certainly has not
    /// been received (no connection, or refused as too many). After that comes
    /// [`FetchError::Unsure`](super::FetchError::Unsure).
    #[must_use]
    pub fn once(self) -> Self {
        Self { repeatable: false, ..self }
    }

    pub(super) fn method(&self) -> reqwest::Method {
        if self.body.is_some() { reqwest::Method::POST } else { reqwest::Method::GET }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.endpoint.path)
    }
}
