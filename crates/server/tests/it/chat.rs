//! The chat page, with and without its script.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use serde_json::Value;

use crate::app::{Answer, App};
use crate::channel::{TestServer, in_folder};

/// The replies of a stream of events.
fn replies(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert!(answer.body.starts_with("event: typing\n"), "{}", answer.body);
    assert!(answer.body.ends_with("event: end\ndata: {}\n\n"), "{}", answer.body);
    let data = answer.body.split("\n\n").filter(|event| event.starts_with("event: reply\n"));
    data.map(|event| serde_json::from_str(event.split_once("data: ").unwrap().1).unwrap()).collect()
}

fn cookie(answer: &Answer) -> String {
    let mut set = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let chat = set.rfind(|value| value.starts_with("chat=")).unwrap_or_else(|| panic!("{answer:#?}"));
    chat.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_form_works_without_a_script() {
    let app = App::new().await;
    let page = app.get("/").await;
    assert!(page.body.contains("method=\"post\" action=\"/\""));
    assert!(page.headers.get("set-cookie").is_none(), "whoever only looks gets no cookie");
    let answer = app.say("text=shinee", None, false).await;
    assert_eq!(answer.status, StatusCode::OK);
    for part in ["shinee</p>", ">SHINee</a></h2>", "aespa", "Listen on Spotify", "class=\"chip\""] {
        assert!(answer.body.contains(part), "no `{part}` in {}", answer.body);
    }
    let cookie = cookie(&answer);
    let set = answer.header("set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    // A button of that page, with the conversation that it belongs to.
    let chosen = app.say("choice=songs&said=x", Some(&cookie), false).await;
    assert_eq!(chosen.status, StatusCode::OK);
    let songs = app.say("text=songs", Some(&cookie), false).await;
    assert!(songs.body.contains("Song 0 of SHINee"), "{}", songs.body);
}

#[tokio::test]
async fn the_script_gets_events() {
    let app = App::new().await;
    let answer = app.say("text=%EC%97%90%EC%8A%A4%ED%8C%8C", None, true).await;
    let replies = replies(&answer);
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0]["language"], "ko", "written in Hangul, answered in Korean");
    assert!(replies[0]["html"].as_str().unwrap().contains(">aespa</a></h2>"), "{replies:#?}");
}

#[tokio::test]
async fn an_unknown_name_is_answered_honestly_where_nobody_can_be_asked() {
    let app = App::new().await;
    let answer = app.say("text=Zzyzx+Qwfp", None, true).await;
    let replies = replies(&answer);
    assert_eq!(replies.len(), 1, "{replies:#?}");
    assert!(replies[0]["html"].as_str().unwrap().contains("Zzyzx Qwfp"), "{replies:#?}");
}

#[tokio::test]
async fn a_genre_is_answered_with_those_who_are_known_for_it() {
    let app = App::new().await;
    let said = async |form: &str| {
        let answer = app.say(form, None, true).await;
        replies(&answer)[0]["html"].as_str().unwrap().to_owned()
    };
    let html = said("text=some+KPop+please").await;
    let (aespa, shinee) = (html.find(">aespa<"), html.find(">SHINee<"));
    assert!(html.contains("Well known for k-pop") && aespa.is_some() && aespa < shinee, "{html}");
    // None of the catalogue's.
    assert!(said("text=polka").await.contains("“polka”"));
    assert!(said("text=sad").await.contains("by “sad” alone"));
}

#[tokio::test]
async fn nothing_of_what_was_written_is_kept_and_all_goes_on_demand() {
    let app = App::new().await;
    let first = app.say("text=hello+there+secretword", None, true).await;
    let cookie = cookie(&first);
    for said in ["metallica", "secretword+and+another", "%ED%95%9C%EA%B5%AD%EC%96%B4", "a+song+called+secretword"] {
        app.say(&format!("text={said}"), Some(&cookie), true).await;
    }
    // In the files, whatever the table, the log included: what was deleted inside them counts, too.
    assert!(!app.files_contain("secretword"), "what somebody wrote is in the catalogue");
    assert!(app.files_contain("Metallica"), "the test looks at the right files");
    assert!(!app.files_contain(cookie.split('=').nth(1).unwrap()), "the cookie itself is kept");
    // The key is a digest of the cookie: there is one conversation, in Korean by now.
    let kept = "select count(*) from conversations where channel = 'web' and language = 'ko'";
    assert_eq!(app.count(kept), 1);

    let asked = app.say("text=delete+my+data", Some(&cookie), true).await;
    assert!(replies(&asked)[0]["html"].as_str().unwrap().contains("value=\"delete~now\""), "{asked:#?}");
    let deleted = app.say("choice=delete~now&said=Delete", Some(&cookie), true).await;
    assert_eq!(replies(&deleted)[0]["forget"], true);
    for table in ["conversations", "chat_events"] {
        assert_eq!(app.count(&format!("select count(*) from {table}")), 0, "{table}");
    }
    assert_eq!(app.count("select count(*) from chat_lookups where user_key is not null"), 0);
    let page = app.say("choice=delete~now&said=Delete", Some(&cookie), false).await;
    let forgotten =
        page.headers.get_all("set-cookie").iter().any(|value| value.to_str().unwrap().contains("Max-Age=0"));
    assert!(forgotten, "{page:#?}");
}

