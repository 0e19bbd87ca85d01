//! Whatever is sent, the server answers: no panic, no internal error.

use axum::body::Body;
use axum::http::{Request, header};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::app::{App, id};

/// Some of what people send, and some of what they attack with.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[%&=+;'\"<>\\\\/?#\\[\\]{}a-z0-9~|]{0,60}",
        Just("'; drop table artists; --".to_owned()),
        Just("a".repeat(5000)),
        Just("%00%ff%c3%28".to_owned()),
        Just("http://169.254.169.254/latest/meta-data".to_owned()),
        Just(format!("https://open.spotify.com/artist/{}", id(0))),
        "[astln]~[suhp#=][a-z0-9_~-]{0,40}",
    ]
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn no_input_is_an_internal_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(App::new());
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let result = runner.run(&(text(), text(), any::<bool>()), |(a, b, live)| {
        runtime.block_on(async {
            app.clock.advance(chrono::TimeDelta::seconds(120));
            let (raw, a, b) = (a.clone(), encoded(&a), encoded(&b));
            for path in [
                format!("/artist/{a}"),
                format!("/api/v1/artists?q={a}&limit={b}&after={b}"),
                format!("/api/v1/artists/{a}/similar?after={b}"),
                format!("/api/v1/tracks/{a}/similar?limit={b}"),
                format!("/api/v1/find?q={a}"),
                format!("/?lang={a}"),
                format!("/{a}/{b}"),
            ] {
                let answer = app.get(&path).await;
                prop_assert!(!answer.status.is_server_error(), "{path}: {answer:#?}");
            }
            for form in
                [format!("text={a}"), format!("choice={a}&said={b}"), format!("choice={b}&text={a}"), raw.clone()]
            {
                let answer = app.say(&form, None, live).await;
                prop_assert!(!answer.status.is_server_error(), "{form}: {answer:#?}");
            }
            let json = Request::post("/").header(header::CONTENT_TYPE, "application/json").body(Body::from(raw));
            let answer = app.send(json.unwrap()).await;
            prop_assert!(answer.status.is_client_error(), "{answer:#?}");
            Ok(())
        })
    });
    result.unwrap();
    let figures = runtime.block_on(app.get("/metrics"));
    assert!(!figures.body.contains("status=\"500\""), "{}", figures.body);
    assert!(!figures.body.contains("outcome=\"error\""), "{}", figures.body);
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused_and_deep_json_is_only_wrong() {
    let app = App::new().await;
    let form = |length: usize| {
        let body = format!("text={}", "a".repeat(length));
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(Body::from(body)).unwrap()
    };
    assert!(app.send(form(1000)).await.status.is_success());
    assert_eq!(app.send(form(1 << 20)).await.status.as_u16(), 413);
    for path in ["/webhooks/messenger", "/webhooks/telegram"] {
        let deep = "[".repeat(200_000);
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").body(Body::from(deep));
        let answer = app.send(request.unwrap()).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:#?}");
    }
}
