//! The stylesheet, the script and the icon. Their addresses change with their content, so browsers may keep them for good.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::state::AppState;

const STYLE: &str = include_str!("../../assets/app.css");
const SCRIPT: &str = include_str!("../../assets/chat.js");
const ICON: &str = include_str!("../../assets/favicon.svg");

/// Addresses of the assets, with a digest of what they hold.
#[derive(Debug)]
pub(crate) struct Assets {
    /// Of the stylesheet.
    pub(crate) style: String,
    /// Of the script.
    pub(crate) script: String,
    /// Of the icon.
    pub(crate) icon: String,
}

/// The addresses of this program's assets.
pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: address("/assets/app.css", STYLE),
    script: address("/assets/chat.js", SCRIPT),
    icon: address("/assets/icon.svg", ICON),
});

fn address(path: &str, content: &str) -> String {
    let digest = Sha256::digest(content.as_bytes());
    format!("{path}?v={}", URL_SAFE_NO_PAD.encode(&digest[..9]))
}

/// Everything below `/assets`, and the icon where browsers look for one unasked.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/assets/app.css", get(|query| asset(query, STYLE, "text/css; charset=utf-8")))
        .route("/assets/chat.js", get(|query| asset(query, SCRIPT, "text/javascript; charset=utf-8")))
        .route("/assets/icon.svg", get(|query| asset(query, ICON, "image/svg+xml")))
        .route("/favicon.ico", get(|query| asset(query, ICON, "image/svg+xml")))
}

async fn asset(RawQuery(query): RawQuery, content: &'static str, kind: &'static str) -> Response {
    // An address without the digest, or of another version of the program, may hold something else tomorrow.
    let versioned = query.is_some_and(|query| address("", content).ends_with(&query));
    let keep = if versioned { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], content).into_response()
}
