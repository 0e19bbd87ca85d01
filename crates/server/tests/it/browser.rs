//! The pages in a real browser.

use sixpotify_server::{Config, Server};

use crate::app::{App, NASTY, id};
use crate::chromium::Browser;

/// Serves the catalogue and lets `visit` look at it; pictures of the web cannot be reached, so none are shown.
async fn visit(visit: impl FnOnce(&str) + Send + 'static) {
    let config = Config { listen: ([127, 0, 0, 1], 0).into(), pictures: false, ..Config::default() };
    let app = App::with(config).await;
    let serving = Server::new(app.state.clone()).start().await.unwrap();
    let address = format!("http://{}", serving.address());
    tokio::task::spawn_blocking(move || visit(&address)).await.unwrap();
    assert!(serving.shutdown().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_in_the_browser() {
    visit(|address| {
        let mut browser = Browser::start(1000, 800);
        browser.open(&format!("{address}/"));
        assert!(browser.last().contains("Beyoncé"), "the best known are offered: {}", browser.last());

        browser.say("shinee");
        let card = browser.last();
        for part in ["SHINee", "k-pop", "Listen on Spotify", "aespa", "very similar sound", "Song 0 of SHINee"] {
            assert!(card.contains(part), "no `{part}` in {card}");
        }
        assert_eq!(browser.eval("document.activeElement.id"), "text", "one can go on typing");

        browser.say("에스파");
        assert!(browser.last().contains("aespa") && browser.last().contains("Spotify"), "{}", browser.last());
        assert_eq!(browser.eval("[...document.querySelectorAll('.turn')].at(-1).lang"), "ko");

        browser.say("metalica");
        assert!(browser.last().contains("Metallica"), "{}", browser.last());

        browser.say("Zzyzx Qwfpgj");
        assert!(browser.last().contains("Zzyzx Qwfpgj"), "an unknown name is named: {}", browser.last());

        browser.press(".turn:first-child .chip, .turn .pick");
        assert!(!browser.last().is_empty());
        assert_eq!(browser.eval("document.activeElement === [...document.querySelectorAll('.turn')].at(-1)"), true);

        let before = browser.eval("[...document.querySelectorAll('.turn')].map(t => t.innerText).join()");
        browser.open(&format!("{address}/?again"));
        let after = browser.eval("[...document.querySelectorAll('.turn')].map(t => t.innerText).join()");
        assert_eq!(before, after, "the conversation is there after a reload");
        assert_eq!(browser.complaints(), [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn choices_go_on_and_the_language_can_be_changed() {
    visit(|address| {
        let mut browser = Browser::start(1000, 800);
        browser.open(&format!("{address}/"));
        browser.say("shinee");
        // "Songs", a quick reply under the answer.
        browser.press(".turn:last-child .choices button[value^='t~']");
        assert!(browser.last().contains("Song 1 of SHINee"), "{}", browser.last());
        browser.eval("document.querySelector('.tongues button[lang=ko]').click()");
        browser.wait_for("document.documentElement.lang === 'ko' && document.readyState === 'complete'");
        browser.say("Metallica");
        assert!(browser.last().contains("이어서") || browser.last().contains("노래"), "{}", browser.last());
        assert_eq!(browser.complaints(), [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_people_or_sources_write_runs() {
    visit(|address| {
        let mut browser = Browser::start(1000, 800);
        browser.open(&format!("{address}/"));
        let title = browser.eval("document.title");
        browser.say(NASTY);
        browser.press(".turn .pick, .turn:last-child .chip");
        browser.open(&format!("{address}/artist/{}", id(6)));
        assert_eq!(browser.eval("document.querySelector('h1').textContent"), NASTY);
        browser.open(&format!("{address}/?back"));
        assert_eq!(browser.eval("document.title"), title);
        assert_eq!(browser.eval("document.querySelectorAll('script:not([src]), img[src=x]').length"), 0);
        assert_eq!(browser.complaints(), [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_shows_everything_without_scrolling_sideways() {
    visit(|address| {
        let mut browser = Browser::start(360, 740);
        browser.open(&format!("{address}/"));
        browser.say("guns n roses");
        assert!(browser.last().contains("Guns N' Roses"));
        let wide = "document.documentElement.scrollWidth > innerWidth || [...document.querySelectorAll('main *')]\
                    .some(e => !e.closest('.hidden') && e.getBoundingClientRect().right > innerWidth + 1)";
        assert_eq!(browser.eval(wide), false, "the chat is wider than the phone");
        for artist in [0, 6, 7] {
            browser.open(&format!("{address}/artist/{}", id(artist)));
            assert_eq!(browser.eval(wide), false, "the page of artist {artist} is wider than the phone");
        }
        assert_eq!(browser.complaints(), [""; 0]);
    })
    .await;
}
