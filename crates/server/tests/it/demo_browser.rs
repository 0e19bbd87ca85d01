//! A visitor of the demo, in a real browser: types, reads, presses, reloads; on a desk and on a phone, by mouse and by keys, in
//! the light and in the dark, with the script and without.

use crate::chromium::Browser;
use crate::demo::{self, LEFT_OUT};

/// What is wider than the window, of a page.
const TOO_WIDE: &str = "(() => { const wide = [...document.querySelectorAll('body *')].filter(e => \
    !e.closest('.hidden, .skip') && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120)); \
    return document.documentElement.scrollWidth > innerWidth ? ['the page', ...wide] : wide; })()";

/// What has no name for those who do not see it, and ids that are there twice.
const NAMELESS: &str = "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id); \
    const name = e => (e.getAttribute('aria-label') || e.innerText || e.textContent || e.labels?.[0]?.textContent || '').trim(); \
    return [...document.querySelectorAll('a[href], button, input:not([type=hidden])')].filter(e => !name(e)) \
    .map(e => e.outerHTML.slice(0, 160)).concat(ids.filter((id, at) => ids.indexOf(id) !== at)); })()";

async fn visit(width: u32, height: u32, visit: impl FnOnce(&mut Browser, &str) + Send + 'static) {
    tokio::task::spawn_blocking(move || {
        let address = demo::address();
        let mut browser = Browser::start(width, height);
        visit(&mut browser, &address);
        assert_eq!(browser.complaints(), [""; 0]);
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_asks_reads_goes_on_and_comes_back() {
    visit(1000, 800, |browser, address| {
        browser.open(&format!("{address}/"));
        assert!(browser.last().contains("Hi! Send me an artist"), "{}", browser.last());
        for (typed, parts) in [
            ("drake", &["Drake", "Hear next", "Listen on Spotify", "Top songs"][..]),
            ("드레이크", &["Drake", "이어서 듣기", "Spotify에서 듣기"]),
            ("metalica", &["Metallica"]),
            ("the beatls", &["I took “the beatls” to mean “The Beatles”", "No: the beatls"]),
            ("enter sandmn metallica", &["Enter Sandman"]),
            ("Drake, Metallica", &["Drake", "Metallica"]),
            ("who's similar to drake?", &["Similar to Drake"]),
            ("Zzyzx Qwfpgj Nobody", &["couldn't find “Zzyzx Qwfpgj Nobody”"]),
        ] {
            browser.say(typed);
            let last = browser.last();
            let korean = typed.chars().any(|c| c > '\u{ac00}');
            if !korean && last.chars().any(|c| c > '\u{ac00}') {
                browser.say("english please");
                browser.say(typed);
            }
            let last = browser.last();
            for part in parts {
                assert!(last.contains(part), "`{typed}`: no `{part}` in {last}");
            }
        }
        // A quick reply, then the same turns after a reload.
        browser.say("Metallica");
        browser.press(".turn:last-child .choices button[value^='t~']");
        assert!(browser.last().contains("Songs of Metallica"), "{}", browser.last());
        let turns = "[...document.querySelectorAll('.turn')].map(t => t.innerText).join()";
        let before = browser.eval(turns);
        browser.open(&format!("{address}/?again"));
        assert_eq!(browser.eval(turns), before);
        assert_eq!(browser.eval(NAMELESS), serde_json::json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_unknown_is_learned_and_has_a_page() {
    visit(1000, 800, |browser, address| {
        browser.open(&format!("{address}/"));
        browser.say(LEFT_OUT);
        // On a machine that is busy with other things a look-up may take longer than a page waits for it: then that is said, and the
        // next message gets the answer.
        for _ in 0..5 {
            if !browser.last().contains("didn't answer") {
                break;
            }
            browser.say(LEFT_OUT);
        }
        let last = browser.last();
        for part in [LEFT_OUT, "Hear next", "Top songs"] {
            assert!(last.contains(part), "no `{part}` in {last}");
        }
        let page = browser.eval("document.querySelector('.turn:last-child .card h2 a').getAttribute('href')");
        browser.open(&format!("{address}{}", page.as_str().unwrap()));
        assert_eq!(browser.eval("document.querySelector('h1').innerText"), LEFT_OUT);
        let shown = browser.eval("document.body.innerText");
        for part in
            ["Listen on Spotify", "Sound", "Songs to start with", "Hear next", "Albums", "Where this comes from"]
        {
            assert!(shown.as_str().unwrap().contains(part), "no `{part}` in {shown}");
        }
        assert_eq!(browser.eval("document.querySelectorAll('.radar .dot').length"), 6);
        assert!(browser.eval("document.querySelectorAll('.at-next .why li').length").as_u64().unwrap() > 5);
        assert_eq!(browser.eval("document.querySelector('meta[property=\"og:title\"]').content"), LEFT_OUT);
        assert_eq!(browser.eval(NAMELESS), serde_json::json!([]));
        // From neighbour to neighbour, and to the same page in Korean.
        browser.eval("document.querySelector('.at-next a.pick').click()");
        browser.wait_for(&format!(
            "document.querySelector('h1') && document.querySelector('h1').innerText !== '{LEFT_OUT}'"
        ));
        browser.eval("document.querySelector('.tongues a[lang=ko]').click()");
        browser.wait_for("document.documentElement.lang === 'ko'");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_can_be_done_with_keys() {
    visit(1000, 800, |browser, address| {
        browser.open(&format!("{address}/"));
        assert_eq!(browser.eval("document.activeElement.id"), "text", "one can type at once");
        browser.say("Metallica");
        assert_eq!(browser.eval("document.activeElement.id"), "text", "and go on");
        // Backwards from the field are the choices, in their order.
        browser.key("Tab", true);
        let at = "document.activeElement.closest('.choices') && document.activeElement.innerText";
        assert_ne!(browser.eval(at), serde_json::Value::Null);
        let ring = "getComputedStyle(document.activeElement).outlineStyle";
        assert_eq!(browser.eval(ring), "solid", "one sees where one is");
        browser.press_key("Enter");
        assert_eq!(browser.eval("document.activeElement === document.querySelector('.turn:last-child')"), true);
        // The live region reads it out, and the first key of a page leads past the bar.
        let live = "document.querySelector('.turn:last-child').closest('[role=log]').getAttribute('aria-live')";
        assert_eq!(browser.eval(live), "polite");
        assert_eq!(browser.eval("document.querySelectorAll('main').length"), 1);
        browser.open(&format!("{address}/artist/none"));
        browser.complaints();
        browser.key("Tab", false);
        assert_eq!(browser.eval("document.activeElement.className"), "skip");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_works_on_a_phone_in_the_dark_in_korean() {
    visit(360, 740, |browser, address| {
        browser.prefer("dark", "ko-KR");
        browser.open(&format!("{address}/"));
        assert_eq!(browser.eval("document.documentElement.lang"), "ko");
        assert_eq!(browser.eval("getComputedStyle(document.documentElement).backgroundColor"), "rgb(19, 17, 24)");
        assert_eq!(browser.eval(TOO_WIDE), serde_json::json!([]));
        for typed in ["guns n roses", "노래", "help", "Drake, Metallica, Eminem", "개인정보", &"a".repeat(300)] {
            browser.say(typed);
            assert_eq!(browser.eval(TOO_WIDE), serde_json::json!([]), "after `{typed}`");
        }
        browser.say("Metallica");
        assert!(browser.last().contains("이어서 듣기"), "{}", browser.last());
        let page = browser.eval("[...document.querySelectorAll('.card h2 a')].at(-1).getAttribute('href')");
        browser.open(&format!("{address}{}", page.as_str().unwrap()));
        assert_eq!(browser.eval(TOO_WIDE), serde_json::json!([]));
        let small = "[...document.querySelectorAll('.chip, .listen, .icon, .composer button, .tongues a')].filter(e => \
                     e.getBoundingClientRect().height < 24).map(e => e.outerHTML.slice(0, 90))";
        assert_eq!(browser.eval(small), serde_json::json!([]), "too small for a finger");
        browser.prefer("light", "ko-KR");
        browser.open(&format!("{address}/?light"));
        assert_eq!(browser.eval("getComputedStyle(document.documentElement).backgroundColor"), "rgb(247, 245, 242)");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_no_script_asks_by_forms() {
    visit(1000, 800, |browser, address| {
        browser.without_script();
        browser.follow(|browser| browser.navigate(&format!("{address}/")));
        browser.follow(|browser| browser.type_and_send("Metallica"));
        assert_eq!(browser.eval("document.querySelectorAll('.turn').length"), 2);
        assert!(browser.last().contains("Hear next"), "{}", browser.last());
        browser.follow(|browser| {
            browser.eval("document.querySelector(\".choices button[value^='t~']\").click()");
        });
        assert!(browser.last().contains("Songs of Metallica"), "{}", browser.last());
    })
    .await;
}
