//! The protocol: nothing leaks, good rankers beat baselines, and it repeats.

use std::collections::BTreeSet;

use sixpotify_similar::evaluation::{hold_out_genres, hold_out_listeners};
use sixpotify_similar::{Item, Listen, Method, Space};

use crate::item;

/// Two camps of ten artists; a listener hears seven of one camp.
fn camps() -> (Vec<Item>, Vec<Listen>) {
    let items = (0..20)
        .map(|i| item(&[], &[if i % 2 == 0 { "pop" } else { "rock" }, if i % 4 < 2 { "a" } else { "b" }]))
        .collect();
    let listens = (0..200_u32)
        .flat_map(|user| {
            (0..7).map(move |i| Listen {
                user,
                item: 2 * ((user / 2 + i * (1 + user % 3)) % 10) + user % 2,
                plays: 3.0,
            })
        })
        .collect();
    (items, listens)
}

fn ranker(space: &Space) -> impl FnMut(usize) -> Vec<usize> {
    |query| space.neighbours(query, 100).unwrap_or_default().into_iter().map(|near| near.index).collect()
}

#[test]
fn every_row_is_on_one_side_and_no_listener_on_both() {
    let (items, listens) = camps();
    let (training, truth) = hold_out_listeners(items, listens.clone(), 0.5, 7);
    let kept: BTreeSet<u32> = training.listens().iter().map(|row| row.user).collect();
    assert!((60..140).contains(&kept.len()), "{}", kept.len());
    let expected: Vec<Listen> = listens.into_iter().filter(|row| kept.contains(&row.user)).collect();
    assert_eq!(training.listens(), expected);
    assert!(truth.queries().count() > 0);
}

#[test]
fn listeners_are_told_by_others_of_their_camp_and_not_by_chance() {
    let (items, listens) = camps();
    let (training, truth) = hold_out_listeners(items, listens, 0.5, 7);
    let space = Space::with_listens(training.items(), training.listens(), Method::Behaviour);
    let ours = truth.score(5, 1, ranker(&space));
    let (chance, fame) = (truth.random(5, 1), truth.popularity(5, 1, &training));
    assert!(ours.ndcg.low > chance.ndcg.high && ours.ndcg.low > fame.ndcg.high, "{ours:?} {chance:?} {fame:?}");
    assert_eq!(truth.score(5, 1, ranker(&space)), ours);
    assert_eq!(ours.coverage, 1.0);
}

#[test]
fn hidden_genres_are_hidden_everywhere() {
    let (items, _) = camps();
    let all: BTreeSet<String> = items.iter().flat_map(|item| item.genres.clone()).collect();
    let seed = (0..99).find(|seed| hold_out_genres(items.clone(), vec![], 0.5, *seed).1.queries().count() > 0);
    let (training, truth) = hold_out_genres(items.clone(), vec![], 0.5, seed.unwrap());
    let visible: BTreeSet<String> = training.items().iter().flat_map(|item| item.genres.clone()).collect();
    assert!(!visible.is_empty() && visible.len() < all.len());
    for query in truth.queries() {
        assert!(items[query].genres.iter().any(|genre| !visible.contains(genre)));
    }
}

#[test]
fn no_listeners_and_no_items_score_nothing() {
    for share in [0.0, 1.0, f64::NAN] {
        let (training, truth) = hold_out_listeners(vec![], vec![], share, 0);
        assert_eq!(truth.random(10, 0).queries, 0);
        assert_eq!(truth.popularity(10, 0, &training).coverage, 0.0);
        assert_eq!(hold_out_genres(vec![], vec![], share, 0).1.queries().count(), 0);
    }
}
