//! Cases about a wrong join, and all that goes with it when a person undoes it.

use sixpotify_core::{Facet, FacetState, Source, Track};

use super::profiles::detail;
use super::{Place, album, artist, artist_id, artists, at, full_artist, mark, opened, track, track_id};
use crate::{AlbumList, Batch, FacetMark, Link, ProfileFill, RelatedList, SharedStore, TopTracks};

fn link(source: Source, id: &str) -> Link {
    Link { artist_id: artist_id("musicbrainz:a"), source, source_id: id.to_owned() }
}

/// That `source` was asked for `facet` of the artist, and what its values did.
fn asked(facet: Facet, source: Source, how: Option<&str>) -> FacetMark {
    FacetMark { source, how: how.map(str::to_owned), ..mark("musicbrainz:a", facet, "", FacetState::Ok) }
}

/// The values of a profile, but for the name.
type Values = (Option<u64>, Option<u8>, Option<String>, Option<String>);

async fn values(store: &SharedStore) -> Values {
    let artist = detail(store, "musicbrainz:a").await.artist;
    (artist.followers, artist.popularity, artist.url, artist.image_url)
}

async fn marks(store: &SharedStore) -> Vec<(Facet, Source)> {
    detail(store, "musicbrainz:a").await.facets.iter().map(|mark| (mark.facet, mark.source)).collect()
}

async fn rows(place: &dyn Place, sql: &str) -> Vec<String> {
    place.sql(sql).await.into_iter().flatten().collect()
}

/// Fans, picture, albums and songs of somebody else at Deezer go; credits are theirs again; what others said stays, and who knows
/// the artist is asked again. Of a wrong id at Spotify the same.
pub async fn an_undone_join_takes_back_what_it_brought(place: &dyn Place) {
    let store = opened(place).await;
    let page = "https://musicbrainz.org/artist/a".to_owned();
    let me = artist_id("musicbrainz:a");
    let mut batch = artists([artist("b", "B")]);
    batch.artists.push(sixpotify_core::Artist { url: Some(page.clone()), ..artist("musicbrainz:a", "A") });
    batch.fills.push(ProfileFill {
        artist_id: me.clone(),
        replaces: false,
        followers: Some(7),
        popularity: Some(60),
        url: None,
        image_url: Some("https://images.example/deezer".to_owned()),
    });
    batch.links = vec![link(Source::MusicBrainz, "a"), link(Source::Deezer, "1"), link(Source::Spotify, "s")];
    let on = |id: &str, credits: &[&str]| Track { album: Some(album("deezer:l2", credits)), ..track(id, credits) };
    batch.tracks = vec![
        track("deezer:alone", &["musicbrainz:a"]),
        on("deezer:both", &["musicbrainz:a", "b"]),
        track("own", &["musicbrainz:a"]),
    ];
    let albums = |ids: [&str; 2]| ids.iter().map(|id| ("album".to_owned(), album(id, &["musicbrainz:a"]))).collect();
    batch.albums =
        vec![AlbumList { artist_id: me.clone(), source: Source::Deezer, albums: albums(["deezer:l1", "deezer:l2"]) }];
    let top = |source, ids: &[&str]| TopTracks {
        artist_id: me.clone(),
        market: String::new(),
        source,
        track_ids: ids.iter().map(|id| track_id(id)).collect(),
    };
    batch.top_tracks = vec![top(Source::Deezer, &["deezer:alone", "deezer:both"]), top(Source::MusicBrainz, &["own"])];
    batch.facets = vec![
        asked(Facet::Profile, Source::Deezer, Some("filled")),
        asked(Facet::Albums, Source::Deezer, None),
        asked(Facet::Profile, Source::MusicBrainz, None),
        asked(Facet::Links, Source::MusicBrainz, None),
        asked(Facet::Aliases, Source::MusicBrainz, None),
    ];
    store.write(&batch, at(0)).await.unwrap();

    assert!(store.reject_link(&link(Source::Deezer, "1"), at(1)).await.unwrap());
    assert_eq!(values(&store).await, (None, Some(60), Some(page.clone()), None), "what Deezer never says stays");
    let known = detail(&store, "musicbrainz:a").await;
    assert_eq!((known.albums.len(), known.updated_at), (0, at(1)));
    assert_eq!(known.top_tracks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["own"]);
    assert_eq!(marks(&store).await, [(Facet::Aliases, Source::MusicBrainz)], "who the artist is is asked for again");
    let tracks = "select track_id || ' ' || artist_id from track_artist order by track_id, artist_id";
    assert_eq!(rows(place, tracks).await, ["deezer:both b", "deezer:both deezer:1", "own musicbrainz:a"]);
    let albums = "select album_id || ' ' || artist_id || ' ' || coalesce(album_group, 'credit') from album_artist";
    let albums = rows(place, &format!("{albums} order by album_id, artist_id")).await;
    assert_eq!(albums, ["deezer:l2 b credit", "deezer:l2 deezer:1 credit"], "somebody's track is on it");

    let spotify = Batch {
        artists: vec![sixpotify_core::Artist {
            url: Some("https://open.spotify.com/artist/s".to_owned()),
            ..full_artist("musicbrainz:a", "A")
        }],
        facets: vec![asked(Facet::Profile, Source::Spotify, None), asked(Facet::Profile, Source::MusicBrainz, None)],
        ..Batch::default()
    };
    store.write(&spotify, at(2)).await.unwrap();
    assert!(store.reject_link(&link(Source::Spotify, "s"), at(3)).await.unwrap());
    assert_eq!(values(&store).await, (None, None, None, None));
    assert_eq!(rows(place, "select track_id from track_artist where artist_id = 's'").await, ["own"]);
    assert_eq!(marks(&store).await, [(Facet::Aliases, Source::MusicBrainz)]);
    let again = |id| asked(Facet::Profile, Source::MusicBrainz, id);
    store.write(&Batch { facets: vec![again(None)], ..Batch::default() }, at(4)).await.unwrap();
    assert!(!store.reject_link(&link(Source::Spotify, "s"), at(5)).await.unwrap(), "it has it no more");
    assert_eq!(marks(&store).await.len(), 2, "nothing was said by it, so nobody is asked again");
}

