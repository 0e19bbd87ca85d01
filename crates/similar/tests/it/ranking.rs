//! Who comes before whom, and at which distance.

use sixpotify_similar::{Feature, Item, Method, Neighbour, Space, words};

use crate::item;

fn order(neighbours: &[Neighbour]) -> Vec<usize> {
    neighbours.iter().map(|neighbour| neighbour.index).collect()
}

fn sound(danceability: f32, valence: f32, genres: &[&str]) -> Item {
    item(&[(Feature::Danceability, danceability), (Feature::Valence, valence)], genres)
}

#[test]
fn audio_distance_is_the_standardised_root_mean_square() {
    // Danceability has mean 0.4 and deviation 0.2; valence is everybody's and takes no part.
    let items = [sound(0.2, 0.5, &[]), sound(0.6, 0.5, &[]), sound(0.2, 0.5, &[]), sound(0.6, 0.5, &[])];
    let found = Space::build(&items, Method::Audio).neighbours(0, 9).unwrap();
    assert_eq!(order(&found), [2, 1, 3]);
    assert_eq!(found[0].distance, 0.0);
    // Two deviations apart: 2 / (2 + 1).
    assert!((found[1].distance - 2.0 / 3.0).abs() < 1e-6, "{}", found[1].distance);
    assert_eq!(found[1].distance, found[2].distance);
}

#[test]
fn genre_distance_is_one_minus_the_soft_cosine_of_tf_idf() {
    let items = [item(&[], &["pop", "kpop"]), item(&[], &["pop"]), item(&[], &["kpop"]), item(&[], &["pop", "rock"])];
    let found = Space::build(&items, Method::Genres).neighbours(0, 9).unwrap();
    let weight = |count: f64| (1.0 + 4.0 / count).ln().sqrt();
    let (pop, kpop, rock) = (weight(3.0), weight(2.0), weight(1.0));
    // One artist of four has both: the cosine of their sets of artists less chance, times 1 / (1 + 3). That of pop and kpop is below 0.
    let (pop_kpop, pop_rock) = (0.0, 0.25 * (1.0 - 3.0 / 4.0) / 3.0_f64.sqrt());
    let pop_rock = if pop_rock < 0.05 { 0.0 } else { pop_rock };
    let own = (pop * pop + kpop * kpop + 2.0 * pop_kpop * pop * kpop).sqrt();
    let last = (pop * pop + rock * rock + 2.0 * pop_rock * pop * rock).sqrt();
    let expected = [
        (2, 1.0 - (kpop + pop_kpop * pop) / own),
        (1, 1.0 - (pop + pop_kpop * kpop) / own),
        (3, 1.0 - (pop * pop + pop_kpop * kpop * pop + pop_rock * pop * rock) / (own * last)),
    ];
    assert_eq!(order(&found), expected.map(|(index, _)| index));
    for (neighbour, (_, distance)) in found.iter().zip(expected) {
        // Weights are whole numbers of 1/1024, strengths of 1/256.
        assert!((f64::from(neighbour.distance) - distance).abs() < 3e-3, "{neighbour:?} {distance}");
    }
}

#[test]
fn related_genres_bring_artists_together_and_say_so() {
    let items =
        [item(&[], &["indie pop"]), item(&[], &["indie rock"]), item(&[], &["polka"]), item(&[], &["indie pop"])];
    let found = Space::build(&items, Method::Genres).neighbours(0, 9).unwrap();
    assert_eq!(order(&found), [3, 1]);
    assert!(found[1].distance > 0.2 && found[1].distance < 0.9, "{found:?}");
    assert_eq!(words(&found[1].why), "related genres: indie pop and indie rock");
}

#[test]
fn who_has_no_genres_borrows_those_of_its_neighbours() {
    // Two camps that sound alike within; 0 sounds like folk, 9 like metal, and neither has a genre.
    let camp = |at: f32, genre: &'static str| (0..4_u8).map(move |i| sound(at + 0.01 * f32::from(i), at, &[genre]));
    let mut items = vec![sound(0.22, 0.2, &[])];
    items.extend(camp(0.2, "folk").chain(camp(0.8, "metal")));
    items.push(sound(0.82, 0.8, &[]));
    // As far from one camp as from the other.
    items.extend([sound(0.5, 0.5, &["folk"]), sound(0.5, 0.5, &["metal"])]);
    let place = |of: usize, whom: usize| {
        let found = Space::build(&items, Method::Blend).neighbours(of, 99).unwrap();
        found.iter().position(|near| near.index == whom).unwrap()
    };
    assert!(place(0, 10) < place(0, 11) && place(9, 11) < place(9, 10));
}

#[test]
fn genres_are_compared_without_case_blanks_and_repetition() {
    let items = [item(&[], &["K-Pop", "Dance Pop"]), item(&[], &[" dance pop", "k-pop", "K-POP", "", " "])];
    let found = Space::build(&items, Method::Genres).neighbours(1, 9).unwrap();
    assert_eq!((found[0].index, found[0].distance), (0, 0.0));
}

