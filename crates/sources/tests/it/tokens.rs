//! Tokens: one request for many callers, renewed in time, and never a stampede.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use sixpotify_sources::http::FetchError;
use spotify_sim::{Config, Fault};

use crate::client::{ID, failed, id, sim, sim_config, spotify};
use crate::service::{Reply, Service, TOKEN, grant};

fn artist() -> Reply {
    Reply::json(&json!({"id": ID, "name": "The Artist", "followers": {"total": 7}}))
}

/// Gives out `token-0`, `token-1` and so on, and accepts the latest one only.
async fn numbered(expires_in: u64) -> Service {
    let latest = Arc::new(AtomicUsize::new(0));
    let given = latest.clone();
    Service::with_tokens(
        move |_, n| {
            given.store(n, Ordering::Relaxed);
            Reply::json(&grant(&format!("token-{n}"), expires_in))
        },
        move |seen, _| {
            let good = format!("Bearer token-{}", latest.load(Ordering::Relaxed));
            if seen.authorization == good { artist() } else { Reply::refusal(401, "The access token expired") }
        },
    )
    .await
}

#[tokio::test]
async fn many_calls_at_once_share_one_token() {
    let service = Service::always(artist()).await;
    let spotify = service.spotify();
    join_all((0..32).map(|_| async { spotify.artist(&id(ID)).await.unwrap() })).await;
    let asked = service.asked_for_token();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "POST /api/token");
    // demo:demo-secret
    assert_eq!(asked[0].authorization, "Basic ZGVtbzpkZW1vLXNlY3JldA==");
    assert_eq!(asked[0].body, "grant_type=client_credentials");
    let bearer = format!("Bearer {TOKEN}");
    assert!(service.asked().iter().all(|seen| seen.authorization == bearer && seen.body.is_empty()));
    // Token requests are no part of the count.
    assert_eq!(spotify.stats().requests, 32);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    // A lifetime, the time after which the token is still good, and the time after which it is renewed.
    for (lifetime, fresh, due) in [(3600, 3500, 3545), (100, 80, 95)] {
        let service = numbered(lifetime).await;
        let spotify = service.spotify();
        spotify.artist(&id(ID)).await.unwrap();
        for (after, tokens) in [(fresh, 1), (due - fresh, 2)] {
            // Nothing is under way while the clock is put forward.
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(after)).await;
            tokio::time::resume();
            join_all((0..8).map(|_| async { spotify.artist(&id(ID)).await.unwrap() })).await;
            assert_eq!(service.asked_for_token().len(), tokens, "lifetime {lifetime}");
        }
        // Not a single 401.
        assert_eq!(service.asked().len(), 17);
    }
}

#[tokio::test]
async fn a_token_that_dies_early_costs_one_request() {
    let sim = sim(Config::default()).await;
    let spotify = spotify(sim_config(&sim));
    spotify.search_artists("Lizzo", 0).await.unwrap();
    sim.reset_stats();
    sim.revoke_tokens();
    spotify.search_artists("Lizzo", 1).await.unwrap();
    let stats = sim.stats();
    assert_eq!((stats.requests, stats.tokens_issued), (2, 1));
    assert_eq!((stats.by_status[&200], stats.by_status[&401]), (1, 1));
    assert_eq!(spotify.stats().retries, 0);
}

#[tokio::test]
async fn a_token_that_dies_under_many_calls_is_renewed_once() {
    let sim = sim(Config { latency: Duration::from_millis(20), ..Config::default() }).await;
    let spotify = spotify(sim_config(&sim));
    spotify.search_artists("Lizzo", 0).await.unwrap();
    sim.reset_stats();
    sim.revoke_tokens();
    let call = |n| {
        let spotify = spotify.clone();
        async move { spotify.search_artists("Lizzo", n).await.unwrap() }
    };
    join_all((1..11).map(call)).await;
    let stats = sim.stats();
    assert_eq!((stats.by_status[&200], stats.tokens_issued), (10, 1));
    assert!(stats.by_status[&401] <= 10, "{:?}", stats.by_status);
}

#[tokio::test]
async fn a_token_that_dies_again_and_again_loses_no_call() {
    let expired = || Reply::refusal(401, "The access token expired");
    let service = Service::in_turn(vec![expired(), expired(), expired(), artist()]).await;
    service.spotify().artist(&id(ID)).await.unwrap();
    assert_eq!((service.asked().len(), service.asked_for_token().len()), (4, 4));
}

#[tokio::test]
async fn tokens_that_live_for_twenty_requests_lose_no_call() {
    let config = Config { latency: Duration::from_millis(5), token_requests: Some(20), ..Config::default() };
    let sim = sim(config).await;
    let mut config = sim_config(&sim);
    config.concurrency = Some(8);
    let spotify = spotify(config);
    let call = |n| {
        let spotify = spotify.clone();
        async move { spotify.search_artists("Lizzo", n).await }
    };
    for page in join_all((0..100).map(call)).await {
        page.unwrap();
    }
    let stats = sim.stats();
    assert_eq!((stats.by_status[&200], stats.tokens_issued), (100, 5));
    // Those in flight when each of the first four died.
    assert!((4..=4 * 8).contains(&stats.by_status[&401]), "{:?}", stats.by_status);
}

