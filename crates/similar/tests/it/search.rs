//! The search against the comparison of all pairs, items that come later, and the wish by popularity.

use sixpotify_similar::{Fame, Item, Listen, Method, Neighbour, Space};

use crate::properties::large_catalogue;
use crate::{METHODS, item};

/// Everybody who can be compared with an item, one by one, nearest first.
fn one_by_one(space: &Space, index: usize) -> Vec<Neighbour> {
    let mut all = space.affected(index, |_| f32::INFINITY).unwrap();
    all.sort_by(|x, y| x.distance.total_cmp(&y.distance).then(x.index.cmp(&y.index)));
    all
}

fn listens(items: u32) -> Vec<Listen> {
    let row =
        |n: u32| Listen { user: n % 150, item: n.wrapping_mul(2_654_435_761) % items, plays: 1.0 + (n % 7) as f32 };
    (0..3000).map(row).collect()
}

#[test]
fn the_search_finds_what_comparing_all_pairs_finds() {
    let items = large_catalogue();
    for with_behaviour in [false, true] {
        let items: Vec<Item> = if with_behaviour {
            items.clone()
        } else {
            items.iter().map(|item| Item { related: vec![], ..item.clone() }).collect()
        };
        let listens = if with_behaviour { listens(2300) } else { vec![] };
        for method in METHODS {
            let space = Space::with_listens(&items, &listens, method);
            for index in (0..items.len()).step_by(383) {
                let mut expected = one_by_one(&space, index);
                for depth in [1, 30] {
                    let found = space.neighbours(index, depth).unwrap();
                    assert_eq!(found, expected[..depth.min(expected.len())], "{method:?} {index}");
                }
                for fame in [Fame::Known, Fame::Hidden] {
                    let known = |near: &Neighbour| items[near.index].popularity.is_some_and(|p| p >= median(&items));
                    let mut wanted = expected.clone();
                    wanted.retain(|near| known(near) == (fame == Fame::Known));
                    wanted.truncate(10);
                    assert_eq!(space.near(index, 10, fame).unwrap(), wanted, "{method:?} {index} {fame:?}");
                }
                expected.clear();
            }
        }
    }
}

fn median(items: &[Item]) -> f32 {
    let mut known: Vec<f32> = items.iter().filter_map(|item| item.popularity).collect();
    known.sort_by(f32::total_cmp);
    known[known.len() / 2]
}

#[test]
fn an_artist_that_comes_later_is_found_and_finds_and_changes_nothing_else() {
    let mut items = large_catalogue();
    let late: Vec<Item> = items.drain(2200..).collect();
    for method in METHODS {
        let mut space = Space::build(&items, method);
        let before: Vec<_> = (0..2200).step_by(97).map(|index| space.neighbours(index, 30).unwrap()).collect();
        for (index, item) in (2200..).zip(&late) {
            assert_eq!(space.insert(item), index);
        }
        assert_eq!(space.len(), 2300);
        for index in [97, 2199, 2250] {
            let expected = one_by_one(&space, index);
            assert_eq!(space.neighbours(index, 40).unwrap(), expected[..40.min(expected.len())], "{method:?} {index}");
        }
        if method == Method::Behaviour || method == Method::Blend {
            continue;
        }
        // Of those who were there, nobody's distance has changed.
        for (index, before) in (0..2200).step_by(97).zip(before) {
            let mut now = space.neighbours(index, 230).unwrap();
            now.retain(|near| near.index < 2200);
            assert_eq!(now[..before.len()], before, "{method:?} {index}");
        }
    }
}

#[test]
fn the_first_artists_of_all_may_come_later() {
    for method in METHODS {
        let mut space = Space::build(&[], method);
        let (a, b) = (item(&[], &["folk"]), item(&[], &["folk"]));
        let related = Item { related: vec![(0, 1.0)], name_key: "b".to_owned(), ..b };
        assert_eq!((space.insert(&a), space.insert(&related)), (0, 1));
        let found = space.neighbours(0, 9).unwrap();
        assert_eq!(found.len(), usize::from(method != Method::Audio), "{method:?}");
        // Another spelling of the second is neither its neighbour nor counted among those whose lists change.
        space.insert(&related);
        assert!(space.neighbours(2, 9).unwrap().iter().all(|near| near.index == 0), "{method:?}");
        assert!(space.affected(2, |_| f32::INFINITY).unwrap().iter().all(|near| near.index == 0), "{method:?}");
    }
}

