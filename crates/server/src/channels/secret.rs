//! Comparing secrets in a time that says nothing about them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Whether `signature` is the HMAC-SHA256 of `body` under `key`.
pub(super) fn is_signed(key: &[u8], body: &[u8], signature: &[u8]) -> bool {
    // Keys of any length are good.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

/// Whether both are the same. The lengths may show; the contents do not.
pub(super) fn is_same(expected: &str, given: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(expected.as_bytes()) else { return false };
    mac.update(expected.as_bytes());
    let tag = mac.finalize().into_bytes();
    is_signed(expected.as_bytes(), given.as_bytes(), &tag)
}

/// Bytes of hexadecimal digits; `None` where it is anything else.
pub(super) fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signature_of_this_body_under_this_key_is_good() {
        // RFC 4231, test case 2.
        let tag = bytes_of_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").unwrap();
        let body = b"what do ya want for nothing?";
        assert!(is_signed(b"Jefe", body, &tag));
        assert!(!is_signed(b"jefe", body, &tag));
        assert!(!is_signed(b"Jefe", b"what do ya want for nothing!", &tag));
        assert!(!is_signed(b"Jefe", body, &tag[..31]));
        assert!(!is_signed(b"Jefe", body, b""));
    }

    #[test]
    fn secrets_are_compared_whole() {
        assert!(is_same("token", "token"));
        for other in ["", "toke", "tokens", "Token", "nekot"] {
            assert!(!is_same("token", other), "{other}");
        }
    }

    #[test]
    fn hexadecimal_digits_are_read_and_nothing_else() {
        assert_eq!(bytes_of_hex("00fF"), Some(vec![0, 255]));
        for bad in ["0", "0g", "é", "+1", " 1"] {
            assert_eq!(bytes_of_hex(bad), None, "{bad}");
        }
    }
}
