//! The door keeps within its own bounds, and keeps still when the service says so.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::future::join_all;
use secrecy::SecretString;
use serde_json::{Value, json};
use sixpotify_sources::SystemClock;
use sixpotify_sources::http::{
    Access, Budget, Door, DoorConfig, Endpoint, FetchError, MemoryLedger, NoToken, Request, Tokens, until,
};
use sixpotify_sources::spotify::Spotify;
use spotify_sim::Config;
use tokio::time::Instant;

use crate::client::{ID, id, is_after, now, quick_retry, sim, sim_config, spotify};
use crate::service::{Reply, Service};

const SECOND: Duration = Duration::from_secs(1);

fn artist() -> Reply {
    Reply::json(&json!({"id": ID, "name": "The Artist", "followers": {"total": 7}}))
}

fn limited() -> Reply {
    Reply::refusal(429, "Too many requests")
}

/// Returns once the client has read so many 429s.
async fn has_read_limits(spotify: &Spotify, count: u64) {
    while spotify.stats().limited < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nothing_is_sent_before_the_time_that_was_named() {
    let first = limited().header("retry-after", "1");
    let service = Service::start(move |_, n| if n == 0 { first.clone() } else { artist() }).await;
    let spotify = service.spotify();
    let early = tokio::spawn({
        let spotify = spotify.clone();
        async move { spotify.artist(&id(ID)).await }
    });
    has_read_limits(&spotify, 1).await;
    let read = Instant::now();
    let late = join_all((0..5).map(|_| async { spotify.artist(&id(ID)).await.unwrap() })).await;
    early.await.unwrap().unwrap();

    assert_eq!(late.len(), 5);
    let asked = service.asked();
    assert_eq!(asked.len(), 7);
    assert!(asked[1..].iter().all(|seen| seen.at >= asked[0].at + SECOND));
    assert!(read.elapsed() < Duration::from_secs(9), "{:?}", read.elapsed());
    // Being told to wait is not a failure.
    assert_eq!((spotify.stats().limited, spotify.stats().retries), (1, 0));
}

#[tokio::test]
async fn whoever_wants_no_more_does_not_wait() {
    let service = Service::always(limited().header("retry-after", "8")).await;
    let spotify = service.spotify();
    let (wanted, stop) = tokio::sync::watch::channel(false);
    let ask = || {
        let (stop, spotify) = (stop.clone(), spotify.clone());
        async move { until(stop, spotify.artist(&id(ID))).await }
    };
    let waits = tokio::spawn(ask());
    has_read_limits(&spotify, 1).await;
    let other = tokio::spawn({
        let spotify = spotify.clone();
        async move { spotify.artist(&id(ID)).await }
    });
    wanted.send_replace(true);
    for error in [waits.await.unwrap().unwrap_err(), ask().await.unwrap_err()] {
        assert!(matches!(error, FetchError::Stopped { .. }), "{error:?}");
        assert!(error.ends_the_run());
    }
    assert!(!other.is_finished(), "others share the door, and still want to be asked");
    assert_eq!(service.asked().len(), 1);
    other.abort();
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_for_the_caller_to_decide() {
    let hours = limited().header("retry-after", "48925");
    let service = Service::always(hours).await;
    let spotify = service.spotify();
    for _ in 0..3 {
        let error = spotify.artist(&id(ID)).await.unwrap_err();
        assert_eq!(error.to_string(), "spotify allows the next request at 2026-11-23 01:35 UTC: rate limit");
        assert!(error.ends_the_run());
        let FetchError::Paused { until, .. } = error else { panic!("{error:?}") };
        assert!(is_after(until, TimeDelta::seconds(48_925)), "{until}");
    }
    // The service was asked once, not once for each call; and other endpoints wait too.
    assert!(matches!(spotify.search_artists("x", 0).await, Err(FetchError::Paused { .. })));
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_quota_is_told_from_a_rate() {
    let body = json!({"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}});
    let quota = Reply::new(429, "application/json", body.to_string()).header("retry-after", "3600");
    let plain = Reply::new(429, "text/plain", "Too many requests").header("retry-after", "3600");
    for (reply, expected) in [(quota, "quota exceeded"), (plain, "rate limit")] {
        let error = Service::always(reply).await.spotify().artist(&id(ID)).await.unwrap_err();
        let FetchError::Paused { until, reason, .. } = error else { panic!("{error:?}") };
        assert!(is_after(until, TimeDelta::hours(1)), "{until}");
        assert_eq!(reason, expected);
    }
}

#[tokio::test]
async fn a_limit_that_names_no_time_is_respected_all_the_same() {
    for reply in [limited(), limited().header("retry-after", "soon"), limited().header("retry-after", "-5")] {
        let service = Service::always(reply).await;
        let mut config = service.config();
        config.max_wait = SECOND;
        let error = spotify(config).artist(&id(ID)).await.unwrap_err();
        let FetchError::Paused { until, .. } = error else { panic!("{error:?}") };
        assert!(is_after(until, TimeDelta::seconds(5)), "{until}");
        assert_eq!(service.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_limit_may_name_a_date_of_the_services_own_clock() {
    // Its clock is years behind ours.
    let reply = limited()
        .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
        .header("retry-after", "Sun, 06 Nov 1994 10:49:37 GMT");
    let error = Service::always(reply).await.spotify().artist(&id(ID)).await.unwrap_err();
    let FetchError::Paused { until, .. } = error else { panic!("{error:?}") };
    assert!(is_after(until, TimeDelta::hours(2)), "{until}");
}

#[tokio::test]
async fn an_absurd_time_is_a_long_time() {
    for seconds in [u64::MAX, i64::MAX.cast_unsigned(), 10_u64.pow(13)] {
        let service = Service::always(limited().header("retry-after", seconds.to_string())).await;
        let error = service.spotify().artist(&id(ID)).await.unwrap_err();
        let FetchError::Paused { until, .. } = error else { panic!("{error:?}") };
        assert!(is_after(until, TimeDelta::days(365)), "{until}");
    }
}

#[tokio::test]
async fn a_limited_service_is_never_provoked() {
    let sim = sim(Config {
        limit_per_30s: Some(10),
        window: SECOND,
        escalation: true,
        // The client may know at once: it is on the same machine.
        escalation_grace: Duration::from_millis(200),
        limited_as_text: 0.5,
        ..Config::default()
    })
    .await;
    let mut config = sim_config(&sim);
    config.concurrency = Some(4);
    let spotify = spotify(config);
    let names = ["Lizzo", "BTS", "Queen", "Drake", "Adele"];
    let calls = (0..25).map(|n| {
        let spotify = spotify.clone();
        async move { spotify.search_artists(names[n % names.len()], n / names.len()).await }
    });
    for page in join_all(calls).await {
        page.unwrap();
    }
    let stats = sim.stats();
    assert!(stats.limited > 0);
    assert_eq!((stats.by_status[&200], stats.while_limited_knowingly, stats.escalations), (25, 0, 0));
    assert_eq!(stats.limited, spotify.stats().limited);
}

#[tokio::test]
async fn a_daily_quota_pauses_and_loses_nothing() {
    let sim = sim(Config { quota_per_day: Some(5), ..Config::default() }).await;
    let spotify = spotify(sim_config(&sim));
    for n in 0..5 {
        spotify.search_artists("Lizzo", n).await.unwrap();
    }
    for n in 5..8 {
        let error = spotify.search_artists("Lizzo", n).await.unwrap_err();
        let FetchError::Paused { until, reason, .. } = error else { panic!("{error:?}") };
        assert_eq!(reason, "quota exceeded");
        assert!(until > now() + TimeDelta::hours(23) && until <= now() + TimeDelta::hours(25), "{until}");
    }
    assert_eq!((sim.stats().requests, sim.stats().while_limited), (6, 0));
}

#[tokio::test]
async fn no_more_are_in_flight_than_agreed() {
    let sim = sim(Config { latency: Duration::from_millis(20), ..Config::default() }).await;
    for concurrency in [1, 3, 8] {
        sim.reset_stats();
        let mut config = sim_config(&sim);
        config.concurrency = Some(concurrency);
        let spotify = spotify(config);
        assert_eq!(spotify.concurrency(), concurrency);
        join_all((0..24).map(|n| {
            let spotify = spotify.clone();
            async move { spotify.search_artists("Lizzo", n).await.unwrap() }
        }))
        .await;
        // As many, too: the bound is used.
        assert_eq!((sim.stats().requests, sim.stats().max_in_flight), (24, concurrency as u64));
    }
}

/// A token that is always the same.
struct Fixed;

#[async_trait]
impl Tokens for Fixed {
    async fn token(&self, _http: &reqwest::Client) -> Result<SecretString, NoToken> {
        Ok("fixed".to_owned().into())
    }

    async fn refused(&self, _token: &SecretString) {}
}

#[tokio::test]
async fn no_window_holds_more_requests_than_its_budget() {
    static THING: Endpoint = Endpoint { path: "/thing", may_be_withheld: false, item: true };
    let budget = Budget { requests: 10, window: Duration::from_millis(300) };
    let service = Service::always(Reply::json(&json!({}))).await;
    let config = DoorConfig {
        concurrency: 64,
        window: budget.window,
        per_window: Some(budget.requests),
        max_wait: SECOND,
        retry: quick_retry(),
        ..DoorConfig::new("the service")
    };
    let access = Access::Tokens(Box::new(Fixed));
    let door = Door::new(config, access, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    let request = Request::get(&THING, service.api_url());
    let start = Instant::now();
    for answer in join_all((0..31).map(|_| door.fetch::<Value>(&request))).await {
        answer.unwrap();
    }

    let asked = service.asked();
    assert_eq!(asked.len(), 31);
    // Request n comes no sooner than after n / 10 whole windows, however slow the machine is.
    for (n, seen) in (0_u32..).zip(&asked) {
        let earliest = start + budget.window * (n / budget.requests);
        assert!(seen.at >= earliest, "request {n} came {:?} too soon", earliest - seen.at);
    }
    let (used, in_all) = door.window();
    assert!(used <= 10, "{used}");
    assert_eq!(in_all, Some(budget));
    assert_eq!(asked[0].authorization, "Bearer fixed");
}

#[tokio::test]
async fn attempts_count_for_the_budget() {
    let service = Service::in_turn(vec![Reply::refusal(500, "Server error"), artist()]).await;
    let mut config = service.config();
    config.budget_30s = Some(90);
    let spotify = spotify(config);
    let (used, budget) = spotify.window();
    assert_eq!((used, budget.map(|b| b.requests)), (0, Some(90)));
    spotify.artist(&id(ID)).await.unwrap();
    assert_eq!(spotify.window().0, 2);
}
