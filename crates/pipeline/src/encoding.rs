//! What bytes say as text: files as spreadsheets write them.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{Decoder, EUC_KR, UTF_16BE, UTF_16LE};

/// How a text is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// With or without a byte-order mark.
    #[default]
    Utf8,
    /// Either byte order, with or without a byte-order mark: a spreadsheet's "Unicode text".
    Utf16,
    /// What Korean spreadsheets write as "CSV": EUC-KR with Microsoft's extension to all syllables (code page 949).
    Cp949,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Cp949 => "CP949 (EUC-KR)",
        })
    }
}

/// Why bytes are no text; with the offset of the first that is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoText {
    /// No text has such bytes.
    Binary(usize),
    /// Perhaps text in an encoding that cannot be told from others.
    Unknown(usize),
}

/// The text that `bytes` hold, without a byte-order mark.
///
/// UTF-8 is tried first: no other encoding passes for it by chance. CP949 passes only where every byte fits and what comes out
/// looks like Korean; Western, Japanese and Chinese encodings, whose bytes often fit others too, are not guessed.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), NoText> {
    let nul = bytes.iter().position(|byte| *byte == 0);
    if let Some(text) = utf16(bytes) {
        return Ok((text, Encoding::Utf16));
    }
    if let Some(at) = nul {
        return Err(NoText::Binary(at));
    }
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(plain) {
        Ok(text) => Ok((Cow::Borrowed(text), Encoding::Utf8)),
        Err(error) => match EUC_KR.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) if is_korean(&text) => Ok((text, Encoding::Cp949)),
            _ => Err(NoText::Unknown(bytes.len() - plain.len() + error.valid_up_to())),
        },
    }
}

/// What converts a file that begins with `sample` and is written in `encoding`, as [`decode`] found; `None` for UTF-8.
pub(crate) fn decoder(sample: &[u8], encoding: Encoding) -> Option<Decoder> {
    match encoding {
        Encoding::Utf8 => None,
        Encoding::Cp949 => Some(EUC_KR.new_decoder_without_bom_handling()),
        Encoding::Utf16 => {
            let zero_first = || zero_side(sample) == Some(Side::First);
            let big = sample.starts_with(&[0xFE, 0xFF]) || !sample.starts_with(&[0xFF, 0xFE]) && zero_first();
            Some(if big { UTF_16BE } else { UTF_16LE }.new_decoder_with_bom_removal())
        }
    }
}

/// With a byte-order mark, or where [`zero_side`] knows the order.
fn utf16(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (encoding, body) = match bytes {
        [0xFF, 0xFE, body @ ..] => (UTF_16LE, body),
        [0xFE, 0xFF, body @ ..] => (UTF_16BE, body),
        _ => match zero_side(bytes)? {
            Side::Second => (UTF_16LE, bytes),
            Side::First => (UTF_16BE, bytes),
        },
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(body)?;
    let sound = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    // Other bytes, read in pairs, are letters of some script; but then the line ends are among them.
    let ends = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    let marked = body.len() < bytes.len();
    (!body.is_empty() && text.chars().all(sound) && (marked || ends(bytes) == ends(text.as_bytes()))).then_some(text)
}

/// A place in a pair of bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    First,
    Second,
}

/// Where most zero bytes stand: those of Latin letters, digits and line ends. A few stand opposite: the lower byte of `대`, and
/// of one syllable in 256, is zero, too.
fn zero_side(bytes: &[u8]) -> Option<Side> {
    let zeros = |side: usize| bytes.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (first, second) if second > first => Some(Side::Second),
        (first, second) if first > second => Some(Side::First),
        _ => None,
    }
}

