//! What holds for every catalogue.

use std::collections::HashMap;

use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use sixpotify_similar::{AudioProfile, Feature, Item, Method, Neighbour, Space};

use crate::METHODS;

/// Values as a broken file may have them: mostly within the range, sometimes far out, sometimes missing.
fn any_profile() -> impl Strategy<Value = AudioProfile> {
    let value = |feature: Feature| {
        let usual = match feature {
            Feature::Loudness => -60.0..0.0_f32,
            Feature::Tempo => 40.0..220.0,
            Feature::DurationMs => 1000.0..600_000.0,
            Feature::Key | Feature::TimeSignature => 0.0..11.0,
            _ => 0.0..1.0,
        };
        prop_oneof![8 => usual.prop_map(Some), 2 => Just(Some(0.5)), 1 => any::<f32>().prop_map(Some), 2 => Just(None)]
            .prop_map(move |value| (feature, value))
    };
    Feature::ALL.map(value).to_vec().prop_map(AudioProfile::from_iter)
}

fn any_item() -> impl Strategy<Value = Item> {
    let genre = proptest::sample::select(vec!["pop", "k-pop", "rock", "jazz", "folk", "dance pop", "Rock ", ""]);
    let genres = proptest::collection::vec(genre.prop_map(str::to_owned), 0..4);
    let popularity = proptest::option::of(prop_oneof![4 => 0.0..100.0_f32, 1 => any::<f32>()]);
    let year = proptest::option::of(prop_oneof![4 => 1950.0..2026.0_f32, 1 => any::<f32>()]);
    let others = || proptest::collection::vec((0..12_u32, prop_oneof![4 => 0.0..9.0_f32, 1 => any::<f32>()]), 0..4);
    let audio = proptest::option::weighted(0.8, any_profile());
    (audio, genres, popularity, year, others(), others()).prop_map(
        |(audio, genres, popularity, year, related, worked_with)| Item {
            audio,
            genres,
            popularity,
            year,
            related,
            worked_with,
            ..Item::default()
        },
    )
}

fn lists(space: &Space, depth: usize) -> Vec<Vec<Neighbour>> {
    space.all(depth).flat_map(|batch| batch.lists).collect()
}

/// A catalogue that spans several tiles and batches, built without chance: some artists lack a signal or both.
pub(crate) fn large_catalogue() -> Vec<Item> {
    let genres = ["pop", "rock", "jazz", "folk", "metal", "soul", "techno"];
    let item = |n: u16| {
        let ratio = |prime: u16| f32::from(n.wrapping_mul(prime) % 997) / 997.0;
        let audio: AudioProfile = [
            (Feature::Danceability, Some(ratio(31))),
            (Feature::Valence, Some(ratio(57))),
            (Feature::Energy, (!n.is_multiple_of(5)).then(|| ratio(83))),
        ]
        .into_iter()
        .collect();
        Item {
            audio: (!n.is_multiple_of(11)).then_some(audio),
            genres: (0..n % 4).map(|i| genres[usize::from((n / 7 + i * 3) % 7)].to_owned()).collect(),
            popularity: (!n.is_multiple_of(3)).then(|| 100.0 * ratio(13)),
            year: (!n.is_multiple_of(7)).then(|| 1960.0 + 60.0 * ratio(19)),
            related: (1..4).map(|i| (u32::from((n * 7 + i * 101) % 2300), ratio(29))).collect(),
            ..Item::default()
        }
    };
    (0..2300).map(item).collect()
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let items = large_catalogue();
    for method in METHODS {
        let [one, four] = [1, 4].map(|threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| lists(&Space::build(&items, method), 20))
        });
        assert_eq!(one.len(), items.len());
        assert_eq!(one, four, "{method:?}");
    }
}

#[test]
fn batches_are_bounded_in_order_and_the_same_as_one_by_one() {
    let items = large_catalogue();
    for method in METHODS {
        let space = Space::build(&items, method);
        let mut next = 0;
        for batch in space.all(7) {
            assert_eq!(batch.first, next);
            assert!(batch.lists.len() * 7 <= 1 << 18);
            for list in batch.lists {
                if next % 97 == 0 {
                    assert_eq!(space.neighbours(next, 7), Some(list));
                }
                next += 1;
            }
        }
        assert_eq!(next, items.len());
    }
}

