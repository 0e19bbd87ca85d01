//! Paging: how many entries, and after which one.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

use crate::error::Problem;

/// Entries of a page where nothing else is asked for, and at most.
pub(crate) const USUAL: u16 = 20;
pub(crate) const MOST: u16 = 100;

/// The query of a request; what cannot be read is a problem that says so.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        query.map(|Query(query)| Self(query)).map_err(|error| Problem::Invalid(error.body_text()))
    }
}

/// The id in the address.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|error| Problem::Invalid(error.body_text()))
    }
}

/// How many entries: 1 to [`MOST`].
pub(crate) fn limit(wish: Option<u16>) -> Result<usize, Problem> {
    match wish.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit.into()),
        other => Err(Problem::Invalid(format!("`limit` is {other}, expected 1 to {MOST}"))),
    }
}

/// A place in a list of texts, as an opaque word.
pub(crate) fn cursor(parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(parts.join("\u{0}"))
}

/// The place that [`cursor`] made a word of.
pub(crate) fn place<const N: usize>(cursor: &str) -> Result<[String; N], Problem> {
    let wrong = || Problem::Invalid("`after` is not a value that `next` gave".to_owned());
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let parts: Vec<String> = text.split('\u{0}').map(str::to_owned).collect();
    parts.try_into().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_the_way_out_and_back() {
        for parts in [["abba", "1"], ["아이유", "csv:x y/z"], ["", ""]] {
            assert_eq!(place::<2>(&cursor(&parts)).unwrap(), parts);
        }
        for bad in ["", "!", "YQ", "____"] {
            assert!(place::<2>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pages_are_neither_empty_nor_endless() {
        assert_eq!(limit(None).unwrap(), 20);
        assert_eq!(limit(Some(100)).unwrap(), 100);
        assert!(limit(Some(0)).is_err() && limit(Some(101)).is_err());
    }
}
