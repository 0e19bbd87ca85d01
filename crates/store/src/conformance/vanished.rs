//! Cases about what a source does not have any more.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Facet, FacetState, Source};

use super::marks::name;
use super::profiles::detail;
use super::{Place, artist, artist_id, artists, at, mark, opened};
use crate::{
    Alias, Batch, DumpArtist, DumpBatch, FacetMark, ImportRecord, ImportState, Link, NameRecord, NameState, SharedStore,
};

const MB: Source = Source::MusicBrainz;

fn own(id: &str) -> ArtistId {
    ArtistId::new(MB, id)
}

/// Writes artists of a dump that was made at `date`; `ids` are those at the source, each with the artist.
async fn dump(store: &SharedStore, ids: &[(&str, ArtistId)], date: DateTime<Utc>, second: i64) {
    let artists = ids.iter().map(|(id, artist)| DumpArtist {
        id: artist.clone(),
        new: false,
        name: (*artist == own(id)).then(|| format!("Name {id}")),
        url: None,
        links: vec![(MB, (*id).to_owned())],
        aliases: vec![(format!("alias {id}"), None)],
        genres: vec![("rock".to_owned(), 1)],
    });
    let import = ImportRecord {
        source: MB,
        dump: date.to_rfc3339(),
        dump_date: Some(date),
        position: 1,
        state: ImportState::Running,
    };
    store
        .write_dump(Arc::new(DumpBatch { artists: artists.collect(), import, marks: true }), at(second))
        .await
        .unwrap();
}

/// Who a dump names was there when it was made, whenever it was imported; a later word of the source counts, an older dump does not
/// take it back.
pub async fn who_vanished_is_told_by_the_dates_of_dumps(place: &dyn Place) {
    let store = opened(place).await;
    let vanished = async |before: i64| store.vanished(MB, at(before), 10).await.unwrap();
    dump(&store, &[("a", own("a")), ("b", own("b")), ("c", own("c"))], at(10), 100).await;
    assert_eq!(vanished(10).await, []);
    assert_eq!(vanished(11).await, [own("a"), own("b"), own("c")]);
    assert_eq!(store.vanished(MB, at(11), 2).await.unwrap().len(), 2);
    dump(&store, &[("a", own("a"))], at(20), 101).await;
    let asked =
        |id: &str| FacetMark { artist_id: own(id), source: MB, ..mark("x", Facet::Aliases, "", FacetState::Ok) };
    store.write(&Batch { facets: vec![asked("b")], ..Batch::default() }, at(25)).await.unwrap();
    assert_eq!(vanished(20).await, [own("c")]);
    dump(&store, &[("a", own("a")), ("b", own("b"))], at(5), 102).await;
    assert_eq!(vanished(20).await, [own("c")]);
    // A dump from the future is none.
    dump(&store, &[("c", own("c"))], at(1_000_000), 30).await;
    assert_eq!(vanished(31).await, [own("a"), own("b"), own("c")]);
    // Who has no id there cannot be missed.
    store.write(&artists([artist("d", "D")]), at(0)).await.unwrap();
    assert_eq!(vanished(2_000_000).await.len(), 3);
}

/// What the source said goes; the artist goes with it only where nobody else says, or wants, anything of it.
pub async fn what_a_source_lacks_is_taken_back(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([artist("elsewhere", "Elsewhere")]), at(0)).await.unwrap();
    let all = ["alone", "named", "alias", "asked", "stays"];
    let mut ids: Vec<(&str, ArtistId)> = all.iter().map(|id| (*id, own(id))).collect();
    ids.push(("e", artist_id("elsewhere")));
    dump(&store, &ids, at(10), 11).await;
    let name = NameRecord { artist_id: Some(own("named")), ..name("list", "named", NameState::Found) };
    let asked =
        FacetMark { artist_id: own("asked"), source: Source::Deezer, ..mark("x", Facet::Profile, "", FacetState::Ok) };
    let links = vec![Link { artist_id: own("asked"), source: Source::Deezer, source_id: "1".to_owned() }];
    let batch = Batch { names: vec![name], facets: vec![asked], links, ..Batch::default() };
    store.write(&batch, at(12)).await.unwrap();
    let alias = Alias { artist_id: own("alias"), alias: "mine".to_owned(), locale: None, source: Source::User };
    store.add_aliases(&[alias], at(12)).await.unwrap();

    let gone = [own("alone"), own("named"), own("alias"), own("asked"), artist_id("elsewhere"), own("nobody")];
    assert_eq!(store.take_back(MB, &gone, at(20)).await.unwrap(), [own("alone")]);
    assert_eq!(store.take_back(MB, &gone, at(21)).await.unwrap(), []);
    assert_eq!(store.forgotten(&gone).await.unwrap(), []);
    for (id, links, facets, aliases) in [
        (own("named"), 0, 0, 0),
        (own("alias"), 0, 0, 1),
        (own("asked"), 1, 1, 0),
        (artist_id("elsewhere"), 0, 0, 0),
        (own("stays"), 1, 1, 1),
    ] {
        let known = detail(&store, id.as_str()).await;
        let stayed = (known.links.len(), known.facets.len(), store.aliases(&[id]).await.unwrap().len());
        assert_eq!(stayed, (links, facets, aliases), "{known:?}");
        assert_eq!(known.genres.is_empty(), known.artist.id != own("stays"));
    }
    // Should the source have it again, it is there again.
    dump(&store, &[("alone", own("alone")), ("named", own("named"))], at(30), 31).await;
    assert_eq!(detail(&store, own("named").as_str()).await.links.len(), 1);
    assert_eq!(store.counts().await.unwrap().artists, 6);
}
