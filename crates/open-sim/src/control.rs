//! The control endpoint: settings and acts at run time, and the counters.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::shared::Shared;
use crate::stats::Stats;

/// `GET /stats`, `GET /control` and `POST /control`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/stats", get(stats)).route("/control", get(settings).post(control))
}

/// What can be done, besides settings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Acts {
    /// Puts the clock forward.
    advance_ms: u64,
    /// Forgets what was counted.
    reset_stats: bool,
    /// Forgets the requests that count for a limit.
    reset_limits: bool,
}

const ACTS: [&str; 3] = ["advance_ms", "reset_stats", "reset_limits"];

/// Changes the settings that `wish` names and does the acts that it names; all of it or nothing.
///
/// # Errors
/// One sentence about what is not understood.
pub(crate) fn apply(shared: &Shared, wish: Value) -> Result<(), String> {
    let Value::Object(wish) = wish else {
        return Err("expected a JSON object of settings".to_owned());
    };
    let (acts, settings): (Map<_, _>, Map<_, _>) = wish.into_iter().partition(|(name, _)| ACTS.contains(&&**name));
    let acts: Acts = serde_json::from_value(acts.into()).map_err(|error| error.to_string())?;
    let mut all = serde_json::to_value(&*shared.config()).map_err(|error| error.to_string())?;
    if let Some(all) = all.as_object_mut() {
        all.extend(settings);
    }
    let config: Config = serde_json::from_value(all).map_err(|error| error.to_string())?;
    shared.configure(config)?;
    shared.clock().skip(Duration::from_millis(acts.advance_ms));
    if acts.reset_stats {
        shared.counters().reset();
    }
    if acts.reset_limits {
        shared.reset_limits();
    }
    Ok(())
}

async fn stats(State(shared): State<Shared>) -> Json<Stats> {
    Json(shared.counters().stats.clone())
}

async fn settings(State(shared): State<Shared>) -> Json<Config> {
    Json((*shared.config()).clone())
}

async fn control(State(shared): State<Shared>, Json(wish): Json<Value>) -> (StatusCode, Json<Value>) {
    match apply(&shared, wish) {
        Ok(()) => (StatusCode::OK, Json(json!(*shared.config()))),
        Err(problem) => (StatusCode::BAD_REQUEST, Json(json!({"error": problem}))),
    }
}