#[tokio::test]
async fn one_visitor_may_write_so_much_and_is_told_when_to_go_on() {
    let app = App::new().await;
    let cookie = cookie(&app.say("text=hi", None, true).await);
    let mut refused = None;
    for _ in 0..30 {
        let answer = app.say("text=hi", Some(&cookie), true).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("thirty messages at once passed");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(refused.json()["status"], 429);
    app.clock.advance(TimeDelta::seconds(wait));
    assert_eq!(app.say("text=hi", Some(&cookie), true).await.status, StatusCode::OK);
    let page = app.say("text=hi", None, false).await;
    assert_eq!(page.status, StatusCode::OK, "others are not concerned");
}

#[tokio::test]
async fn other_sites_cannot_write_for_a_visitor() {
    let app = App::new().await;
    let request = Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("text=hi"))
        .unwrap();
    assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn messages_are_shown_as_text() {
    let app = App::new().await;
    let answer = app.say("text=%3Cscript%3Ealert(1)%3C%2Fscript%3E%3Cimg+src%3Dx+onerror%3D1%3E", None, false).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    assert!(!answer.body.contains("<img src=x"), "{}", answer.body);
}

/// What people really send, on the page, with the library that the tests of the other channels have.
#[tokio::test]
async fn everyday_messages_are_answered_rightly() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::at(&in_folder(folder.path()), None, None, false).await;
    let long = "word ".repeat(600);
    let cases = [
        ("text", "BTS", ">BTS</a></h2>"),
        ("text", "shinee", ">SHINee</a></h2>"),
        ("text", "에스파", ">aespa</a></h2>"),
        ("text", "blackpikn", "I took “blackpikn” to mean “BLACKPINK”"),
        ("text", "aespa ", ">aespa</a></h2>"),
        ("text", "Beyonce", ">Beyoncé</a></h2>"),
        ("text", "guns n’ roses", ">Guns N&#39; Roses</a></h2>"),
        ("text", "Robert'); DROP TABLE artists;--", "couldn&#39;t find"),
        ("text", "Zior Park", ">Zior Park</a></h2>"),
        ("text", "no such artist at all", "couldn&#39;t find"),
        ("text", "nirvana", "Did you mean one of these?"),
        ("text", "!!!", ">!!!</a></h2>"),
        ("text", "😂", "can&#39;t hear what it says"),
        ("text", long.as_str(), "a lot of text"),
        ("text", "", "nothing in that message"),
        ("text", "hi", "Send me an artist"),
        ("text", "help", "what you can send"),
        ("text", "thanks", "welcome"),
        ("text", "Dynamite BTS", "Songs like Dynamite – BTS"),
        ("text", "Dynamte BTS", "I took “Dynamte BTS” to mean “Dynamite” by BTS"),
        ("text", "songs like Blinding Lights", "Songs like Blinding Lights – The Weeknd"),
        ("text", "BTS, aespa, IU", ">IU</a></h2>"),
        ("text", "https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX", ">BTS</a></h2>"),
        ("choice", "s~s3Nrfpe0tUJi4K4DXYWgMUX~0", "Similar to BTS"),
        ("choice", "DEVELOPER_DEFINED_PAYLOAD", "what you can send"),
        ("choice", "a~#0123456789abcdef", "don&#39;t know any more"),
        ("text", "https://youtu.be/x", "I read links"),
        ("text", "<script>alert(1)</script>", "&#60;script&#62;alert(1)&#60;/script&#62;</a></h2>"),
        ("text", "delete my data", "Shall I delete"),
    ];
    for (field, value, expected) in cases {
        for live in [false, true] {
            let form = url::form_urlencoded::Serializer::new(String::new()).append_pair(field, value).finish();
            let mut request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
            if live {
                request = request.header("accept", "text/event-stream");
            }
            // Everybody is somebody else (no cookie), so that nothing but the message decides.
            let response = server.call(request.body(Body::from(form)).unwrap()).await;
            assert_eq!(response.status(), StatusCode::OK, "{value}");
            let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
            let body = String::from_utf8_lossy(&body);
            // Events carry the same HTML as JSON.
            let html = if live { body.replace("\\\"", "\"").replace("\\n", "\n") } else { body.into_owned() };
            assert!(html.contains(expected), "`{value}` brought, without `{expected}`: {html}");
        }
    }
}
