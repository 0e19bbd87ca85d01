//! Features, profiles and their means.

use sixpotify_similar::{AudioMean, AudioProfile, Feature};

#[test]
fn features_are_indexed_and_named_as_spotify_does() {
    for (at, feature) in Feature::ALL.into_iter().enumerate() {
        assert_eq!(feature as usize, at);
        assert_eq!(Feature::from_name(feature.name()), Some(feature));
    }
    let names: Vec<&str> = Feature::ALL.into_iter().map(Feature::name).collect();
    assert_eq!(
        names.join(" "),
        "danceability energy key loudness mode speechiness acousticness instrumentalness liveness valence tempo \
         time_signature duration_ms"
    );
    assert_eq!(Feature::from_name("Energy"), None);
}

#[test]
fn zero_is_known_and_the_implausible_is_not() {
    let mut profile = AudioProfile::UNKNOWN;
    assert!(profile.is_unknown());
    profile.set(Feature::Energy, Some(0.0));
    assert_eq!(profile.get(Feature::Energy), Some(0.0));
    for nonsense in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.1, 1.1] {
        profile.set(Feature::Energy, Some(nonsense));
        assert_eq!(profile.get(Feature::Energy), None, "{nonsense}");
    }
    for (feature, not_found) in [(Feature::Key, -1.0), (Feature::Tempo, 0.0), (Feature::TimeSignature, 0.0)] {
        assert_eq!(AudioProfile::UNKNOWN.with(feature, not_found), AudioProfile::UNKNOWN, "{feature:?}");
    }
    profile.set(Feature::Valence, Some(0.5));
    profile.set(Feature::Valence, None);
    assert!(profile.is_unknown());
}

#[test]
fn profiles_with_the_same_unknown_features_are_equal() {
    let profile = AudioProfile::UNKNOWN.with(Feature::Tempo, 120.0);
    assert_eq!(profile, AudioProfile::UNKNOWN.with(Feature::Tempo, 120.0));
    assert_ne!(profile, profile.with(Feature::Key, 0.0));
}

#[test]
fn the_mean_is_taken_over_the_tracks_that_know_the_feature() {
    let mut mean = AudioMean::default();
    mean.add(&AudioProfile::UNKNOWN.with(Feature::Energy, 0.2).with(Feature::Tempo, 100.0));
    mean.add(&AudioProfile::UNKNOWN.with(Feature::Energy, 0.6));
    mean.add(&AudioProfile::UNKNOWN);
    assert_eq!(mean.tracks(), 2);
    let profile = mean.finish().unwrap();
    assert_eq!(profile, AudioProfile::UNKNOWN.with(Feature::Energy, 0.4).with(Feature::Tempo, 100.0));
}

#[test]
fn the_mean_of_long_durations_is_exact() {
    let mut mean = AudioMean::default();
    for extra in 0_u8..=200 {
        for _ in 0..50 {
            mean.add(&AudioProfile::UNKNOWN.with(Feature::DurationMs, 3_600_000.0 + f32::from(extra)));
        }
    }
    assert_eq!(mean.finish().unwrap().get(Feature::DurationMs), Some(3_600_100.0));
}

#[test]
fn there_is_no_mean_of_nothing() {
    let mut mean = AudioMean::default();
    assert_eq!(mean.finish(), None);
    mean.add(&AudioProfile::UNKNOWN);
    assert_eq!(mean.finish(), None);
}