/// Whether two Hangul syllables stand together somewhere, and four in five letters beyond ASCII are the 2,350 syllables of
/// KS X 1001, with which nearly everything is written. What is taken for CP949 by mistake comes out otherwise: Western letters
/// with accents as lone syllables, Shift JIS as syllables that only the extension has, GBK as Hangul mixed with Han.
fn is_korean(text: &str) -> bool {
    let is_hangul = |c: char| ('\u{AC00}'..='\u{D7A3}').contains(&c);
    let is_common = |c: char| {
        let mut utf8 = [0; 4];
        // The standard's own characters have both bytes from A1 on, the extension's have not.
        is_hangul(c) && EUC_KR.encode(c.encode_utf8(&mut utf8)).0.iter().all(|byte| *byte >= 0xA1)
    };
    let letters = text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic());
    let (common, others): (Vec<char>, Vec<char>) = letters.partition(|c| is_common(*c));
    let together = text.chars().zip(text.chars().skip(1)).any(|(a, b)| is_hangul(a) && is_hangul(b));
    together && common.len() >= 4 * others.len()
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, GBK, SHIFT_JIS};

    use super::*;

    fn decoded(bytes: &[u8]) -> (String, Encoding) {
        let (text, encoding) = decode(bytes).unwrap();
        (text.into_owned(), encoding)
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings_of_spreadsheets_are_told_apart() {
        let text = "name\r\n에스파\r\n뷁\r\nBTS\r\n소녀시대\r\n";
        assert_eq!(decoded(text.as_bytes()), (text.to_owned(), Encoding::Utf8));
        assert_eq!(decoded(format!("\u{feff}{text}").as_bytes()), (text.to_owned(), Encoding::Utf8));
        for mark in ["\u{feff}", ""] {
            let marked = format!("{mark}{text}");
            assert_eq!(decoded(&utf16(&marked, u16::to_le_bytes)), (text.to_owned(), Encoding::Utf16));
            assert_eq!(decoded(&utf16(&marked, u16::to_be_bytes)), (text.to_owned(), Encoding::Utf16));
        }
        // U+BDC1 is a syllable that only Microsoft's extension has.
        let (cp949, _, _) = EUC_KR.encode(text);
        assert_eq!(decoded(&cp949), (text.to_owned(), Encoding::Cp949));
    }

    #[test]
    fn japanese_and_chinese_encodings_are_not_taken_for_korean() {
        let (shift_jis, _, _) = SHIFT_JIS.encode("あいみょん\nヨルシカ\n椎名林檎\nきゃりーぱみゅぱみゅ");
        let (gbk, _, _) = GBK.encode("周杰伦\n五月天\n王菲\n陈奕迅\n邓丽君\n蔡依林");
        let (euc_jp, _, _) = EUC_JP.encode("あいみょん\nヨルシカ\n椎名林檎");
        for bytes in [shift_jis, gbk, euc_jp] {
            assert!(matches!(decode(&bytes), Err(NoText::Unknown(_))), "{:?}", decode(&bytes));
        }
    }

    #[test]
    fn western_encodings_are_not_taken_for_korean() {
        for text in ["Beyonc\u{e9}\nMot\u{f6}rhead", "Sigur R\u{f3}s", "\u{c4}iti\nM\u{d8}\n\u{c9}milie", "Bj\u{f6}rk"]
        {
            let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
            assert!(matches!(decode(&latin), Err(NoText::Unknown(_))), "{text}: {:?}", decode(&latin));
        }
    }

    #[test]
    fn bytes_that_no_text_has_are_named() {
        assert_eq!(decode(b"BTS\nab\0c\0\0d"), Err(NoText::Binary(6)));
        assert_eq!(decode(b"\x7fELF\x02\x01\x01\0\0\0\0\0"), Err(NoText::Binary(7)));
        assert_eq!(decode(b"a\xFFb"), Err(NoText::Unknown(1)));
        // Half a pair of surrogates.
        assert_eq!(decode(b"\xFF\xFEa\0\0\xD8"), Err(NoText::Binary(3)));
        assert_eq!(decode(b""), Ok((Cow::Borrowed(""), Encoding::Utf8)));
    }
}
