//! Songs: who is near, what is folded, what the filters let through.

use sixpotify_similar::{AudioProfile, Fame, Feature, Neighbour, Reason, Song, SongFilter, SongSpace};

fn song(id: &str, artist: &str, title: &str, energy: f32) -> Song {
    Song {
        id: id.to_owned(),
        artists: vec![artist.to_owned()],
        title: title.to_owned(),
        audio: AudioProfile::UNKNOWN.with(Feature::Energy, energy),
        ..Song::default()
    }
}

fn near(space: &SongSpace, index: usize, filter: &SongFilter) -> Vec<usize> {
    space.near(index, 9, filter).unwrap().iter().map(|n: &Neighbour| n.index).collect()
}

#[test]
fn the_nearest_comes_first_once_per_work_and_not_of_the_same_artist() {
    let space = SongSpace::build(vec![
        song("0", "a", "One", 0.5),
        song("1", "a", "One - Live", 0.5),
        song("2", "a", "Two", 0.51),
        song("3", "b", "Three (Remastered)", 0.6),
        song("4", "b", "Three", 0.7),
        song("5", "c", "Three", 0.8),
    ]);
    assert_eq!(near(&space, 0, &SongFilter::default()), [3, 5]);
    assert_eq!(near(&space, 0, &SongFilter { same_artist: true, ..SongFilter::default() }), [2, 3, 5]);
    assert!(space.near(6, 1, &SongFilter::default()).is_none());
}

#[test]
fn filters_hold_back_markets_explicit_songs_and_fame() {
    let mut songs: Vec<Song> =
        (0..4_u8).map(|i| song(&i.to_string(), &i.to_string(), "", 0.1 * f32::from(i))).collect();
    songs[1].explicit = Some(true);
    songs[2].markets = vec!["KR".to_owned()];
    for (song, popularity) in songs.iter_mut().zip([10.0, 90.0, 50.0]) {
        song.popularity = Some(popularity);
    }
    let space = SongSpace::build(songs);
    let sorted = |filter| {
        let mut found = near(&space, 0, &filter);
        found.sort_unstable();
        found
    };
    assert_eq!(sorted(SongFilter { clean: true, ..SongFilter::default() }), [2, 3]);
    assert_eq!(sorted(SongFilter { market: Some("kr".to_owned()), ..SongFilter::default() }), [2]);
    assert_eq!(sorted(SongFilter { fame: Fame::Known, ..SongFilter::default() }), [1, 2]);
    assert_eq!(sorted(SongFilter { fame: Fame::Hidden, ..SongFilter::default() }), [3]);
}

#[test]
fn values_that_cannot_be_are_unknown() {
    let mut songs: Vec<Song> =
        (0..4_u8).map(|i| song(&i.to_string(), &i.to_string(), "", 0.1 * f32::from(i))).collect();
    for (song, popularity) in songs.iter_mut().zip([50.0, 1e9, f32::NAN, 60.0]) {
        (song.popularity, song.year) = (Some(popularity), Some(0.0));
    }
    let space = SongSpace::build(songs);
    assert_eq!(near(&space, 0, &SongFilter { fame: Fame::Known, ..SongFilter::default() }), [3]);
    let found = space.near(0, 9, &SongFilter::default()).unwrap();
    assert!(found.iter().all(|n| !n.why.contains(&Reason::SameEra)), "{found:?}");
}

#[test]
fn an_artist_starts_with_the_most_popular_take_of_each_work() {
    let mut songs = vec![
        song("0", "a", "X", 0.1),
        song("1", "a", "X (Live)", 0.2),
        song("2", "a", "Y", 0.3),
        song("3", "b", "Z", 0.4),
    ];
    for (song, popularity) in songs.iter_mut().zip([20.0, 60.0, 40.0]) {
        song.popularity = Some(popularity);
    }
    let space = SongSpace::build(songs);
    assert_eq!(space.of_artist("a", 9, &SongFilter::default()), Some(vec![1, 2]));
    assert_eq!(space.of_artist("nobody", 9, &SongFilter::default()), None);
}

#[test]
fn many_takes_of_one_work_do_not_shorten_a_list() {
    let mut songs = vec![song("q", "q", "Q", 0.5)];
    songs.extend((0..500).map(|i| song(&format!("{i}"), "b", "Same - Live", 0.5)));
    songs.extend((0..5_u8).map(|i| song(&format!("z{i}"), "c", &format!("Other {i}"), 0.6 + 0.01 * f32::from(i))));
    let space = SongSpace::build(songs);
    assert_eq!(near(&space, 0, &SongFilter::default()), [1, 501, 502, 503, 504, 505]);
}

