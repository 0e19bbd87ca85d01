//! REST: every answer held against the document.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sixpotify_core::ArtistId;
use sixpotify_server::openapi;
use sixpotify_store::RelatedRow;

use crate::app::{ARTISTS, Answer, App, id};

/// Checks an answer against what the document says of `path` with its status.
fn conforms(path: &str, answer: &Answer) -> Value {
    let document = openapi();
    let operation = &document["paths"][path]["get"];
    let response = &operation["responses"][answer.status.as_str()];
    assert!(response.is_object(), "{path} documents no {}: {answer:#?}", answer.status);
    let kind = answer.header("content-type");
    let mut schema = response["content"][kind]["schema"].clone();
    assert!(schema.is_object(), "{path} documents no {kind} for {}", answer.status);
    schema["components"] = document["components"].clone();
    let body = answer.json();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{path}: {errors:#?} in {body:#}");
    only_what_is_documented(path, &schema, &document, &body);
    body
}

/// No object has a field of which the document says nothing.
fn only_what_is_documented(path: &str, schema: &Value, document: &Value, body: &Value) {
    let resolved = |schema: &Value| match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    };
    let schema = resolved(schema);
    match body {
        Value::Object(fields) => {
            let all: Vec<Value> = match schema["allOf"].as_array() {
                Some(parts) => parts.iter().map(resolved).collect(),
                None => match schema["oneOf"].as_array() {
                    Some(parts) => parts.iter().map(resolved).collect(),
                    None => vec![schema.clone()],
                },
            };
            for (name, value) in fields {
                let documented = all.iter().find_map(|part| part["properties"].get(name));
                let documented = documented.unwrap_or_else(|| panic!("{path}: `{name}` is not documented: {schema:#}"));
                only_what_is_documented(path, documented, document, value);
            }
        }
        Value::Array(entries) => {
            entries.iter().for_each(|entry| only_what_is_documented(path, &schema["items"], document, entry));
        }
        _ => {}
    }
}

#[tokio::test]
async fn answers_are_as_documented() {
    let app = App::new().await;
    let list = conforms("/artists", &app.get("/api/v1/artists?q=b").await);
    assert_eq!(list["artists"].as_array().unwrap().len(), 2, "{list:#}");
    let one = conforms("/artists/{id}", &app.get(&format!("/api/v1/artists/{}", id(0))).await);
    assert_eq!((one["name"].as_str(), one["genres"][0]["name"].as_str()), (Some("SHINee"), Some("k-pop")));
    assert_eq!(one["origins"][0]["source"], "spotify");
    assert_eq!(one["attributions"][0]["source"], "spotify");
    let similar = conforms("/artists/{id}/similar", &app.get(&format!("/api/v1/artists/{}/similar", id(0))).await);
    assert_eq!(similar["similar"][0]["artist"]["name"], "aespa");
    assert_eq!(similar["similar"][0]["because"], "shared genre: k-pop; very similar sound");
    assert_eq!(similar["similar"][0]["why"], json!(["g:k-pop", "s:close"]));
    let track = one["top_tracks"][0]["id"].as_str().unwrap();
    let songs = conforms("/tracks/{id}/similar", &app.get(&format!("/api/v1/tracks/{track}/similar?limit=2")).await);
    assert_eq!((songs["similar"].as_array().unwrap().len(), &songs["next"]), (2, &json!(2)), "{songs:#}");
    let more =
        conforms("/tracks/{id}/similar", &app.get(&format!("/api/v1/tracks/{track}/similar?limit=2&after=2")).await);
    assert_ne!(songs["similar"][0]["track"]["id"], more["similar"][0]["track"]["id"]);
    assert_eq!(more["similar"][0]["rank"], 3);
    let found = conforms("/find", &app.get("/api/v1/find?q=%EC%97%90%EC%8A%A4%ED%8C%8C").await);
    assert_eq!((found["how"].as_str(), found["answer"]["name"].as_str()), (Some("alias"), Some("aespa")), "{found:#}");
    let nobody = conforms("/find", &app.get("/api/v1/find?q=zzyzxq").await);
    assert_eq!((nobody["verdict"].as_str(), &nobody["answer"]), (Some("not_found"), &Value::Null));
}

