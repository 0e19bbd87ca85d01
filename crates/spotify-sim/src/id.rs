//! Ids: 22 characters of base62, as Spotify's.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::hash::{hash, mix};

const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The id of an artist, an album or a track: 22 ASCII letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id([u8; 22]);

impl Id {
    /// Reads an id; `None` unless it is exactly 22 ASCII letters and digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 22] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_alphanumeric).then_some(Self(bytes))
    }

    /// The id that stands for `text` among the things of `kind`.
    pub(crate) fn derived(kind: &str, text: &str) -> Self {
        let high = hash(kind, text);
        let low = mix(high ^ hash("id", text));
        Self::from_number(u128::from(high) << 64 | u128::from(low))
    }

    /// The base62 form of a number, leading zeros included (62^22 is more than 2^128).
    pub(crate) fn from_number(mut number: u128) -> Self {
        let mut bytes = [b'0'; 22];
        for slot in bytes.iter_mut().rev() {
            *slot = DIGITS[(number % 62) as usize];
            number /= 62;
        }
        Self(bytes)
    }

    /// Another id that stands for this one; turned again it is this one.
    pub(crate) fn turned(self) -> Self {
        Self(self.0.map(|byte| DIGITS[(value(byte) + 31) % 62]))
    }

    /// The number whose base62 form this is; `None` if it has more than 128 bits.
    pub(crate) fn number(self) -> Option<u128> {
        self.0.iter().try_fold(0_u128, |number, byte| number.checked_mul(62)?.checked_add(value(*byte) as u128))
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        // Both ways to make an id allow ASCII only.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The value of a base62 digit.
fn value(digit: u8) -> usize {
    let value = match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'z' => digit - b'a' + 10,
        _ => digit - b'A' + 36,
    };
    usize::from(value)
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_22_letters_and_digits_are_an_id() {
        assert!(Id::parse("2wrJq5XKLnmhRXHIAf9xBa").is_some());
        for bad in ["", "short", "2wrJq5XKLnmhRXHIAf9xBa1", "2wrJq5XKLnmhRXHIAf9xB-", "é2wrJq5XKLnmhRXHIAf9x"] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn turning_twice_changes_nothing_and_numbers_come_back() {
        let id = Id::derived("artist", "BTS");
        assert_ne!(id.turned(), id);
        assert_eq!(id.turned().turned(), id);
        for number in [0, 61, 62, 1 << 100, u128::MAX] {
            assert_eq!(Id::from_number(number).number(), Some(number));
        }
        assert_eq!(Id::parse(&"Z".repeat(22)).and_then(Id::number), None);
    }

    #[test]
    fn the_largest_number_fits() {
        assert_eq!(Id::from_number(u128::MAX).as_str().len(), 22);
        assert_eq!(Id::from_number(0).as_str(), "0".repeat(22));
    }
}