#[test]
fn equal_distances_are_ordered_by_index_even_at_the_cut() {
    let items = vec![sound(0.5, 0.5, &["pop"]); 1500];
    for method in crate::OF_CONTENT {
        let space = Space::build(&items, method);
        for index in [0, 2, 700, 1499] {
            let found = order(&space.neighbours(index, 4).unwrap());
            let expected: Vec<usize> = (0..1500).filter(|other| *other != index).take(4).collect();
            assert_eq!(found, expected, "{method:?} {index}");
        }
    }
}

#[test]
fn the_blend_weighs_sound_against_genres() {
    let items = [
        sound(0.3, 0.3, &["folk"]),
        sound(0.3, 0.3, &["metal"]),
        sound(0.35, 0.32, &["folk"]),
        sound(0.9, 0.9, &["folk"]),
        sound(0.9, 0.9, &["metal"]),
    ];
    let found = Space::build(&items, Method::Blend).neighbours(0, 9).unwrap();
    assert_eq!(order(&found), [2, 3, 1, 4]);
    assert!(found[0].distance > 0.0 && found[3].distance > found[2].distance);
}

#[test]
fn a_missing_signal_ranks_between_near_and_far() {
    let items = [
        sound(0.3, 0.3, &["folk"]),
        sound(0.3, 0.3, &["folk"]),
        sound(0.3, 0.3, &[]),
        sound(0.3, 0.3, &["metal"]),
        item(&[], &["folk"]),
        sound(0.9, 0.9, &["folk"]),
        item(&[], &["metal"]),
        item(&[], &[]),
    ];
    let space = Space::build(&items, Method::Blend);
    let found = space.neighbours(0, 9).unwrap();
    // Who has no genres borrows them from its neighbours, of whom most are folk, but the guess does not count in full.
    assert_eq!(order(&found), [1, 2, 4, 5, 3], "without a common signal nobody is a neighbour");
    let found = space.neighbours(2, 9).unwrap();
    assert_eq!(order(&found), [0, 1, 3, 5]);
    assert!(found[0].distance > 0.1);
    // Who has no sound is compared by the genres alone.
    assert_eq!(order(&space.neighbours(4, 9).unwrap()), [0, 1, 5]);
    assert_eq!(order(&space.neighbours(6, 9).unwrap()), [3]);
    assert_eq!(space.neighbours(7, 9).unwrap(), []);
}

#[test]
fn a_signal_that_nobody_has_takes_no_part() {
    let sounds = [sound(0.1, 0.4, &[]), sound(0.2, 0.9, &[]), sound(0.7, 0.6, &[])];
    let genres = [item(&[], &["a", "b"]), item(&[], &["b", "c"]), item(&[], &["c"])];
    for (items, alone) in [(&sounds, Method::Audio), (&genres, Method::Genres)] {
        let distances = |method| {
            let space = Space::build(items, method);
            space.all(9).flat_map(|batch| batch.lists).flatten().map(|n| (n.index, n.distance)).collect::<Vec<_>>()
        };
        assert_eq!(distances(Method::Blend), distances(alone));
    }
}

#[test]
fn methods_look_only_at_their_own_signals() {
    let items = [sound(0.3, 0.3, &["folk"]), sound(0.3, 0.3, &["metal"]), sound(0.9, 0.9, &["folk"])];
    assert_eq!(order(&Space::build(&items, Method::Audio).neighbours(0, 9).unwrap()), [1, 2]);
    assert_eq!(order(&Space::build(&items, Method::Genres).neighbours(0, 9).unwrap()), [2]);
}

#[test]
fn popularity_counts_in_the_blend_only() {
    let mut items = vec![sound(0.3, 0.3, &[]); 4];
    for (item, popularity) in items.iter_mut().zip([90.0, 10.0, 85.0, f32::NAN]) {
        item.popularity = Some(popularity);
    }
    let order_by = |method| order(&Space::build(&items, method).neighbours(0, 9).unwrap());
    assert_eq!(order_by(Method::Blend), [2, 3, 1], "the unknown one is between the near and the far one");
    assert_eq!(order_by(Method::Audio), [1, 2, 3]);
}

#[test]
fn knowing_less_never_makes_an_artist_nearer() {
    let items = [
        sound(0.5, 0.5, &[]),
        sound(0.5, 0.5, &[]),
        item(&[(Feature::Danceability, 0.5)], &[]),
        sound(0.1, 0.9, &[]),
        sound(0.9, 0.1, &[]),
    ];
    let found = Space::build(&items, Method::Audio).neighbours(0, 2).unwrap();
    assert_eq!(order(&found), [1, 2]);
    assert_eq!(found[0].distance, 0.0);
    assert!(found[1].distance > 0.3);
}
