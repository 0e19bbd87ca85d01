//! Input that is empty, tiny, degenerate or broken.

use sixpotify_similar::{AudioProfile, Feature, Item, Method, Space};

use crate::{OF_CONTENT, item};

fn full(value: f32) -> Item {
    let audio = Feature::ALL.into_iter().fold(AudioProfile::UNKNOWN, |profile, feature| profile.with(feature, value));
    Item { audio: Some(audio), genres: vec!["pop".to_owned()], popularity: Some(value), ..Item::default() }
}

#[test]
fn an_empty_catalogue_has_no_neighbours() {
    for method in OF_CONTENT {
        let space = Space::build(&[], method);
        assert!(space.is_empty());
        assert_eq!(space.neighbours(0, 10), None);
        assert_eq!(space.all(10).count(), 0);
    }
}

#[test]
fn a_lone_artist_has_no_neighbours() {
    for method in OF_CONTENT {
        let space = Space::build(&[full(0.5)], method);
        assert_eq!(space.len(), 1);
        assert_eq!(space.neighbours(0, 10), Some(vec![]));
        assert_eq!(space.neighbours(1, 10), None);
        let batches: Vec<_> = space.all(10).collect();
        assert_eq!((batches.len(), batches[0].first, batches[0].lists.as_slice()), (1, 0, [vec![]].as_slice()));
    }
}

#[test]
fn two_artists_are_each_others_neighbours() {
    for method in OF_CONTENT {
        for other in [full(0.5), full(1.0)] {
            let space = Space::build(&[full(0.5), other], method);
            let (there, back) = (space.neighbours(0, 10).unwrap(), space.neighbours(1, 10).unwrap());
            assert_eq!((there.len(), back.len()), (1, 1));
            assert_eq!((there[0].index, back[0].index), (1, 0));
            assert_eq!(there[0].distance, back[0].distance);
        }
    }
}

#[test]
fn duplicates_without_any_variance_are_at_distance_zero() {
    for method in OF_CONTENT {
        let space = Space::build(&vec![full(0.5); 600], method);
        for list in space.all(5).flat_map(|batch| batch.lists) {
            assert_eq!(list.len(), 5);
            assert!(list.iter().all(|neighbour| neighbour.distance == 0.0), "{method:?}");
        }
    }
}

#[test]
fn depth_zero_finds_nobody_and_depth_without_end_everybody() {
    let items = vec![full(0.5); 5];
    for method in OF_CONTENT {
        let space = Space::build(&items, method);
        assert_eq!(space.neighbours(3, 0), Some(vec![]));
        assert_eq!(space.neighbours(3, usize::MAX).unwrap().len(), 4);
        assert!(space.all(0).flat_map(|batch| batch.lists).all(|list| list.is_empty()));
    }
}

#[test]
fn artists_about_whom_nothing_is_known_have_no_neighbours_and_are_none() {
    let unknown = [
        item(&[], &[]),
        Item { audio: Some(AudioProfile::UNKNOWN), ..Item::default() },
        item(&[(Feature::Key, 5.0)], &["", "  "]),
        Item { popularity: Some(50.0), ..Item::default() },
    ];
    let known = [full(0.2), full(0.9)];
    let items = [&unknown[..2], &known[..1], &unknown[2..], &known[1..]].concat();
    for method in OF_CONTENT {
        let space = Space::build(&items, method);
        for index in 0..items.len() {
            let found: Vec<usize> = space.neighbours(index, 10).unwrap().iter().map(|n| n.index).collect();
            let expected: &[usize] = match index {
                2 => &[5],
                5 => &[2],
                _ => &[],
            };
            assert_eq!(found, expected, "{method:?} {index}");
        }
    }
}

#[test]
fn broken_values_are_unknown_and_do_not_disturb_the_others() {
    let sound = |energy, valence| item(&[(Feature::Energy, energy), (Feature::Valence, valence)], &[]);
    let clean = [sound(0.1, 0.3), sound(0.2, 0.1), sound(0.9, 0.8)];
    let mut broken = clean.to_vec();
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, -0.5] {
        let audio = AudioProfile::UNKNOWN.with(Feature::Energy, value).with(Feature::Valence, value);
        broken.push(Item { audio: Some(audio), genres: vec![], popularity: Some(value), ..Item::default() });
    }
    let lists = |items: &[Item]| -> Vec<_> {
        Space::build(items, Method::Blend).all(9).flat_map(|batch| batch.lists).take(3).collect()
    };
    assert_eq!(lists(&clean), lists(&broken));
}

#[test]
fn a_spread_below_the_precision_of_the_values_is_none() {
    let near = |steps: u32| item(&[(Feature::DurationMs, f32::from_bits(200_000_f32.to_bits() + steps))], &[]);
    let items = [near(0), near(1), near(2)];
    let found = Space::build(&items, Method::Audio).neighbours(2, 9).unwrap();
    assert_eq!(found.iter().map(|n| (n.index, n.distance)).collect::<Vec<_>>(), [(0, 0.0), (1, 0.0)]);
}
