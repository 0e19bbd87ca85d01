//! The client reads what Spotify really sent: recorded answers, in the folder that `SIXPOTIFY_FIXTURES` names.

use std::path::PathBuf;

use serde_json::{Value, json};
use sixpotify_core::{Album, Artist, AudioFeatures, Credit, SpotifyId, Track};
use sixpotify_sources::spotify::{FoundArtist, Mode, SEARCH_LIMIT};

use crate::client::{id, spotify};
use crate::service::{Reply, Service};

/// The recorded answer of a name; `None`, and a line that says so, where there are no recorded answers.
fn recorded(name: &str) -> Option<Value> {
    let Some(folder) = std::env::var_os("SIXPOTIFY_FIXTURES") else {
        eprintln!("note: SIXPOTIFY_FIXTURES is not set: the client was not compared with the recorded `{name}`");
        return None;
    };
    let path = PathBuf::from(folder).join("spotify").join(name).with_extension("json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

/// Serves a recorded answer to every request.
async fn serving(answer: &Value) -> Service {
    Service::always(Reply::json(answer)).await
}

fn image(id: &str) -> Option<String> {
    Some(format!("https://i.scdn.co/image/{id}"))
}

fn page(kind: &str, id: &str) -> Option<String> {
    Some(format!("https://open.spotify.com/{kind}/{id}"))
}

fn credit(id_: &str, name: &str) -> Credit {
    Credit { id: id(id_).into(), name: name.to_owned() }
}

#[tokio::test]
async fn a_search_with_namesakes() {
    let Some(answer) = recorded("java_SearchArtistsRequest") else { return };
    let service = serving(&answer).await;
    let spotify = service.spotify();
    let found = spotify.search_artists("Muse", 5).await.unwrap();

    assert!(found.more);
    assert_eq!(found.artists.len(), 10);
    let names: Vec<_> = found.artists[..4].iter().map(|hit| hit.artist.name.as_str()).collect();
    assert_eq!(names, ["Muse And The Forgetting", "Muse", "M.U.S.E.", "MUSE"]);
    let muse = FoundArtist {
        artist: Artist {
            id: id("4L6i1I6tFpc1bKui5coGme").into(),
            name: "Muse".to_owned(),
            followers: Some(5072),
            popularity: Some(9),
            url: page("artist", "4L6i1I6tFpc1bKui5coGme"),
            image_url: image("7d1b61d330e0e80cb836e5b2a33783a5d021009e"),
        },
        genres: Some(vec![]),
    };
    assert_eq!(found.artists[1], muse);
    // A popularity of 0 is known, a picture is not.
    let namesake = &found.artists[3].artist;
    assert_eq!((namesake.popularity, namesake.followers, &namesake.image_url), (Some(0), Some(1), &None));
    assert_eq!(found.artists[5].genres, Some(vec!["harp".to_owned(), "string folk".to_owned()]));
    assert_eq!(spotify.mode(), Some(Mode::Extended));

    let asked = &service.asked()[0];
    assert!(asked.line.starts_with("GET /v1/search?"), "{}", asked.line);
    let query = |name| asked.query(name);
    assert_eq!(query("q").as_deref(), Some("Muse"));
    assert_eq!(query("type").as_deref(), Some("artist"));
    assert_eq!(query("limit"), Some(SEARCH_LIMIT.to_string()));
    assert_eq!(query("offset").as_deref(), Some("5"));
    assert_eq!(query("market"), None);
}

#[tokio::test]
async fn a_search_without_followers() {
    let Some(answer) = recorded("zmb3_search_artist") else { return };
    let found = serving(&answer).await.spotify().search_artists("tania bowra", 0).await.unwrap();
    let tania = FoundArtist {
        artist: Artist {
            id: id("08td7MxkoHQkXnWAYD8d6Q").into(),
            name: "Tania Bowra".to_owned(),
            followers: None,
            popularity: Some(0),
            url: page("artist", "08td7MxkoHQkXnWAYD8d6Q"),
            image_url: image("f2798ddab0c7b76dc2d270b65c4f67ddef7f6718"),
        },
        genres: Some(vec![]),
    };
    assert_eq!((found.artists, found.more), (vec![tania], false));
}

#[tokio::test]
async fn an_artist() {
    let Some(answer) = recorded("java_GetArtistRequest") else { return };
    let service = serving(&answer).await;
    let found = service.spotify().artist(&id("0OdUWJ0sBjDrqHygGUXeCF")).await.unwrap();
    let horses = Artist {
        id: id("0OdUWJ0sBjDrqHygGUXeCF").into(),
        name: "Band of Horses".to_owned(),
        followers: Some(306_565),
        popularity: Some(59),
        url: page("artist", "0OdUWJ0sBjDrqHygGUXeCF"),
        image_url: image("eb266625dab075341e8c4378a177a27370f91903"),
    };
    assert_eq!(found.artist, horses);
    assert_eq!(found.genres, Some(vec!["indie folk".to_owned(), "indie pop".to_owned()]));
    assert_eq!(service.asked()[0].line, "GET /v1/artists/0OdUWJ0sBjDrqHygGUXeCF");
}

#[tokio::test]
async fn several_artists_one_of_them_unknown() {
    let Some(mut answer) = recorded("java_GetSeveralArtistsRequest") else { return };
    answer["artists"].as_array_mut().unwrap().insert(1, Value::Null);
    let service = serving(&answer).await;
    let ids = ["0oSGxfWSnnOXhD2fKuz2Gy", "0000000000000000000abc", "3dBVyJ7JuOMt4GE9607Qin"].map(id);
    let found = service.spotify().artists(&ids).await.unwrap();

    let [Some(bowie), None, Some(rex)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((bowie.artist.name.as_str(), bowie.artist.followers), ("David Bowie", Some(633_494)));
    assert_eq!(bowie.genres.as_ref().unwrap().as_slice(), ["art rock", "glam rock", "permanent wave"]);
    assert_eq!((rex.artist.name.as_str(), rex.artist.popularity), ("T. Rex", Some(58)));
    assert_eq!(rex.artist.image_url, image("5515a710c94ccd4edd8b9a0587778ed5e3f997da"));
    let asked = &service.asked()[0];
    assert!(asked.line.starts_with("GET /v1/artists?"), "{}", asked.line);
    assert_eq!(asked.query("ids"), Some(ids.each_ref().map(SpotifyId::as_str).join(",")));
}

#[tokio::test]
async fn the_albums_of_an_artist() {
    let Some(first) = recorded("java_GetArtistsAlbumsRequest") else { return };
    // The recorded page names a next one: an empty last page stands for it.
    let last = json!({"items": [], "next": null, "offset": 2, "total": 2});
    let service = Service::in_turn(vec![Reply::json(&first), Reply::json(&last)]).await;
    let mut config = service.config();
    config.market = Some("ES".to_owned());
    let albums = spotify(config).albums(&id("1vCWHaC5f2uS3yhpwWbIA6")).await.unwrap();

    let [(group, heaven), (_, tough_love)] = albums.as_slice() else { panic!("{albums:?}") };
    assert_eq!(group, "single");
    let expected = Album {
        id: id("37bCTD5iLWMpDcBanNkkXB").into(),
        name: "Heaven (David Guetta & MORTEN Remix)".to_owned(),
        album_type: Some("single".to_owned()),
        release_date: Some("2019-08-23".to_owned()),
        release_date_precision: Some("day".to_owned()),
        total_tracks: Some(2),
        url: page("album", "37bCTD5iLWMpDcBanNkkXB"),
        image_url: image("5eeb367a91e7abb76ae6cb15ada77dde636ef740"),
        artists: vec![
            credit("1vCWHaC5f2uS3yhpwWbIA6", "Avicii"),
            credit("1Cs0zKBU1kc0i8ypK3B9ai", "David Guetta"),
            credit("19HFRWmRCl27kTk6LeqAO8", "MORTEN"),
        ],
    };
    assert_eq!(*heaven, expected);
    assert_eq!(tough_love.name, "Tough Love (Tiësto Remix)");

    let asked = service.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].line.starts_with("GET /v1/artists/1vCWHaC5f2uS3yhpwWbIA6/albums?"), "{}", asked[0].line);
    assert_eq!(asked[0].query("include_groups").as_deref(), Some("album,single"));
    assert_eq!(asked[0].query("market").as_deref(), Some("ES"));
    // The query that Spotify named, at the address that we were told to use.
    let next = "GET /v1/artists/1vCWHaC5f2uS3yhpwWbIA6/albums?offset=2&limit=2&include_groups=single&market=ES";
    assert_eq!(asked[1].line, next);
}

#[tokio::test]
async fn the_top_tracks_of_an_artist() {
    let Some(answer) = recorded("java_GetArtistsTopTracksRequest") else { return };
    let service = serving(&answer).await;
    let tracks = service.spotify().top_tracks(&id("43ZHCT0cAZBISjO8DG9PnE")).await.unwrap();
    let elvis = vec![credit("43ZHCT0cAZBISjO8DG9PnE", "Elvis Presley")];
    let expected = Track {
        id: id("44AyOl4qVkzS48vBsbNXaC").into(),
        name: "Can't Help Falling in Love".to_owned(),
        album: Some(Album {
            id: id("7xe8VI48TxUpU1IIo0RfGi").into(),
            name: "Blue Hawaii".to_owned(),
            album_type: Some("album".to_owned()),
            // An old answer, without dates and counts: unknown, not empty and not 0.
            release_date: None,
            release_date_precision: None,
            total_tracks: None,
            url: page("album", "7xe8VI48TxUpU1IIo0RfGi"),
            image_url: image("4295b5ff74d4f944367144acbe616b6f62d20b17"),
            artists: elvis.clone(),
        }),
        duration_ms: Some(179_773),
        explicit: Some(false),
        isrc: Some("USRC16101350".to_owned()),
        popularity: Some(70),
        url: page("track", "44AyOl4qVkzS48vBsbNXaC"),
        preview_url: Some("https://p.scdn.co/mp3-preview/26e409b39a2da6dc18fab61020c90be2938dc0e9".to_owned()),
        artists: elvis,
    };
    assert_eq!(tracks, [expected]);
    assert_eq!(service.asked()[0].line, "GET /v1/artists/43ZHCT0cAZBISjO8DG9PnE/top-tracks?market=US");
}

#[tokio::test]
async fn ten_top_tracks() {
    let Some(answer) = recorded("zmb3_artist_top_tracks") else { return };
    let tracks = serving(&answer).await.spotify().top_tracks(&id("43ZHCT0cAZBISjO8DG9PnE")).await.unwrap();
    assert_eq!(tracks.len(), 10);
    let hit = &tracks[1];
    assert_eq!((hit.name.as_str(), hit.duration_ms), ("Can't Help Falling in Love", Some(182_466)));
    assert_eq!((hit.isrc.as_deref(), hit.popularity), (Some("USRC16107318"), Some(71)));
    assert_eq!(hit.artists.len(), 2);
}

#[tokio::test]
async fn audio_features_one_of_them_unknown() {
    let Some(mut answer) = recorded("java_GetAudioFeaturesForSeveralTracksRequest") else { return };
    answer["audio_features"].as_array_mut().unwrap().insert(1, Value::Null);
    let service = serving(&answer).await;
    let ids = ["4JpKVNYnVcJ8tuMKjAj50A", "0000000000000000000abc", "2NRANZE9UCmPAS5XVbXL40", "24JygzOLM0EmRQeGtFcIcG"]
        .map(id);
    let features = service.spotify().audio_features(&ids).await.unwrap();
    let expected = AudioFeatures {
        danceability: Some(0.808),
        energy: Some(0.626),
        key: Some(7),
        loudness: Some(-12.733),
        mode: Some(1),
        speechiness: Some(0.168),
        acousticness: Some(0.00187),
        instrumentalness: Some(0.159),
        liveness: Some(0.376),
        valence: Some(0.369),
        tempo: Some(123.99),
        time_signature: Some(4),
        duration_ms: Some(535_223),
    };
    assert_eq!(features.len(), 4);
    assert_eq!(features[0], Some(expected));
    assert_eq!(features[1], None);
    assert_eq!(features[2].unwrap().tempo, Some(96.083));
    assert_eq!((features[3].unwrap().time_signature, features[3].unwrap().key), (Some(3), Some(4)));
    let asked = &service.asked()[0];
    assert!(asked.line.starts_with("GET /v1/audio-features?"), "{}", asked.line);
    assert_eq!(asked.query("ids"), Some(ids.each_ref().map(SpotifyId::as_str).join(",")));
}

#[tokio::test]
async fn the_token() {
    let Some(answer) = recorded("java_ClientCredentials") else { return };
    let artist = Reply::json(&json!({"id": "0OdUWJ0sBjDrqHygGUXeCF", "name": "Band of Horses"}));
    let service = Service::with_tokens(move |_, _| Reply::json(&answer), move |_, _| artist.clone()).await;
    service.spotify().artist(&id("0OdUWJ0sBjDrqHygGUXeCF")).await.unwrap();
    assert_eq!(service.asked()[0].authorization, "Bearer REDACTED_SAMPLE_TOKEN");
}
