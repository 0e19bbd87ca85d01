//! What tests of clients rely on: the sample offers every awkward case, and every name can be found.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::*;
use crate::sample;

static SAMPLED: LazyLock<Sampled> = LazyLock::new(|| Sampled::new(sample::tracks()));

/// The rank, from 0, of the first hit of exactly this name.
fn rank(query: &str, name: &str) -> Option<usize> {
    let all = Span { offset: 0, limit: usize::MAX / 2 };
    SAMPLED.search_artists(&Query::parse(query), all).items.iter().position(|artist| artist.name == name)
}

#[test]
fn every_name_is_found_though_not_always_first() {
    let mut ranks: HashMap<usize, usize> = HashMap::new();
    for name in sample::artist_names() {
        let rank = rank(&name, &name).unwrap_or_else(|| panic!("`{name}` is not found"));
        *ranks.entry(rank).or_default() += 1;
    }
    let mut sorted: Vec<_> = ranks.iter().collect();
    sorted.sort();
    println!("ranks of exact names: {sorted:?}");
    let (first, ten) = (ranks[&0], (1..10).filter_map(|rank| ranks.get(&rank)).sum::<usize>());
    assert!(first > 2500 && ten > 50, "first {first}, second to tenth {ten}");
}

#[test]
fn case_and_accents_do_not_matter() {
    for (query, name) in [
        ("mötley crüe", "Mötley Crüe"),
        ("motley crue", "Mötley Crüe"),
        ("TIESTO", "Tiësto"),
        ("death note デスノート", "DEATH NOTE デスノート"),
        ("Linkin Prk", "Linkin Park"),
    ] {
        assert!(rank(query, name).is_some_and(|rank| rank < 10), "{query}");
    }
}

#[test]
fn strangers_find_something_or_nothing() {
    let total = |text: &str| {
        let query = Query::parse(text);
        SAMPLED.search_artists(&query, Span { offset: 0, limit: 1 }).total
    };
    assert_eq!(total("qzxv wvxq"), 0);
    assert!(total("Linkin Sisters") > 0);
}

#[test]
fn the_sample_has_every_awkward_case() {
    let artists = &SAMPLED.artists;
    let count = |test: &dyn Fn(&ArtistRow) -> bool| artists.iter().filter(|artist| test(artist)).count();
    assert!(count(&|a| a.genres.len() > 1) > 500);
    assert!((1..200).contains(&count(&|a| a.genres.is_empty() && !a.tracks.is_empty())));
    assert!((50..1000).contains(&count(&|a| a.image.is_none())));
    assert!(count(&|a| a.albums.iter().filter(|(group, _)| *group <= Group::Single).count() > 50) >= 4);

    let mut namesakes: HashMap<&str, Vec<u64>> = HashMap::new();
    for artist in artists {
        namesakes.entry(&artist.name).or_default().push(artist.followers);
    }
    let pairs: Vec<_> = namesakes.values().filter(|followers| followers.len() == 2).collect();
    let close = pairs.iter().filter(|f| f.iter().min().unwrap() * 10 > *f.iter().max().unwrap()).count();
    println!("namesakes: {}, of comparable following: {close}", pairs.len());
    assert!((40..200).contains(&pairs.len()) && (2..8).contains(&close));

    for kind in [AlbumType::Album, AlbumType::Single, AlbumType::Compilation] {
        let count = SAMPLED.albums.iter().filter(|album| album.kind == kind).count();
        println!("{kind:?}: {count}");
        assert!(count > 100, "{kind:?}");
    }
    let year_only = SAMPLED.albums.iter().filter(|album| album.released.month.is_none()).count();
    assert!((500..2000).contains(&year_only), "{year_only}");
    assert!(SAMPLED.tracks.iter().any(|track| track.features.is_none()));
}

#[test]
fn an_album_holds_its_tracks_and_is_listed_by_their_artists() {
    for (at, album) in (0..).zip(&SAMPLED.albums) {
        assert!(!album.artists.is_empty() && !album.tracks.is_empty(), "{}", album.name);
        for track in &album.tracks {
            for artist in &SAMPLED.tracks[*track as usize].artists {
                assert!(SAMPLED.artists[*artist as usize].albums.iter().any(|(_, listed)| *listed == at));
            }
        }
    }
}

#[test]
fn tracks_are_found_by_title_and_artist() {
    let query = Query::parse("track:\"In The End\" artist:\"linkin park\"");
    let found = SAMPLED.search_tracks(&query, Span { offset: 0, limit: 5 });
    assert_eq!(found.items[0].name, "In the End");
    assert!(found.items.iter().all(|track| track.artists.iter().any(|artist| artist.name == "Linkin Park")));
    let isrc = found.items[0].isrc.clone().unwrap();
    let by_isrc = SAMPLED.search_tracks(&Query::parse(&format!("isrc:{isrc}")), Span { offset: 0, limit: 5 });
    assert_eq!((by_isrc.total, by_isrc.items[0].id), (1, found.items[0].id));
}
