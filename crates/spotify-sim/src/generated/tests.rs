//! A generated catalogue holds together: what is found by search is found by id, and lists agree with each other.

use super::*;

const ALL: Span = Span { offset: 0, limit: 1000 };
const GROUPS: [Group; 4] = [Group::Album, Group::Single, Group::Compilation, Group::AppearsOn];

fn catalogue() -> Generated {
    Generated::new(100_000)
}

#[test]
fn every_name_is_found_though_not_always_first() {
    let catalogue = catalogue();
    let (mut first, mut later, mut namesakes) = (0, 0, 0);
    for number in (0..100_000).step_by(37) {
        let name = artist_name(number);
        let hits = catalogue.search_artists(&Query::parse(&name.to_lowercase()), ALL).items;
        let rank = hits.iter().position(|artist| artist.id == id_of(Thing::Artist(number))).unwrap();
        assert!(rank < 10, "{name}");
        namesakes += hits.iter().filter(|artist| artist.name == name).count() - 1;
        if rank == 0 { first += 1 } else { later += 1 }
    }
    println!("first {first}, later {later}, namesakes {namesakes}");
    assert!(first > 20 * later && later > 5 && namesakes > 10);
    let stranger = catalogue.search_artists(&Query::parse("Nobody At All"), ALL);
    assert_eq!(stranger.total, 0);
}

#[test]
fn ids_lead_to_things_of_this_catalogue_only() {
    let catalogue = catalogue();
    for number in (0..100_000).step_by(997) {
        let id = id_of(Thing::Artist(number));
        assert_eq!(catalogue.artist(id).unwrap().name, artist_name(number));
        assert!(catalogue.album(id).is_none() && catalogue.track(id).is_none());
    }
    for thing in [
        Thing::Artist(100_000),
        Thing::Album(Place { artist: 100_000, album: 0, track: 0 }),
        Thing::Album(Place { artist: 0, album: 200, track: 0 }),
        Thing::Track(Place { artist: 0, album: 0, track: 200 }),
    ] {
        let id = id_of(thing);
        assert_eq!(thing_of(id), Some(thing));
        assert!(catalogue.artist(id).is_none() && catalogue.album(id).is_none() && catalogue.track(id).is_none());
    }
    assert!(catalogue.artist(Id::derived("artist", "BTS")).is_none());
}

#[test]
fn lists_agree_with_each_other() {
    let catalogue = catalogue();
    let (mut longest, mut guests, mut without_features) = (0, 0, 0);
    for number in 0..1000 {
        let artist = catalogue.show_artist(number);
        let albums = catalogue.albums_of(artist.id, &GROUPS, ALL).unwrap();
        assert!(albums.items.is_sorted_by_key(|(group, _)| *group));
        longest = longest.max(albums.total);
        for (group, album) in &albums.items {
            let tracks = catalogue.album_tracks(album.id, ALL).unwrap();
            assert_eq!(tracks.total, album.total_tracks as usize);
            let credited = tracks.items.iter().any(|track| track.artists.iter().any(|credit| credit.id == artist.id));
            assert!(credited, "{}", artist.name);
            guests += usize::from(*group == Group::AppearsOn);
        }
        let top = catalogue.top_tracks(artist.id).unwrap();
        assert!(!top.is_empty() && top.len() <= 10 && top.is_sorted_by_key(|track| Reverse(track.popularity)));
        for track in &top {
            assert_eq!(catalogue.track(track.id).unwrap().name, track.name);
            without_features += usize::from(catalogue.features(track.id).is_none());
        }
    }
    assert!(longest > 50 && guests > 50 && without_features > 20, "{longest} {guests} {without_features}");
}

#[test]
fn tracks_are_found_by_title_and_artist() {
    let catalogue = catalogue();
    let place = Place { artist: 77_777, album: 0, track: 2 };
    let track = catalogue.show_track(place);
    let name = artist_name(77_777);
    for text in [
        format!("track:\"{}\" artist:\"{name}\"", track.name),
        format!("{} {name}", track.name),
        format!("{name} {}", track.name),
    ] {
        let found = catalogue.search_tracks(&Query::parse(&text), ALL);
        assert_eq!(found.items[0].name, track.name, "{text}");
    }
    assert_eq!(catalogue.search_tracks(&Query::parse("track:Tomorrow artist:Nobody"), ALL).total, 0);
}

#[test]
fn one_artist_alone_is_a_catalogue_too() {
    let catalogue = Generated::new(1);
    let artist = catalogue.show_artist(0);
    let albums = catalogue.albums_of(artist.id, &GROUPS, ALL).unwrap();
    assert!(albums.items.iter().all(|(group, _)| *group != Group::AppearsOn));
}
