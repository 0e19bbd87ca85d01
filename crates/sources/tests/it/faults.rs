//! What is out of order at the service, or on the way to it, is tried again, and not for ever.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use serde_json::json;
use sixpotify_sources::http::{Retry, Timeouts};
use spotify_sim::{Config, Fault, sample};
use url::Url;

use crate::client::{ID, failed, id, patience, quick_retry, sim, sim_config, spotify};
use crate::service::{Reply, Service, Then};

/// One byte more than the door reads.
const TOO_LONG: usize = (16 << 20) + 1;

/// An artist, to be broken.
fn artist() -> Reply {
    Reply::json(&json!({"id": ID, "name": "The Artist", "followers": {"total": 7}}))
}

/// Every answer that is no use, and what the door says about it.
fn faults() -> Vec<(Reply, &'static str)> {
    let json = |body: &str| Reply::new(200, "application/json", body);
    vec![
        (Reply::refusal(500, "Server error"), "HTTP 500"),
        (Reply::new(502, "text/plain", "bad gateway"), "HTTP 502"),
        (Reply::new(503, "text/html", "<html><body>Sorry</body></html>"), "HTTP 503"),
        (Reply::new(504, "text/plain", ""), "HTTP 504"),
        (Reply::new(408, "text/plain", ""), "HTTP 408"),
        (Reply::new(204, "text/plain", ""), "HTTP 204"),
        (json(r#"{"id":"0000000000000000000abc","na"#), "ends too early at line 1 column 34"),
        (json(""), "empty body"),
        (json(" \r\n"), "empty body"),
        (Reply::new(200, "text/html", "<!doctype html><html></html>"), "text/html instead of JSON"),
        (json("<html></html>"), "HTML instead of JSON"),
        (json("no JSON"), "not JSON at line 1 column 2"),
        (json(r#"{"name": 5}"#), "a value of another type at line 1 column 10"),
        (artist().half(Then::Close), "the answer was cut off"),
        (artist().half(Then::Reset), "the answer was cut off"),
        (Reply::nothing(Then::Close), "the request failed"),
        (Reply::nothing(Then::Reset), "the request failed"),
    ]
}

#[tokio::test]
async fn a_fault_that_stays_costs_five_requests() {
    for (reply, expected) in faults() {
        let service = Service::always(reply.clone()).await;
        let spotify = service.spotify();
        let error = spotify.artist(&id(ID)).await.unwrap_err();
        assert!(!error.ends_the_run(), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("spotify gave no usable answer to /artists/{id} in 5 attempts: "), "{text}");
        assert!(text.contains(expected), "{reply:?}: {text}");
        assert_eq!(service.asked().len(), 5, "{reply:?}");
        assert_eq!((spotify.stats().requests, spotify.stats().retries), (5, 4));
    }
}

#[tokio::test]
async fn a_fault_that_passes_costs_one_request() {
    for (reply, _) in faults() {
        let service = Service::in_turn(vec![reply.clone(), artist()]).await;
        let spotify = service.spotify();
        let found = spotify.artist(&id(ID)).await.unwrap_or_else(|error| panic!("{reply:?}: {error}"));
        assert_eq!((found.artist.name.as_str(), found.artist.followers), ("The Artist", Some(7)));
        assert_eq!(service.asked().len(), 2, "{reply:?}");
        assert_eq!((spotify.stats().requests, spotify.stats().retries), (2, 1));
    }
}

#[tokio::test]
async fn a_field_that_is_missing_is_named() {
    let service = Service::always(Reply::json(&json!({"albums": {}}))).await;
    let (_, last) = failed(service.spotify().search_artists("x", 0).await);
    assert!(last.contains("missing field `artists`"), "{last}");
}

#[tokio::test]
async fn a_long_value_in_a_wrong_place_does_not_make_a_long_message() {
    let service = Service::always(Reply::json(&json!({"id": ID, "followers": "x".repeat(100_000)}))).await;
    let error = service.spotify().artist(&id(ID)).await.unwrap_err().to_string();
    assert!(error.len() < 300 && !error.contains("xxx"), "{} bytes", error.len());
}

#[tokio::test]
async fn silence_is_not_waited_out() {
    let stalls = [Reply::nothing(Then::Stall), artist().half(Then::Stall)];
    for reply in stalls {
        let service = Service::always(reply).await;
        let mut config = service.config();
        config.timeouts = patience(Duration::from_millis(60));
        let spotify = spotify(config);
        // Only a bound on a hanging test, a hundred times what it takes.
        let result = tokio::time::timeout(Duration::from_secs(30), spotify.artist(&id(ID))).await;
        let (attempts, last) = failed(result.expect("the deadline of a silent read is kept"));
        assert_eq!((attempts, service.asked().len()), (5, 5));
        assert!(last.contains("no answer in time") || last.contains("timed out"), "{last}");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_not_waited_for() {
    let pause = Duration::from_millis(10);
    let service = Service::always(artist().half(Then::Trickle(pause))).await;
    let mut config = service.config();
    // No single pause is too long; all of it is.
    config.timeouts = Timeouts { whole: Duration::from_millis(150), ..patience(Duration::from_secs(5)) };
    config.retry.attempts = 2;
    let (attempts, last) = failed(spotify(config).artist(&id(ID)).await);
    assert_eq!((attempts, service.asked().len()), (2, 2));
    assert!(last.contains("timed out") || last.contains("in time"), "{last}");
}

#[tokio::test]
async fn a_body_beyond_all_bounds_is_not_read() {
    let long = vec![b' '; TOO_LONG];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&long).unwrap();
    let packed = gzip.finish().unwrap();
    assert!(packed.len() < TOO_LONG / 100);
    let plain = Reply::new(200, "application/json", long);
    let packed = Reply::new(200, "application/json", packed).header("content-encoding", "gzip");
    for reply in [plain, packed] {
        let service = Service::always(reply).await;
        let mut config = service.config();
        config.retry.attempts = 1;
        let (_, last) = failed(spotify(config).artist(&id(ID)).await);
        assert_eq!(last, "the answer is longer than 16777216 bytes");
    }
}

#[tokio::test]
async fn nobody_at_home() {
    let service = Service::always(artist()).await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = service.config();
    config.api_url = Url::parse(&format!("http://{}/v1", free.local_addr().unwrap())).unwrap();
    drop(free);
    let spotify = spotify(config);
    let (attempts, last) = failed(spotify.artist(&id(ID)).await);
    assert_eq!((attempts, spotify.stats().requests), (5, 5));
    assert!(last.starts_with("cannot connect: ") && last.contains("refused"), "{last}");
}

#[tokio::test]
async fn time_is_a_bound_too() {
    let service = Service::always(Reply::refusal(500, "Server error")).await;
    let mut config = service.config();
    config.retry = Retry { total: Duration::ZERO, ..quick_retry() };
    assert_eq!(failed(spotify(config).artist(&id(ID)).await), (1, "HTTP 500".to_owned()));
}

#[tokio::test]
async fn a_wait_that_the_service_asked_for_leaves_all_attempts() {
    let limited = Reply::refusal(429, "Too many requests").header("retry-after", "1");
    // Being told to wait is no attempt that failed: four may follow that do.
    let error = || Reply::refusal(500, "Server error");
    let service = Service::in_turn(vec![limited, error(), error(), error(), error(), artist()]).await;
    let mut config = service.config();
    config.retry = Retry { total: Duration::from_millis(900), ..quick_retry() };
    spotify(config).artist(&id(ID)).await.unwrap();
    assert_eq!(service.asked().len(), 6);
}

#[tokio::test]
async fn every_fault_of_the_stand_in_is_understood() {
    for fault in Fault::ALL {
        let sim = sim(Config { faults: [(fault, 1.0)].into(), ..Config::default() }).await;
        let mut config = sim_config(&sim);
        config.timeouts = patience(Duration::from_millis(100));
        let result = spotify(config).search_artists("Lizzo", 0).await;
        let stats = sim.stats();
        // A search is of no item that could be gone, so a 404 is a fault like the others.
        assert_eq!(failed(result).0, 5, "{fault}");
        assert_eq!((stats.requests, stats.faults[fault.name()]), (5, 5), "{fault}");
        assert_eq!(stats.tokens_issued, 1, "{fault}");
    }
}

#[tokio::test]
async fn answers_among_many_faults_are_those_of_a_quiet_day() {
    let mut config = Config { fault_seed: 3, ..Config::default() };
    config.set_all_faults(0.3);
    let sim = sim(config).await;
    let mut config = sim_config(&sim);
    config.timeouts = patience(Duration::from_millis(300));
    let spotify = spotify(config);
    let names: Vec<_> = sample::artist_names().into_iter().step_by(70).collect();
    let mut disturbed = BTreeMap::new();
    for name in &names {
        disturbed.insert(name, spotify.search_artists(name, 0).await.unwrap());
    }
    let faults: u64 = sim.stats().faults.values().sum();
    assert!(faults >= 10, "{:?}", sim.stats().faults);
    assert_eq!(sim.stats().duplicates, 0);
    sim.configure(|config| config.faults.clear()).unwrap();
    for (name, page) in disturbed {
        assert!(!page.artists.is_empty(), "{name}");
        assert_eq!(spotify.search_artists(name, 0).await.unwrap(), page, "{name}");
    }
}
