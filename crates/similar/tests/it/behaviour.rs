//! What listeners, sources and credits say.

use proptest::prelude::*;
use sixpotify_similar::{Item, Listen, Method, Neighbour, Reason, Space};

use crate::item;

fn order(space: &Space, of: usize) -> Vec<usize> {
    space.neighbours(of, 99).unwrap().iter().map(|neighbour| neighbour.index).collect()
}

fn listens(rows: &[(u32, u32, f32)]) -> Vec<Listen> {
    rows.iter().map(|(user, item, plays)| Listen { user: *user, item: *item, plays: *plays }).collect()
}

#[test]
fn a_similarity_is_the_shrunk_cosine_of_logarithms() {
    let items = vec![Item::default(); 2];
    let e = std::f32::consts::E - 1.0;
    // ln(1 + p) is 1 everywhere: three common listeners of 3 and 4, shrunk by 3 / (3 + 3).
    let rows = listens(&[(0, 0, e), (1, 0, e), (2, 0, e), (0, 1, e), (1, 1, e), (2, 1, e), (3, 1, e)]);
    let found = Space::with_listens(&items, &rows, Method::Behaviour).neighbours(0, 9).unwrap();
    let expected = 1.0 - 3.0 / 12.0_f32.sqrt() * 0.5 / 1.3;
    assert!((found[0].distance - expected).abs() < 1e-5, "{found:?} {expected}");
    assert_eq!(found[0].why, [Reason::HeardTogether]);
}

#[test]
fn artists_heard_with_the_same_third_one_are_found_through_it() {
    let items = vec![Item::default(); 4];
    let pairs = (0..8).flat_map(|user| [(user, 1, 5.0), (user, if user < 4 { 0 } else { 2 }, 5.0)]);
    let rows = listens(&pairs.collect::<Vec<_>>());
    let space = Space::with_listens(&items, &rows, Method::Behaviour);
    assert_eq!(order(&space, 0), [1, 2]);
    assert_eq!(space.neighbours(0, 9).unwrap()[1].why, [Reason::HeardWithTheSame]);
    assert!(order(&space, 3).is_empty());
}

#[test]
fn behaviour_decides_between_equal_contents_and_content_where_there_is_none() {
    let items =
        vec![item(&[], &["pop"]), item(&[], &["pop"]), item(&[], &["pop"]), item(&[], &["rock"]), item(&[], &["pop"])];
    let rows = listens(&[(0, 0, 9.0), (0, 2, 9.0), (1, 0, 9.0), (1, 2, 9.0)]);
    let space = Space::with_listens(&items, &rows, Method::Blend);
    assert_eq!(order(&space, 0), [2, 1, 4]);
    assert_eq!(order(&space, 1), [0, 2, 4]);
}

#[test]
fn lists_of_sources_and_shared_songs_join_both_ways() {
    let mut items = vec![Item::default(); 3];
    items[0].related = vec![(1, 1.0), (0, 1.0), (77, 1.0), (2, f32::NAN)];
    items[2].worked_with = vec![(0, 4.0), (1, -1.0)];
    let space = Space::build(&items, Method::Behaviour);
    assert_eq!(order(&space, 0), [1, 2]);
    assert_eq!(order(&space, 1), [0]);
    assert_eq!(space.neighbours(1, 9).unwrap()[0].why, [Reason::SaidRelated]);
    assert_eq!(space.neighbours(2, 9).unwrap()[0].why, [Reason::WorkedTogether]);
}

#[test]
fn the_other_spelling_of_an_artist_is_no_neighbour() {
    let mut items = vec![item(&[], &["pop"]); 3];
    items[0].name_key = "beyonce".to_owned();
    items[2].name_key = "beyonce".to_owned();
    let space = Space::build(&items, Method::Blend);
    assert_eq!((order(&space, 0), order(&space, 1), order(&space, 2)), (vec![1], vec![0, 2], vec![1]));
}

#[test]
fn music_of_the_same_years_is_near_and_says_so() {
    let of = |year| Item { year: Some(year), ..item(&[], &["pop"]) };
    let items = [of(1980.0), of(1982.0), of(2020.0), of(f32::NAN)];
    let found = Space::build(&items, Method::Blend).neighbours(0, 9).unwrap();
    let era = |n: &Neighbour| n.why.contains(&Reason::SameEra);
    assert_eq!(found.iter().map(|n| (n.index, era(n))).collect::<Vec<_>>(), [(1, true), (2, false), (3, false)]);
}

proptest! {
    #[test]
    fn any_listens_give_symmetric_distances_whatever_their_order(
        rows in prop::collection::vec((0..6_u32, 0..9_u32, prop_oneof![9 => 0.0..500.0_f32, 1 => any::<f32>()]), 0..60),
    ) {
        let items = vec![Item::default(); 7];
        let mut listens = listens(&rows);
        let space = Space::with_listens(&items, &listens, Method::Behaviour);
        listens.reverse();
        listens.rotate_left(rows.len() / 3);
        let shuffled = Space::with_listens(&items, &listens, Method::Behaviour);
        for a in 0..7 {
            let (one, other) = (space.neighbours(a, 9).unwrap(), shuffled.neighbours(a, 9).unwrap());
            prop_assert_eq!(one.len(), other.len());
            for near in &one {
                let same = other.iter().find(|n| n.index == near.index).map(|n| n.distance);
                prop_assert!(same.is_some_and(|d| (d - near.distance).abs() < 1e-5), "{same:?} {near:?}");
            }
            for near in space.neighbours(a, 9).unwrap() {
                prop_assert!((0.0..=1.0).contains(&near.distance) && near.index != a && !near.why.is_empty());
                let back = space.neighbours(near.index, 9).unwrap();
                let back = back.iter().find(|n| n.index == a).map(|n| n.distance);
                prop_assert!(back.is_some_and(|d| (d - near.distance).abs() < 1e-5), "{back:?} {near:?}");
            }
        }
    }
}
