//! What is known of an artist, and what is known not to be.

use chrono::Duration;
use sixpotify_core::{Facet, FacetState};
use sixpotify_pipeline::Freshness;
use spotify_sim::{Config, Mode, generated, sample};

use crate::world::{Kind, World, list, on_both, options};

on_both!(
    missing_audio_features_are_remembered,
    artists_without_genres_or_picture_are_stored,
    what_is_withheld_is_asked_for_once
);

/// The source has no features of one generated track in fifty.
async fn missing_audio_features_are_remembered(kind: Kind) {
    let world = World::with(kind, Config { artists: Some(300), ..Config::default() }).await;
    let names: Vec<String> = generated::artist_names(300).take(60).collect();
    let report = world.ingest(&names).await;
    assert!(!report.has_failures(), "{report:#?}");
    let artists = world.artists().await;
    let tracks = || artists.iter().flat_map(|artist| &artist.top_tracks);
    let without =
        tracks().filter(|track| track.features.as_ref().is_none_or(|(features, _)| features.is_empty())).count();
    assert!(without > 0 && without < tracks().count() / 10, "{without} tracks without features");
    let features = |artist: &sixpotify_store::ArtistDetail| {
        artist.facets.iter().find(|record| record.facet == Facet::AudioFeatures).map(|record| record.state)
    };
    assert!(artists.iter().all(|artist| features(artist) == Some(FacetState::Ok)));
    let asked = world.asked("/v1/audio-features");
    assert!(asked > 0);

    // The same top tracks come again: nothing is left to ask of them.
    let mut stale = options();
    stale.freshness = Freshness { top_tracks: Duration::zero(), ..stale.freshness };
    let again = world.run(&list(&names), stale).await;
    assert_eq!(again.facets[&Facet::TopTracks].fetched, artists.len() as u64);
    assert_eq!(world.asked("/v1/audio-features"), asked);
}

async fn artists_without_genres_or_picture_are_stored(kind: Kind) {
    // Generated names: every one is somebody's, some have neither picture nor genres.
    let world = World::with(kind, Config { artists: Some(2000), ..Config::default() }).await;
    let names: Vec<String> = generated::artist_names(2000).take(200).collect();
    let report = world.run(&list(&names), options().with_facets([Facet::Genres])).await;
    let artists = world.artists().await;
    assert_eq!((report.found + report.ambiguous, artists.len()), (names.len(), report.found));
    let bare: Vec<_> = artists.iter().filter(|a| a.artist.image_url.is_none() || a.genres.is_empty()).collect();
    assert!(artists.iter().any(|a| a.artist.image_url.is_none()), "nobody without a picture");
    assert!(artists.iter().any(|a| a.genres.is_empty()), "nobody without genres");
    for artist in bare {
        let name = &artist.artist.name;
        assert!(names.contains(name) && artist.artist.followers.is_some() && artist.artist.url.is_some(), "{name}");
        let states: Vec<_> = artist.facets.iter().map(|record| (record.facet, record.state)).collect();
        assert_eq!(states, [(Facet::Genres, FacetState::Ok), (Facet::Profile, FacetState::Ok)], "{name}");
    }
    // That there are none is known: they are not asked for again.
    assert_eq!(world.run(&list(&names), options().with_facets([Facet::Genres])).await.requests, 0);
}

async fn what_is_withheld_is_asked_for_once(kind: Kind) {
    let world = World::with(kind, Config { mode: Mode::Development, ..Config::default() }).await;
    let names = &sample::artist_names()[..60];
    let every_facet = || options().with_facets(Facet::ALL.iter().copied());
    let report = world.run(&list(names), every_facet()).await;
    assert_eq!((report.has_failures(), report.development_mode), (false, true), "{report:#?}");
    let artists = report.facets[&Facet::Profile].fetched;
    for facet in [Facet::Genres, Facet::AudioFeatures] {
        let coverage = report.facets[&facet];
        assert_eq!((coverage.withheld, coverage.fetched), (artists, 0), "{facet}");
    }
    // Songs come by search instead.
    assert_eq!((report.facets[&Facet::TopTracks].withheld, report.facets[&Facet::TopTracks].fetched), (0, artists));
    // Only what was on its way when the first refusal came.
    let refused = world.sim.stats().by_status[&403];
    assert!(refused <= 16, "{refused} requests were refused");
    assert_eq!(world.run(&list(names), every_facet()).await.requests, 0);
}
