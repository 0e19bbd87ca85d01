//! Names of listeners never enter the catalogue.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Bytes that are kept of a hash: with a thousand million listeners, two share one with a chance of 1 in 10^21.
const KEPT: usize = 16;

/// Hashes names of listeners with the catalogue's own salt: without it, nobody can try names.
pub(super) struct Listeners(Sha256);

impl Listeners {
    pub(super) fn new(salt: &str) -> Self {
        let mut hash = Sha256::new();
        // The length parts the salt from the name.
        hash.update((salt.len() as u64).to_le_bytes());
        hash.update(salt);
        Self(hash)
    }

    /// What stands for a listener.
    pub(super) fn key(&self, name: &str) -> String {
        let mut hash = self.0.clone();
        hash.update(name);
        hex(&hash.finalize()[..KEPT])
    }
}

/// The id at `csv` of an artist: a hash of the exact name.
pub(super) fn artist_key(name: &str) -> String {
    hex(&Sha256::digest(name)[..KEPT])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_salt_and_name_and_nothing_else() {
        let (one, other) = (Listeners::new("salt"), Listeners::new("pepper"));
        assert_eq!(one.key("ann"), Listeners::new("salt").key("ann"));
        assert_ne!(one.key("ann"), one.key("Ann"));
        assert_ne!(one.key("ann"), other.key("ann"));
        assert_ne!(Listeners::new("ab").key("c"), Listeners::new("a").key("bc"));
        assert_eq!(artist_key("BTS").len(), 32);
        assert_ne!(artist_key("BTS"), artist_key("bts"));
    }
}
