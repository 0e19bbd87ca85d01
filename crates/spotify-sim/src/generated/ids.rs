//! Ids from which the number of the thing can be read again, and which look as random as real ones.

use super::things::Place;
use crate::hash::{mix, unmix};
use crate::id::Id;

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Artist(u64),
    Namesake(u64),
    /// The track of the place is 0.
    Album(Place),
    Track(Place),
}

/// Artists are below 2^30, albums of one artist and tracks of one album below 2^8.
const BITS: u32 = 8;

/// The id of a thing: its number, scrambled, and a check of the same length.
pub(super) fn id_of(thing: Thing) -> Id {
    let (kind, number) = match thing {
        Thing::Artist(artist) => (0, artist),
        Thing::Namesake(artist) => (1, artist),
        Thing::Album(place) => (2, place.artist << BITS | place.album),
        Thing::Track(place) => (3, (place.artist << BITS | place.album) << BITS | place.track),
    };
    let high = mix(number ^ key(kind));
    Id::from_number(u128::from(high) << 64 | u128::from(check(kind, high)))
}

/// The thing that an id was made for; whether a catalogue has it is another question.
pub(super) fn thing_of(id: Id) -> Option<Thing> {
    let [a, b, c, d, e, f, g, h, low @ ..] = id.number()?.to_be_bytes();
    let high = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let kind = (0..4).find(|kind| check(*kind, high) == u64::from_be_bytes(low))?;
    let number = unmix(high) ^ key(kind);
    let low = |bits: u64| bits & ((1 << BITS) - 1);
    Some(match kind {
        0 => Thing::Artist(number),
        1 => Thing::Namesake(number),
        2 => Thing::Album(Place { artist: number >> BITS, album: low(number), track: 0 }),
        _ => Thing::Track(Place { artist: number >> (2 * BITS), album: low(number >> BITS), track: low(number) }),
    })
}

/// A part of its own of the numbers for each kind.
fn key(kind: u64) -> u64 {
    mix(kind ^ 0x7370_6f74)
}

fn check(kind: u64, high: u64) -> u64 {
    mix(high ^ mix(key(kind)))
}