/// Against a second, slow computation in double precision, from the documented formulas, of two features that have weight 1 and no
/// transformation.
#[test]
fn the_search_is_exact_across_tiles() {
    let items: Vec<Item> = large_catalogue()
        .into_iter()
        .map(|item| {
            let keep = |audio: AudioProfile| {
                [Feature::Danceability, Feature::Valence]
                    .map(|feature| (feature, audio.get(feature)))
                    .into_iter()
                    .collect()
            };
            Item { audio: item.audio.map(keep), ..Item::default() }
        })
        .collect();
    let columns = [Feature::Danceability, Feature::Valence].map(|feature| {
        let known: HashMap<usize, f64> = (0..)
            .zip(&items)
            .filter_map(|(index, item)| Some((index, f64::from(item.audio.as_ref()?.get(feature)?))))
            .collect();
        let count = f64::from(u32::try_from(known.len()).unwrap());
        let mean = known.values().sum::<f64>() / count;
        let deviation = (known.values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        known.into_iter().map(|(index, value)| (index, (value - mean) / deviation)).collect::<HashMap<_, _>>()
    });
    let space = Space::build(&items, Method::Audio);
    for (index, list) in lists(&space, 30).into_iter().enumerate().step_by(53) {
        let Some(here) = columns[0].get(&index) else {
            assert!(list.is_empty());
            continue;
        };
        let mut expected: Vec<f64> = columns[0]
            .iter()
            .filter(|(other, _)| **other != index)
            .map(|(other, there)| {
                let square = (here - there).powi(2) + (columns[1][&index] - columns[1][other]).powi(2);
                let distance = (square / 2.0).sqrt();
                distance / (distance + 1.0)
            })
            .collect();
        expected.sort_by(f64::total_cmp);
        assert_eq!(list.len(), 30);
        for (neighbour, expected) in list.iter().zip(expected) {
            assert!((f64::from(neighbour.distance) - expected).abs() < 1e-5, "{index}: {neighbour:?} {expected}");
        }
    }
}

proptest! {
    #[test]
    fn distances_are_sane_and_symmetric(items in proptest::collection::vec(any_item(), 0..24)) {
        for method in METHODS {
            let lists = lists(&Space::build(&items, method), usize::MAX);
            prop_assert_eq!(lists.len(), items.len());
            let mut distances = HashMap::new();
            for (index, list) in lists.iter().enumerate() {
                for neighbour in list {
                    prop_assert!(neighbour.index != index && neighbour.index < items.len());
                    prop_assert!((0.0..=1.0).contains(&neighbour.distance), "{}", neighbour.distance);
                    prop_assert!(!neighbour.why.is_empty());
                    prop_assert!(distances.insert((index, neighbour.index), neighbour.distance).is_none());
                }
                prop_assert!(list.is_sorted_by_key(|neighbour| (neighbour.distance.to_bits(), neighbour.index)));
            }
            for ((from, to), distance) in &distances {
                prop_assert_eq!(distances.get(&(*to, *from)), Some(distance), "{:?}", method);
            }
        }
    }

    #[test]
    fn a_shorter_list_is_the_head_of_a_longer_one(items in proptest::collection::vec(any_item(), 0..24), depth in 0..9_usize) {
        for method in METHODS {
            let space = Space::build(&items, method);
            for (short, long) in lists(&space, depth).iter().zip(lists(&space, usize::MAX)) {
                prop_assert_eq!(short.as_slice(), &long[..depth.min(long.len())]);
            }
        }
    }

    #[test]
    fn the_order_of_genres_does_not_matter(items in proptest::collection::vec(any_item(), 0..12)) {
        let mut turned = items.clone();
        turned.iter_mut().for_each(|item| item.genres.reverse());
        prop_assert_eq!(lists(&Space::build(&items, Method::Blend), 9), lists(&Space::build(&turned, Method::Blend), 9));
    }
}