#[tokio::test]
async fn tokens_that_are_never_accepted_are_wrong_credentials() {
    let service = Service::always(Reply::refusal(401, "Invalid access token")).await;
    let error = service.spotify().artist(&id(ID)).await.unwrap_err();
    assert!(matches!(error, FetchError::Credentials { .. }), "{error:?}");
    assert_eq!(error.to_string(), "spotify refuses the credentials: Invalid access token");
    assert!(error.ends_the_run());
    // One for the early death that is forgiven, then the usual five.
    assert_eq!((service.asked().len(), service.asked_for_token().len()), (6, 6));
}

#[tokio::test]
async fn a_wrong_secret_is_told_once_and_at_once() {
    let sim = sim(Config { client_secret: "another".to_owned(), ..Config::default() }).await;
    let spotify = spotify(sim_config(&sim));
    let calls = join_all((0..20).map(|_| async { spotify.search_artists("Lizzo", 0).await.unwrap_err() }));
    for error in calls.await {
        assert!(matches!(error, FetchError::Credentials { .. }), "{error:?}");
        assert_eq!(error.to_string(), "spotify refuses the credentials: Invalid client secret");
        assert!(error.ends_the_run());
    }
    assert_eq!((sim.stats().tokens_refused, sim.stats().requests), (1, 0));
}

#[tokio::test]
async fn a_token_endpoint_that_stumbles_is_asked_again() {
    let service = Service::with_tokens(
        |_, n| match n {
            0 => Reply::new(503, "text/html", "<html></html>"),
            1 => Reply::new(200, "text/html", "<html></html>"),
            2 => Reply::json(&json!({"token_type": "Bearer"})),
            _ => Reply::json(&grant(TOKEN, 3600)),
        },
        |_, _| artist(),
    )
    .await;
    service.spotify().artist(&id(ID)).await.unwrap();
    assert_eq!((service.asked_for_token().len(), service.asked().len()), (4, 1));
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_is_asked_five_times_for_everybody() {
    let config = Config { faults: [(Fault::ErrorText, 1.0)].into(), faults_on_tokens: true, ..Config::default() };
    let sim = sim(config).await;
    let spotify = spotify(sim_config(&sim));
    let calls = join_all((0..10).map(|_| async { spotify.search_artists("Lizzo", 0).await }));
    for result in calls.await {
        assert!(matches!(&result, Err(FetchError::Failed { endpoint: "the token endpoint", .. })), "{result:?}");
        let (attempts, last) = failed(result);
        assert_eq!(attempts, 5);
        assert!(last.starts_with("HTTP 50"), "{last}");
    }
    assert_eq!((sim.stats().faults["error-text"], sim.stats().requests), (5, 0));
}

#[tokio::test]
async fn a_token_endpoint_that_limits_is_left_alone_as_long_as_it_says() {
    let limited = || Reply::new(429, "text/plain", "Too many requests").header("retry-after", "1");
    let service = Service::with_tokens(
        move |_, n| if n == 0 { limited() } else { Reply::json(&grant(TOKEN, 3600)) },
        |_, _| artist(),
    )
    .await;
    let spotify = service.spotify();
    join_all((0..20).map(|_| async { spotify.artist(&id(ID)).await.unwrap() })).await;
    let asked = service.asked_for_token();
    assert_eq!((asked.len(), service.asked().len()), (2, 20), "one refusal holds for everybody");
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_token_endpoint_that_limits_for_long_pauses_the_run() {
    let limited = Reply::new(429, "text/plain", "Too many requests").header("retry-after", "3600");
    let service = Service::with_tokens(move |_, _| limited.clone(), |_, _| artist()).await;
    let spotify = service.spotify();
    for _ in 0..3 {
        let error = spotify.artist(&id(ID)).await.unwrap_err();
        assert!(matches!(&error, FetchError::Paused { .. }), "{error:?}");
        assert!(error.ends_the_run());
    }
    assert_eq!((service.asked_for_token().len(), service.asked().len()), (1, 0), "nothing is sent while limited");
}

#[tokio::test]
async fn a_token_without_a_lifetime_or_with_an_absurd_one_is_used() {
    for body in [json!({"access_token": TOKEN}), grant(TOKEN, u64::MAX)] {
        let service = Service::with_tokens(move |_, _| Reply::json(&body), |_, _| artist()).await;
        let spotify = service.spotify();
        for _ in 0..3 {
            spotify.artist(&id(ID)).await.unwrap();
        }
        assert_eq!(service.asked_for_token().len(), 1);
    }
}

#[tokio::test]
async fn a_missing_token_endpoint_is_no_missing_artist() {
    let service = Service::with_tokens(|_, _| Reply::new(404, "text/plain", ""), |_, _| artist()).await;
    let error = service.spotify().artist(&id(ID)).await.unwrap_err();
    assert_eq!(error.to_string(), "spotify gave no usable answer to the token endpoint in 5 attempts: HTTP 404");
    assert_eq!((service.asked_for_token().len(), service.asked().len()), (5, 0));
}