/// A track of a user's table has an id as Spotify's are, and stays with the artist of the table.
pub async fn an_undone_join_leaves_the_users_own_tracks(place: &dyn Place) {
    let store = opened(place).await;
    let spotify = Link { artist_id: artist_id("csv:a"), source: Source::Spotify, source_id: "s".to_owned() };
    let batch = Batch {
        artists: vec![artist("csv:a", "A")],
        links: vec![spotify.clone()],
        tracks: vec![track("t", &["csv:a"])],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    assert!(store.reject_link(&spotify, at(1)).await.unwrap());
    assert_eq!(rows(place, "select artist_id from track_artist").await, ["csv:a"]);
}

/// ListenBrainz speaks of artists by their ids at MusicBrainz: what it said goes with a wrong one.
pub async fn an_undone_id_takes_back_who_speaks_by_it(place: &dyn Place) {
    let store = opened(place).await;
    let me = artist_id("musicbrainz:a");
    let related = |source| RelatedList {
        artist_id: me.clone(),
        source,
        related: vec![(Some("x".to_owned()), Some("X".to_owned()), Some(0.5))],
    };
    let batch = Batch {
        artists: vec![full_artist("musicbrainz:a", "A")],
        links: vec![link(Source::MusicBrainz, "wrong")],
        related: vec![related(Source::ListenBrainz), related(Source::LastFm)],
        facets: vec![
            asked(Facet::Profile, Source::ListenBrainz, Some("filled")),
            asked(Facet::Related, Source::ListenBrainz, None),
            asked(Facet::Related, Source::LastFm, None),
        ],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    assert!(store.reject_link(&link(Source::MusicBrainz, "wrong"), at(1)).await.unwrap());
    assert_eq!(values(&store).await.1, None, "how much somebody else is heard");
    assert_eq!(rows(place, "select source from source_related").await, ["lastfm"]);
    assert_eq!(marks(&store).await, [(Facet::Related, Source::LastFm)]);
}
