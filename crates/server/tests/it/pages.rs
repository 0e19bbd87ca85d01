//! Artist pages, assets, and what every answer has.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::app::{ARTISTS, App, NASTY, id};

#[tokio::test]
async fn an_artists_page_shows_all_that_is_known() {
    let app = App::new().await;
    let page = app.get(&format!("/artist/{}", id(0))).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<h1 dir=\"auto\">SHINee</h1>",
        "70,000",
        "k-pop",
        "Listen on Spotify",
        "https://i.scdn.co/image/0",
        "<desc id=\"radar-text\">Energy 96 %, Danceable 4 %",
        "Song 0 of SHINee",
        "Album of SHINee",
        "2008",
        "aespa",
        "<li>shared genre: k-pop</li><li>very similar sound</li>",
        "Where this comes from",
        "property=\"og:title\" content=\"SHINee\"",
        "property=\"og:image\" content=\"https://i.scdn.co/image/0\"",
        "property=\"og:description\" content=\"SHINee: k-pop. Hear next: aespa",
    ] {
        assert!(page.body.contains(part), "no `{part}` in {}", page.body);
    }
    let korean = app.get(&format!("/artist/{}?lang=ko", id(0))).await;
    assert!(korean.body.contains("<html lang=\"ko\">") && korean.body.contains("이어서 들어 보세요"));
    assert!(korean.header("set-cookie").starts_with("lang=ko;"));
}

#[tokio::test]
async fn an_artist_of_whom_only_the_name_is_known_has_a_page_too() {
    let app = App::new().await;
    let page = app.get(&format!("/artist/{}", id(ARTISTS.len() - 1))).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["Nothing is known of the sound yet", "No songs are known yet", "Nobody has been compared", ">NK<"] {
        assert!(page.body.contains(part), "no `{part}` in {}", page.body);
    }
}

#[tokio::test]
async fn names_are_shown_as_text_and_nothing_inline_runs() {
    let app = App::new().await;
    let page = app.get(&format!("/artist/{}", id(6))).await;
    assert_eq!(ARTISTS[6].0, NASTY);
    assert!(page.body.contains("&#60;script&#62;") || page.body.contains("&lt;script&gt;"), "{}", page.body);
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert!(!page.body.contains("<img src=x"), "{}", page.body);
    assert!(!page.body.contains(" style=") && !page.body.contains("<style"), "inline style would not be applied");
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_pages_for_browsers_and_problems_for_programs() {
    let app = App::new().await;
    let page = app.get("/artist/nobody").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("Not here"));
    let nowhere = app.get("/nowhere").await;
    assert_eq!((nowhere.status, nowhere.header("content-type")), (StatusCode::NOT_FOUND, "application/problem+json"));
    let browser = Request::get("/nowhere").header("accept", "text/html,*/*").body(Body::empty()).unwrap();
    assert!(app.send(browser).await.body.contains("Not here"));
    let wrong = Request::delete("/").body(Body::empty()).unwrap();
    assert_eq!(app.send(wrong).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let app = App::new().await;
    for path in ["/", "/nowhere", "/api/v1/artists", "/assets/app.css", "/healthz", "/artist/nobody"] {
        let answer = app.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
    }
}

#[tokio::test]
async fn everything_of_our_own_is_small_and_kept_by_browsers() {
    let app = App::new().await;
    let page = app.get("/").await;
    let mut total = page.body.len();
    for kind in ["stylesheet\" href=\"", "script src=\"", "icon\" href=\""] {
        let start = page.body.find(kind).unwrap_or_else(|| panic!("no {kind}")) + kind.len();
        let address = &page.body[start..start + page.body[start..].find('"').unwrap()];
        let asset = app.get(address).await;
        assert_eq!(asset.status, StatusCode::OK);
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable", "{address}");
        total += asset.body.len();
    }
    assert!(total < 60_000, "{total} bytes");
    assert_eq!(app.get("/assets/app.css?v=other").await.header("cache-control"), "public, max-age=300");
}
