//! What other processes write to the catalogue is found by a server that runs, mistyped too, which takes its index.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sixpotify_core::{Artist, ArtistId, Source};
use sixpotify_server::{Config, Server};
use sixpotify_sources::Clock as _;
use sixpotify_store::{Access, Alias, Batch, SharedStore, open};
use sixpotify_testkit::{TestDatabase, wait_until};

use crate::app::App;

const SOON: Duration = Duration::from_secs(60);

const ID: &str = "csv:somebody";

#[tokio::test]
async fn what_others_write_to_a_file_is_followed() {
    what_others_write_is_followed(None).await;
}

#[tokio::test]
async fn what_others_write_to_a_database_is_followed() {
    let database = TestDatabase::create().await;
    what_others_write_is_followed(Some(&database.url)).await;
}

/// Whom the server says `typed` means: an id, or none.
async fn meant(app: &App, typed: &str) -> Option<String> {
    let answer = app.get(&format!("/api/v1/find?q={}", typed.replace(' ', "+"))).await.json();
    answer["answer"]["id"].as_str().map(str::to_owned)
}

/// Waits until the server finds [`ID`] by `typed`, in the chat, too; or nobody any more.
async fn becomes(app: &App, typed: &str, found: bool) {
    let id = found.then_some(ID);
    wait_until(&format!("`{typed}` is {id:?}"), SOON, async || meant(app, typed).await.as_deref() == id).await;
    let said = app.say(&format!("text={}", typed.replace(' ', "+")), None, false).await.body;
    assert_eq!(said.contains("/artist/csv"), found, "{typed}: {said}");
}

async fn name(store: &SharedStore, name: &str, now: DateTime<Utc>) {
    let id = ArtistId::from_stored(ID);
    let artist = Artist { id, name: name.to_owned(), followers: None, popularity: None, url: None, image_url: None };
    store.write(&Batch { artists: vec![artist], ..Batch::default() }, now).await.unwrap();
}

async fn what_others_write_is_followed(url: Option<&str>) {
    let follow = Duration::from_millis(10);
    let config = Config { listen: ([127, 0, 0, 1], 0).into(), follow, ..Config::default() };
    let app = App::at(url, config).await;
    let now = |minutes| app.clock.now() + TimeDelta::minutes(minutes);
    // With connections of its own, as another process has them.
    let other = open(&app.url, Access::Write).await.unwrap();
    let serving = Server::new(app.state.clone()).start().await.unwrap();
    wait_until("names are read", SOON, async || app.get("/readyz").await.status.is_success()).await;
    becomes(&app, "Quorvane Lihgts", false).await;

    name(&other, "Quorvane Lights", now(10)).await;
    becomes(&app, "Quorvane Lihgts", true).await;

    name(&other, "Belmordine", now(20)).await;
    becomes(&app, "Belmordnie", true).await;
    becomes(&app, "Quorvane Lihgts", false).await;

    let alias = Alias {
        artist_id: ArtistId::from_stored(ID),
        alias: "Tessaluna Grand".to_owned(),
        locale: None,
        source: Source::User,
    };
    other.add_aliases(std::slice::from_ref(&alias), now(30)).await.unwrap();
    becomes(&app, "Tessalnua Grand", true).await;
    other.remove_alias(&alias.artist_id, &alias.alias, now(40)).await.unwrap();
    becomes(&app, "Tessalnua Grand", false).await;
    becomes(&app, "Belmordnie", true).await;

    other.forget_artist(&ArtistId::from_stored(ID), now(50)).await.unwrap();
    becomes(&app, "Belmordnie", false).await;
    becomes(&app, "Belmordine", false).await;

    // What was there before is still found, over the server's own door.
    assert_eq!(meant(&app, "Metalica").await.as_deref(), Some(&*crate::app::id(3)));
    assert!(serving.shutdown().await);
}
