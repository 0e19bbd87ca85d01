//! Ids that people give, and what became of them at the source.

use chrono::Duration;
use sixpotify_core::{ArtistId, Facet, FacetState, Source};
use sixpotify_pipeline::{Freshness, NameList, SPOTIFY_FACETS};
use sixpotify_store::NameState;

use crate::world::{Kind, World, assert_same, dump, list, on_both, options};

on_both!(a_merged_id_is_one_artist, a_gone_id_is_not_found, an_artist_that_goes_stays);

/// A list with ids.
fn with_ids(rows: &[(&str, &ArtistId)]) -> NameList {
    let rows: String = rows.iter().map(|(name, id)| format!("{name},{id}\n")).collect();
    NameList::read(format!("name,spotify_id\n{rows}").as_bytes()).unwrap()
}

/// The old id, alone and together with others, the new one and the name are one artist.
async fn a_merged_id_is_one_artist(kind: Kind) {
    for more in [false, true] {
        let world = World::new(kind).await;
        let old = world.searched("Drake").await.artist;
        let new = world.searched("Metallica").await.artist;
        world.sim.configure(|c| c.merged.extend([(old.id.to_string(), new.id.to_string())])).unwrap();
        world.sim.reset_stats();

        let mut rows = vec![("By the old id", &old.id)];
        if more {
            rows.push(("By the new id", &new.id));
        }
        let mut names = with_ids(&rows);
        names.entries.extend(list(&["Metallica"]).entries);
        let report = world.run(&names, options()).await;
        assert_eq!((report.found, report.has_failures()), (names.entries.len(), false), "{report:#?}");

        let artist = world.only_artist().await;
        assert_eq!(artist.artist, new);
        let mut links = vec![(Source::Spotify, new.id.to_string()), (Source::Spotify, old.id.to_string())];
        links.sort();
        assert_eq!(artist.links, links);
        for entry in &names.entries {
            assert_eq!(world.name(&entry.name).await.artist_id, Some(new.id.clone()), "{}", entry.name);
        }
        assert_eq!(world.asked("/v1/artists/{id}/top-tracks"), 1);
        assert_eq!(artist.facets.len(), SPOTIFY_FACETS.len(), "{:#?}", artist.facets);

        // At most the old id is asked for again, and nothing changes.
        let before = dump(world.store(), &names).await;
        let again = world.run(&names, options()).await;
        assert!(again.found == names.entries.len() && again.requests == 0, "{again:#?}");
        assert_same(&before, &dump(world.store(), &names).await);
    }
}

async fn a_gone_id_is_not_found(kind: Kind) {
    for more in [false, true] {
        let world = World::new(kind).await;
        let gone = world.searched("Drake").await.artist.id;
        let there = world.searched("Metallica").await.artist.id;
        world.sim.configure(|c| c.gone.extend([gone.to_string()])).unwrap();

        let rows = [("Gone", &gone), ("There", &there)];
        let names = with_ids(if more { &rows } else { &rows[..1] });
        let report = world.run(&names, options()).await;
        assert_eq!((report.not_found, report.found, report.failed), (1, names.entries.len() - 1, 0), "{report:#?}");
        let why = report.not_found_names[0].why.as_deref().unwrap();
        assert_eq!(why, format!("spotify has no artist {gone}"));
        let record = world.name("Gone").await;
        assert_eq!((record.state, record.artist_id), (NameState::NotFound, None));
        assert_eq!(world.artists().await.len(), names.entries.len() - 1);

        // At most the id itself is asked for again: it may have come back.
        let before = dump(world.store(), &names).await;
        let again = world.run(&names, options()).await;
        assert!(again.not_found == 1 && again.requests == 0, "{again:#?}");
        assert_same(&before, &dump(world.store(), &names).await);
    }
}

/// What is known of an artist outlives it at the source.
async fn an_artist_that_goes_stays(kind: Kind) {
    let world = World::new(kind).await;
    world.ingest(&["Metallica"]).await;
    let before = world.only_artist().await;
    world.sim.configure(|c| c.gone.extend([before.artist.id.to_string()])).unwrap();

    let mut stale = options();
    let zero = Duration::zero();
    stale.freshness = Freshness { profile: zero, genres: zero, albums: zero, top_tracks: zero, ..stale.freshness };
    let report = world.run(&list(&["Metallica"]), stale).await;
    assert_eq!((report.found, report.has_failures()), (1, true), "{report:#?}");
    let after = world.only_artist().await;
    assert_eq!((&after.artist, &after.genres, &after.links), (&before.artist, &before.genres, &before.links));
    assert_eq!((&after.albums, &after.top_tracks), (&before.albums, &before.top_tracks));
    let state = |facet| after.facets.iter().find(|record| record.facet == facet).map(|record| record.state);
    assert_eq!(state(Facet::Profile), Some(FacetState::Failed));
    assert_eq!(state(Facet::AudioFeatures), Some(FacetState::Ok));
}
