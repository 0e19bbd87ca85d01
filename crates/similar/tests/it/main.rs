//! The public face of the crate: catalogues in, neighbours and reasons out.

mod audio;
mod behaviour;
mod edges;
mod evaluation;
mod properties;
mod ranking;
mod reasons;
mod search;
mod songs;

use sixpotify_similar::{AudioProfile, Feature, Item, Method};

/// Every method.
const METHODS: [Method; 4] = [Method::Blend, Method::Audio, Method::Genres, Method::Behaviour];

/// The methods that need nothing but what an artist sounds like and is called.
const OF_CONTENT: [Method; 3] = [Method::Blend, Method::Audio, Method::Genres];

/// An item with the given features and genres, of unknown popularity.
fn item(features: &[(Feature, f32)], genres: &[&str]) -> Item {
    let audio: AudioProfile = features.iter().map(|(feature, value)| (*feature, Some(*value))).collect();
    Item {
        audio: (!audio.is_unknown()).then_some(audio),
        genres: genres.iter().map(|genre| (*genre).to_owned()).collect(),
        ..Item::default()
    }
}
