//! From names to artists.

use std::collections::BTreeSet;

use serde_json::Value;
use sixpotify_core::fold;
use sixpotify_store::NameState;
use spotify_sim::sample;

use crate::world::{Kind, World, list, on_both, options};

on_both!(lower_ranks_are_found, other_spellings_are_found, names_of_one_artist_cost_one, the_undecided_keep_candidates);

/// The right artist is not always the first hit.
async fn lower_ranks_are_found(kind: Kind) {
    let world = World::new(kind).await;
    let spotify = world.spotify();
    let mut expected = Vec::new();
    let mut ranks = BTreeSet::new();
    for name in sample::artist_names().into_iter().step_by(2) {
        let hits = spotify.search_artists(&name, 0).await.unwrap().artists;
        let alike: Vec<_> = (1..).zip(&hits).filter(|(_, hit)| fold(&hit.artist.name) == fold(&name)).collect();
        if let [(rank, hit)] = alike[..]
            && rank > 1
        {
            ranks.insert(rank);
            expected.push((name, hit.artist.id.clone()));
        }
    }
    // Of the ranks that no name of the sample has, see `pages`.
    assert!(ranks.len() >= 4, "{ranks:?}");
    let names: Vec<&String> = expected.iter().map(|(name, _)| name).collect();
    let report = world.run(&list(&names), options().with_facets([])).await;
    assert_eq!((report.found, report.requests), (expected.len(), expected.len() as u64));
    for (name, artist) in expected {
        let record = world.name(&name).await;
        assert_eq!((record.state, record.artist_id), (NameState::Found, Some(artist)), "{name}");
        assert_eq!(record.how.as_deref(), Some("exact"), "{name}");
    }
}

async fn other_spellings_are_found(kind: Kind) {
    let world = World::new(kind).await;
    let spellings = [
        ("DRAKE", "Drake"),
        ("maneskin", "Måneskin"),
        ("ＭＥＴＡＬＬＩＣＡ", "Metallica"),
        ("guns n roses", "Guns N' Roses"),
    ];
    let names: Vec<&str> = spellings.iter().map(|(name, _)| *name).collect();
    world.run(&list(&names), options().with_facets([])).await;
    let artists = world.artists().await;
    for (name, meant) in spellings {
        let record = world.name(name).await;
        let artist = artists.iter().find(|a| Some(&a.artist.id) == record.artist_id.as_ref());
        assert_eq!(artist.map(|a| a.artist.name.as_str()), Some(meant), "{record:?}");
        assert_eq!(record.how.as_deref(), Some("folded"), "{name}");
    }
}

async fn names_of_one_artist_cost_one(kind: Kind) {
    let once = World::new(kind).await;
    once.ingest(&["Metallica"]).await;
    let thrice = World::new(kind).await;
    let report = thrice.ingest(&["Metallica", "metallica", "METALLICA"]).await;
    assert_eq!((report.found, report.has_failures()), (3, false));
    assert_eq!((once.asked("/v1/search"), thrice.asked("/v1/search")), (1, 3));
    for endpoint in ["/v1/artists/{id}/albums", "/v1/artists/{id}/top-tracks", "/v1/audio-features"] {
        assert!(once.asked(endpoint) > 0, "{endpoint}");
        assert_eq!(once.asked(endpoint), thrice.asked(endpoint), "{endpoint}");
    }
    let artist = thrice.only_artist().await;
    assert_eq!(artist.artist, once.only_artist().await.artist);
    for name in ["Metallica", "metallica", "METALLICA"] {
        assert_eq!(thrice.name(name).await.artist_id.as_ref(), Some(&artist.artist.id), "{name}");
    }
    // Counted once, too.
    assert!(report.facets.values().all(|facet| facet.fetched == 1), "{report:#?}");
}

async fn the_undecided_keep_candidates(kind: Kind) {
    let world = World::new(kind).await;
    let names: Vec<String> = sample::artist_names().into_iter().step_by(2).collect();
    let report = world.run(&list(&names), options().with_facets([])).await;
    assert!(report.ambiguous > 0, "the sample has names that two artists share");
    assert_eq!(report.found + report.ambiguous, names.len());
    let listed = &report.ambiguous_names[0];
    let record = world.name(&listed.name).await;
    assert_eq!((record.state, &record.artist_id), (NameState::Ambiguous, &None));
    assert_eq!(record.candidates, listed.candidates);
    let candidates = record.candidates.as_ref().and_then(Value::as_array).unwrap();
    let same_name = |candidate: &&Value| fold(candidate["name"].as_str().unwrap()) == fold(&listed.name);
    assert!(candidates.iter().take_while(same_name).count() >= 2, "{candidates:#?}");
    assert!(record.retry_at.is_some());
}