#[test]
fn nothing_known_and_nothing_there_are_no_trouble() {
    assert!(SongSpace::build(vec![]).near(0, 5, &SongFilter::default()).is_none());
    let space = SongSpace::build(vec![Song::default(), Song::default()]);
    assert_eq!(space.near(0, 5, &SongFilter::default()), Some(vec![]));
    let genred = |id: &str| Song { id: id.to_owned(), genres: vec!["pop".to_owned()], ..Song::default() };
    let space = SongSpace::build(vec![genred("0"), genred("1"), song("2", "a", "A", 0.5)]);
    let found = space.near(0, 5, &SongFilter::default()).unwrap();
    assert_eq!(found.iter().map(|n| n.index).collect::<Vec<_>>(), [1]);
    assert_eq!(found[0].why, [Reason::SharedGenre("pop".to_owned())]);
}

/// Songs of a small world: artists of two to four songs, some without a sound, a genre, a title or an artist.
fn world() -> Vec<Song> {
    let genres = ["pop", "rock", "jazz", "dance pop", "indie rock"];
    let of = |n: u16| {
        let ratio = |prime: u16| f32::from(n.wrapping_mul(prime) % 997) / 997.0;
        let mut made = song(&format!("{n:04}"), &format!("artist {}", n / 3), &format!("Title {}", n % 5), ratio(31));
        made.audio = made.audio.with(Feature::Valence, ratio(57)).with(Feature::Acousticness, ratio(83));
        made.genres = (0..n / 3 % 3).map(|i| genres[usize::from((n / 3 + i * 2) % 5)].to_owned()).collect();
        made.year = (!n.is_multiple_of(7)).then(|| 1960.0 + 60.0 * ratio(19));
        made.popularity = (!n.is_multiple_of(4)).then(|| 100.0 * ratio(13));
        made.explicit = n.is_multiple_of(5).then_some(true);
        made.markets = if n.is_multiple_of(2) { vec!["kr".to_owned(), "DE".to_owned()] } else { vec![] };
        if n.is_multiple_of(11) {
            made.audio = AudioProfile::UNKNOWN.with(Feature::Energy, f32::NAN).with(Feature::Tempo, f32::INFINITY);
        }
        if n.is_multiple_of(13) {
            made.artists.clear();
        }
        made
    };
    (0..400).map(of).collect()
}

#[test]
fn batches_are_the_same_as_one_by_one_whatever_comes_and_every_filter_holds() {
    let songs = world();
    let filters = [
        SongFilter::default(),
        SongFilter { same_artist: true, clean: true, ..SongFilter::default() },
        SongFilter { market: Some("de".to_owned()), fame: Fame::Known, ..SongFilter::default() },
        SongFilter { market: Some("nowhere".to_owned()), ..SongFilter::default() },
    ];
    let mut builder = SongSpace::builder();
    songs.iter().for_each(|song| {
        builder.push(song);
    });
    builder.relate("artist 1", "artist 2", 0.9);
    builder.relate("artist 1", "nobody", 0.5);
    builder.relate("artist 3", "artist 3", f32::NAN);
    let space = builder.finish();
    assert_eq!((space.len(), space.position("0123"), space.position("nope")), (400, Some(123), None));
    for filter in filters {
        let mut index = 0;
        for list in space.all(5, &filter).flat_map(|batch| batch.lists) {
            assert_eq!(space.near(index, 5, &filter).as_ref(), Some(&list));
            let deep = space.near(index, usize::MAX, &filter).unwrap();
            assert_eq!(list, deep[..list.len()]);
            for near in &list {
                let (here, there) = (&songs[index], &songs[near.index]);
                assert!((0.0..=1.0).contains(&near.distance) && near.index != index && !near.why.is_empty());
                assert!(filter.same_artist || here.artists.is_empty() || here.artists != there.artists);
                assert!(!filter.clean || there.explicit != Some(true));
                assert!(filter.market.is_none() || filter.market.as_deref() == Some("de") && !there.markets.is_empty());
            }
            index += 1;
        }
        assert_eq!(index, 400);
    }
}

#[test]
fn songs_of_related_artists_are_nearer_and_say_so() {
    let songs =
        vec![song("0", "a", "A", 0.5), song("1", "b", "B", 0.6), song("2", "c", "C", 0.6), song("3", "d", "D", 0.1)];
    let mut builder = SongSpace::builder();
    songs.into_iter().for_each(|song| {
        builder.push(song);
    });
    builder.relate("c", "a", 0.8);
    let space = builder.finish();
    assert_eq!(near(&space, 0, &SongFilter::default()), [2, 1, 3]);
    assert_eq!(near(&space, 2, &SongFilter::default()), [1, 0, 3]);
    let found = space.near(0, 1, &SongFilter::default()).unwrap();
    assert!(found[0].why.contains(&Reason::RelatedArtists), "{found:?}");
}