#[tokio::test]
async fn wrong_requests_are_problems_as_documented() {
    let app = App::new().await;
    let problem = |path: &'static str, answer: Answer, status: StatusCode| {
        assert_eq!(answer.status, status, "{path}");
        let body = conforms(path, &answer);
        assert_eq!(body["status"], status.as_u16());
    };
    problem("/artists/{id}", app.get("/api/v1/artists/nobody").await, StatusCode::NOT_FOUND);
    problem("/artists/{id}/similar", app.get("/api/v1/artists/nobody/similar").await, StatusCode::NOT_FOUND);
    problem("/tracks/{id}/similar", app.get("/api/v1/tracks/none/similar").await, StatusCode::NOT_FOUND);
    problem("/artists", app.get("/api/v1/artists?limit=0").await, StatusCode::BAD_REQUEST);
    problem("/artists", app.get("/api/v1/artists?limit=many").await, StatusCode::BAD_REQUEST);
    problem("/artists", app.get("/api/v1/artists?after=%21").await, StatusCode::BAD_REQUEST);
    problem("/find", app.get("/api/v1/find").await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pages_hold_everything_once() {
    let app = App::new().await;
    let mut names = Vec::new();
    let mut next = String::new();
    loop {
        let page = app.get(&format!("/api/v1/artists?limit=3{next}")).await.json();
        names.extend(page["artists"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(after) => next = format!("&after={after}"),
            None => break,
        }
    }
    assert_eq!(names.len(), ARTISTS.len());
    names.sort();
    names.dedup();
    assert_eq!(names.len(), ARTISTS.len());
    let mut ranks = Vec::new();
    let mut after = json!(0);
    while !after.is_null() {
        let page = app.get(&format!("/api/v1/artists/{}/similar?limit=4&after={after}", id(0))).await.json();
        ranks.extend(page["similar"].as_array().unwrap().iter().map(|n| n["rank"].as_u64().unwrap()));
        after = page["next"].clone();
    }
    assert_eq!(ranks, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn the_document_is_served_and_is_openapi() {
    let app = App::new().await;
    let served = app.get("/api/v1/openapi.json").await.json();
    assert_eq!(served, openapi());
    assert_eq!(served["openapi"], "3.1.0");
    let mut ids = Vec::new();
    for operation in served["paths"].as_object().unwrap().values().map(|path| &path["get"]) {
        ids.push(operation["operationId"].as_str().unwrap());
        assert!(operation["responses"]["200"]["content"]["application/json"]["schema"].is_object());
    }
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn answers_given_again_are_the_same_and_counted_and_never_older_than_half_a_minute() {
    let app = App::new().await;
    let path = format!("/api/v1/artists/{}/similar?limit=2", id(0));
    let first = app.get(&path).await;
    let packed = || Request::get(&path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let small = app.send(packed()).await;
    assert_eq!((first.header("content-encoding"), small.header("content-encoding")), ("", "gzip"));

    let mut related = app.store.begin_related().await.unwrap();
    let row = RelatedRow {
        artist_id: ArtistId::from_stored(id(0)),
        rank: 1,
        related_id: ArtistId::from_stored(id(3)),
        distance: 0.5,
        why: String::new(),
    };
    related.write(&[row]).await.unwrap();
    related.finish().await.unwrap();
    for _ in 0..2 {
        let again = app.get(&path).await;
        assert_eq!((again.status, &again.body, &again.headers), (first.status, &first.body, &first.headers));
        let again = app.send(packed()).await;
        assert_eq!((&again.body, &again.headers), (&small.body, &small.headers));
    }
    let counted = "sixpotify_http_request_seconds_count{route=\"/api/v1/artists/{id}/similar\",status=\"200\"} 6";
    let figures = app.get("/metrics").await.body;
    assert!(figures.lines().any(|line| line == counted), "{figures}");

    app.clock.advance(TimeDelta::seconds(30));
    let fresh = app.get(&path).await.json();
    assert_eq!(fresh["similar"][0]["artist"]["name"], "Metallica", "{fresh:#}");
    assert_ne!(app.send(packed()).await.body, small.body);
    let nobody = "/api/v1/artists/nobody/similar";
    assert_eq!(app.get(nobody).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(nobody).await.header("content-type"), "application/problem+json");
}