#[test]
fn lists_are_affected_where_the_new_one_is_nearer_than_the_last() {
    let items = large_catalogue();
    let space = Space::build(&items, Method::Blend);
    let lists: Vec<Vec<Neighbour>> = space.all(10).flat_map(|batch| batch.lists).collect();
    let newcomer = 1234;
    // As if it had not been there: nobody's list may hold it, so that it is nearer than the last of exactly those lists that it is in.
    let farthest = |index: usize| match lists[index].as_slice() {
        list if list.len() < 10 => f32::INFINITY,
        list => list.last().map_or(f32::INFINITY, |near| near.distance + 1e-7),
    };
    let affected = space.affected(newcomer, farthest).unwrap();
    let expected: Vec<usize> =
        (0..items.len()).filter(|index| lists[*index].iter().any(|near| near.index == newcomer)).collect();
    let found: Vec<usize> = affected.iter().map(|near| near.index).collect();
    assert!(!expected.is_empty() && expected.iter().all(|index| found.contains(index)), "{expected:?} {found:?}");
    for near in &affected {
        let back = lists[near.index].iter().find(|other| other.index == newcomer);
        assert!(back.is_none_or(|back| back.distance == near.distance && back.why == near.why), "{near:?} {back:?}");
    }
    assert!(space.affected(newcomer, |_| -1.0).unwrap().is_empty());
    assert!(space.affected(items.len(), |_| 1.0).is_none());
}

/// Artists that nothing tells apart, among others: crowds of several sizes, some of whose members are joined to others or share a name.
#[test]
fn crowds_are_searched_as_if_each_member_stood_alone() {
    let mut items = large_catalogue();
    items.truncate(700);
    for n in 0..900_usize {
        let mut copy = items[[3, 11, 40, 44][n % 4]].clone();
        if n % 5 != 0 {
            copy.related.clear();
        }
        if n % 7 == 0 {
            copy.name_key = format!("name {}", n % 3);
        }
        items.insert(n, copy);
    }
    for with_behaviour in [true, false] {
        let listens = if with_behaviour { listens(1600) } else { vec![] };
        for method in METHODS {
            if !with_behaviour {
                items.iter_mut().for_each(|item| item.related.clear());
            }
            let mut space = Space::with_listens(&items, &listens, method);
            space.insert(&items[5]);
            space.insert(&items[1200]);
            for index in (0..space.len()).step_by(211).chain([1600, 1601]) {
                let expected = one_by_one(&space, index);
                for depth in [1, 30, 400] {
                    let found = space.neighbours(index, depth).unwrap();
                    assert_eq!(found, expected[..depth.min(expected.len())], "{method:?} {index} {depth}");
                }
                let odd = space.near_those(index, 25, |other| other % 2 == 1).unwrap();
                let expected: Vec<_> = expected.into_iter().filter(|near| near.index % 2 == 1).take(25).collect();
                assert_eq!(odd, expected, "{method:?} {index}");
            }
        }
    }
}

/// The square of this number would take a test run's patience and more.
#[test]
fn a_catalogue_of_nothing_but_copies_is_no_harder_than_another() {
    let copies =
        |name: &str| vec![Item { name_key: name.to_owned(), related: vec![], ..large_catalogue()[1].clone() }; 20_000];
    for method in METHODS {
        let space = Space::build(&copies(""), method);
        let lists: Vec<Vec<Neighbour>> = space.all(5).flat_map(|batch| batch.lists).collect();
        assert_eq!(lists.len(), 20_000);
        if method != Method::Behaviour {
            let first: Vec<usize> = lists[3].iter().map(|near| near.index).collect();
            assert_eq!(first, [0, 1, 2, 4, 5], "{method:?}");
        }
        // Nor if all are spellings of one name, and so nobody's neighbours.
        let space = Space::build(&copies("one"), method);
        assert_eq!(space.neighbours(7, 5), Some(vec![]));
    }
}
