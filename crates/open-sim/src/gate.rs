//! What every request passes: counting, latency, limits and faults.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use spotify_sim::connection::{Cut, Point, Scissors};
use spotify_sim::hash::hash;

use crate::config::Service;
use crate::fault;
use crate::limit::{Limit, Passed};
use crate::reply;
use crate::shared::Shared;

/// The longest body of a request, in bytes: a thousand ids are 40 kB.
const LONGEST_BODY: usize = 1 << 20;

/// Counts a request in flight until it is answered or given up by the client.
struct InFlight(Shared, Service);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.counters().leave(self.1);
    }
}

/// Around every endpoint of every service.
pub(crate) async fn gate(
    State(shared): State<Shared>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let Some(service) = Service::of_path(request.uri().path()) else {
        return next.run(request).await;
    };
    let (config, now) = (shared.config(), shared.clock().now());
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let target = format!("{}#{:x}", head.uri, hash("body", &String::from_utf8_lossy(&body)));
    let endpoint = path.as_ref().map_or("unknown", MatchedPath::as_str);
    let agent = head.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let before = shared.counters().arrive(service, endpoint, &target, agent, now);
    let in_flight = InFlight(shared.clone(), service);
    let settings = config.of(service);
    if settings.gone {
        shared.counters().of(service).gone += 1;
        scissors.arm(Cut::Reset(Point::Start), in_flight);
        return StatusCode::NO_CONTENT.into_response();
    }
    let passed = shared.admit(service, now);
    if settings.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(settings.latency_ms)).await;
    }
    let (mut response, met) = match passed {
        Some(Passed::No { room_in, first }) => {
            let mut counters = shared.counters();
            let stats = counters.of(service);
            stats.limited += 1;
            stats.while_limited += u64::from(!first);
            (refusal(service, shared.clock().real(room_in)), None)
        }
        _ => {
            let response = next.run(Request::from_parts(head, Body::from(body))).await;
            (response, fault::draw(&config, service, &target, before))
        }
    };
    if matches!(service, Service::ListenBrainz | Service::Labs) {
        response = with_window(response, service, passed, &shared);
    }
    if let Some(met) = met {
        shared.counters().fault(service, met.fault);
        let (spoilt, cut) = met.spoil(&config, service, response).await;
        response = spoilt;
        if let Some(cut) = cut {
            scissors.arm(cut, in_flight);
        }
    }
    let whole = met.is_none_or(|met| met.fault.is_harmless());
    shared.counters().answer(service, &target, response.status().as_u16(), whole);
    response
}

/// "Too many requests", as each service says it.
fn refusal(service: Service, room_in: Duration) -> Response {
    match service {
        Service::MusicBrainz => reply::error(
            service,
            StatusCode::SERVICE_UNAVAILABLE,
            "Your requests are exceeding the allowable rate limit. Please see https://wiki.musicbrainz.org/XMLWebService",
        ),
        Service::ListenBrainz | Service::Labs => {
            reply::error(service, StatusCode::TOO_MANY_REQUESTS, "You have exceeded your rate limit.")
        }
        Service::Deezer => reply::deezer_error("Exception", "Quota limit exceeded", 4),
        Service::ReccoBeats => {
            let seconds = room_in.as_secs() + u64::from(room_in.subsec_nanos() > 0);
            let response = reply::error(service, StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
            reply::with_header(response, "retry-after", &seconds.max(1).to_string())
        }
        Service::LastFm => reply::lastfm_error(29, "Rate Limit Exceded - Your IP has made too many requests"),
    }
}

/// How many requests the window has left, and when it ends.
fn with_window(response: Response, service: Service, passed: Option<Passed>, shared: &Shared) -> Response {
    let (left, room_in) = match passed {
        None => return response,
        Some(Passed::Yes { left, room_in }) => (left, room_in),
        Some(Passed::No { room_in, .. }) => (0, room_in),
    };
    let real = shared.clock().real(room_in).as_secs_f64();
    // Whole seconds, as the real service has them, unless the clock runs faster than any real one.
    let reset_in = if real < 1.0 { format!("{real:.3}") } else { format!("{:.0}", real.ceil()) };
    let response = reply::with_header(response, "x-ratelimit-limit", &Limit::of(service).requests.to_string());
    let response = reply::with_header(response, "x-ratelimit-remaining", &left.to_string());
    reply::with_header(response, "x-ratelimit-reset-in", &reset_in)
}
