//! What every request passes: counting, latency, token, limits and faults; and the token endpoint.

use std::time::{Duration, SystemTime};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::config::Config;
use crate::connection::Scissors;
use crate::fault::{self, Met};
use crate::shared::Shared;
use crate::token::check_client;

/// Counts a request in flight until it is answered or given up by the client.
struct InFlight(Shared);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.counters().stats.leave();
    }
}

/// Around every endpoint under `/v1`.
pub(crate) async fn gate(
    State(shared): State<Shared>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let (config, now) = (shared.config(), shared.clock().now());
    let target = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let endpoint = path.as_ref().map_or("unknown", MatchedPath::as_str);
    let before = shared.counters().arrive(endpoint, &target, now, config.window);
    let in_flight = InFlight(shared.clone());

    let admitted = shared.admit(now, &config, authorization(request.headers()));
    pause(config.latency).await;
    let (response, met) = match admitted {
        Ok(()) => (next.run(request).await, fault::draw(&config, &target, before)),
        Err(refusal) => (refusal.into_response(), None),
    };
    let response = match met {
        Some(met) => spoil(&shared, &config, met, response, &scissors, in_flight).await,
        None => response,
    };
    shared.counters().answer(&target, response.status().as_u16(), met.is_none());
    dated(&config, response)
}

/// With the service's own idea of the time, where it is not the true one.
fn dated(config: &Config, mut response: Response) -> Response {
    if !config.clock_ahead.is_zero() {
        let date = httpdate::fmt_http_date(SystemTime::now() + config.clock_ahead);
        if let Ok(date) = HeaderValue::try_from(date) {
            response.headers_mut().insert(header::DATE, date);
        }
    }
    response
}

/// `POST /api/token`
pub(crate) async fn token(
    State(shared): State<Shared>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let config = shared.config();
    pause(config.latency).await;
    let before = shared.counters().arrive_for_token();
    if let Err(refusal) = check_client(&config, authorization(&headers), &body) {
        shared.counters().stats.tokens_refused += 1;
        return refusal.into_response();
    }
    let token = shared.tokens().issue(shared.clock().now(), &config);
    shared.counters().stats.tokens_issued += 1;
    let lifetime = config.token_lifetime.as_secs();
    let given = json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime});
    let response = Json(given).into_response();
    match fault::draw(&config, "token", before).filter(|_| config.faults_on_tokens) {
        Some(met) => spoil(&shared, &config, met, response, &scissors, ()).await,
        None => response,
    }
}

/// Does to an answer what was drawn for it; `keep` lives as long as a connection that is cut.
async fn spoil(
    shared: &Shared,
    config: &Config,
    met: Met,
    response: Response,
    scissors: &Scissors,
    keep: impl Send + 'static,
) -> Response {
    shared.counters().stats.fault(met.fault);
    let (response, cut) = met.spoil(config, response).await;
    if let Some(cut) = cut {
        scissors.arm(cut, keep);
    }
    response
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())
}

async fn pause(latency: Duration) {
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
}
