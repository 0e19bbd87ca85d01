//! A quick way through a line: the few fields that count, of the dozens that it has.
//!
//! It understands the lines that a dump is made of, and gives up on everything else: escapes in a text that is needed, a number
//! that is no whole one, a key twice, what is no JSON. Then serde reads the line, and has the last word on it. Keys and texts
//! that nobody needs are passed over eight bytes at a time, which serde does not do with keys; that makes it four times as fast.

use std::borrow::Cow;

use super::wire::{Info, Line, Mapping, Mbids, Number, Text, Texts, Track};

/// Values within values; deeper ones are left to serde.
const DEEPEST: u32 = 32;

/// Digits of a number that certainly fits.
const MOST_DIGITS: usize = 18;

/// Reads a line; `None` where serde should.
pub(super) fn line(bytes: &[u8]) -> Option<Line<'_>> {
    let mut scan = Scan { bytes, at: 0 };
    let mut line = Line::default();
    let mut seen = Seen::default();
    scan.object(|scan, key| match key {
        b"user_id" => seen.once(0).and_then(|()| scan.number(&mut line.user_id)),
        b"user_name" => seen.once(1).and_then(|()| scan.text(&mut line.user_name)),
        b"timestamp" => seen.once(2).and_then(|()| scan.number(&mut line.timestamp)),
        b"listened_at" => seen.once(3).and_then(|()| scan.number(&mut line.listened_at)),
        b"track_metadata" => seen.once(4).and_then(|()| scan.optional(&mut line.track_metadata, Scan::track)),
        _ => scan.pass_over(DEEPEST),
    })?;
    scan.blanks();
    (scan.at == bytes.len()).then_some(line)
}

/// Which keys an object has had.
#[derive(Default)]
struct Seen(u8);

impl Seen {
    fn once(&mut self, key: u8) -> Option<()> {
        let bit = 1 << key;
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new.then_some(())
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn track(&mut self) -> Option<Track<'a>> {
        let mut track = Track::default();
        let mut seen = Seen::default();
        self.object(|scan, key| match key {
            b"artist_name" => seen.once(0).and_then(|()| scan.text(&mut track.artist_name)),
            b"additional_info" => seen.once(1).and_then(|()| scan.optional(&mut track.additional_info, Scan::info)),
            b"mbid_mapping" => seen.once(2).and_then(|()| scan.optional(&mut track.mbid_mapping, Scan::mapping)),
            _ => scan.pass_over(DEEPEST),
        })?;
        Some(track)
    }

    fn info(&mut self) -> Option<Info<'a>> {
        let mut info = Info::default();
        let mut seen = Seen::default();
        self.object(|scan, key| match key {
            b"artist_mbids" => seen.once(0).and_then(|()| scan.mbids(&mut info.artist_mbids)),
            b"spotify_artist_ids" => seen.once(1).and_then(|()| scan.texts(&mut info.spotify_artist_ids)),
            b"duration_ms" => seen.once(2).and_then(|()| scan.number(&mut info.duration_ms)),
            b"duration" => seen.once(3).and_then(|()| scan.number(&mut info.duration)),
            _ => scan.pass_over(DEEPEST),
        })?;
        Some(info)
    }

    fn mapping(&mut self) -> Option<Mapping> {
        let mut mapping = Mapping::default();
        let mut seen = Seen::default();
        self.object(|scan, key| match key {
            b"artist_mbids" => seen.once(0).and_then(|()| scan.mbids(&mut mapping.artist_mbids)),
            _ => scan.pass_over(DEEPEST),
        })?;
        Some(mapping)
    }

    /// An object; `value` reads what stands behind a key.
    fn object(&mut self, mut value: impl FnMut(&mut Self, &'a [u8]) -> Option<()>) -> Option<()> {
        self.blanks();
        self.eat(b'{')?;
        self.blanks();
        if self.eat(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = self.plain()?;
            if !key.is_ascii() {
                return None;
            }
            self.blanks();
            self.eat(b':')?;
            self.blanks();
            value(self, key)?;
            self.blanks();
            match self.next()? {
                b',' => self.blanks(),
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// A list; `item` reads one of its values.
    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.eat(b'[')?;
        self.blanks();
        if self.eat(b']').is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            self.blanks();
            match self.next()? {
                b',' => self.blanks(),
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn optional<T>(&mut self, into: &mut Option<T>, read: impl Fn(&mut Self) -> Option<T>) -> Option<()> {
        if self.eat_null() {
            return Some(());
        }
        *into = Some(read(self)?);
        Some(())
    }

    fn number(&mut self, into: &mut Option<Number>) -> Option<()> {
        if self.eat_null() {
            return Some(());
        }
        let is_negative = self.eat(b'-').is_some();
        let from = self.at;
        let mut number = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            if self.at - from == MOST_DIGITS {
                return None;
            }
            number = number * 10 + i64::from(digit - b'0');
            self.at += 1;
        }
        let has_idle_zero = self.bytes[from] == b'0' && self.at - from > 1;
        if self.at == from || has_idle_zero || matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        if is_negative && number == 0 {
            return None;
        }
        *into = Some(Number(if is_negative { -number } else { number }));
        Some(())
    }

    fn text(&mut self, into: &mut Text<'a>) -> Option<()> {
        if !self.eat_null() {
            into.0 = Some(Cow::Borrowed(std::str::from_utf8(self.plain()?).ok()?));
        }
        Some(())
    }

    fn texts(&mut self, into: &mut Texts<'a>) -> Option<()> {
        self.list(|scan| {
            into.0.push(Cow::Borrowed(std::str::from_utf8(scan.plain()?).ok()?));
            Some(())
        })
    }

    fn mbids(&mut self, into: &mut Mbids) -> Option<()> {
        self.list(|scan| {
            into.push(std::str::from_utf8(scan.plain()?).ok()?);
            Some(())
        })
    }

    /// A text without escapes.
    fn plain(&mut self) -> Option<&'a [u8]> {
        self.eat(b'"')?;
        let from = self.at;
        self.skip_plain();
        let text = &self.bytes[from..self.at];
        self.eat(b'"')?;
        Some(text)
    }

    /// Any value.
    fn pass_over(&mut self, deepest: u32) -> Option<()> {
        let deeper = deepest.checked_sub(1)?;
        match self.peek()? {
            b'"' => self.pass_over_text(),
            b'{' => {
                self.at += 1;
                self.blanks();
                if self.eat(b'}').is_some() {
                    return Some(());
                }
                loop {
                    self.pass_over_text()?;
                    self.blanks();
                    self.eat(b':')?;
                    self.blanks();
                    self.pass_over(deeper)?;
                    self.blanks();
                    match self.next()? {
                        b',' => self.blanks(),
                        b'}' => return Some(()),
                        _ => return None,
                    }
                }
            }
            b'[' => self.list(|scan| scan.pass_over(deeper)),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.pass_over_number(),
        }
    }

    fn pass_over_text(&mut self) -> Option<()> {
        self.eat(b'"')?;
        loop {
            self.skip_plain();
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        let digits = self.bytes.get(self.at..self.at + 4)?;
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return None;
                        }
                        self.at += 4;
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    fn pass_over_number(&mut self) -> Option<()> {
        // No number has to begin with it.
        let _ = self.eat(b'-');
        if self.eat(b'0').is_none() {
            self.digits()?;
        }
        if self.eat(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn eat_null(&mut self) -> bool {
        self.word(b"null").is_some()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// Goes on to the next byte that means something in a text: its end, an escape, or a control character, which none may have.
    fn skip_plain(&mut self) {
        while let Some(chunk) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let special = special(u64::from_le_bytes(*chunk));
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
            self.at += 1;
        }
    }
}

/// The highest bit of each of the eight bytes that means something in a text; only the lowest one that is set is exact.
fn special(chunk: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let quotes = is_zero(chunk ^ (ONES * b'"' as u64));
    let escapes = is_zero(chunk ^ (ONES * b'\\' as u64));
    let controls = chunk.wrapping_sub(ONES * b' ' as u64) & !chunk;
    (quotes | escapes | controls) & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 7] = [
        r#"{"user_id":7,"user_name":"ann","timestamp":1595000000,"track_metadata":{"artist_name":"aespa","track_name":"x \"y\" \u00e4 \\","additional_info":{"artist_mbids":["b51c672b-85e0-48fe-8648-470a2422229f"],"duration_ms":200500,"tags":[],"rating":-1.5e+3,"x":{"y":[true,false,null,{"z":"é"}]}}},"recording_msid":"m"}"#,
        r#" { "user_id" : -7 , "listened_at" : 0 , "track_metadata" : { "mbid_mapping" : { "artist_mbids" : [ ] , "a" : 0.5 } , "additional_info" : { "spotify_artist_ids" : [ "https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX" , "방탄" ] , "duration" : 180 } } } "#,
        r#"{"user_id":1,"timestamp":1,"track_metadata":{"artist_name":null,"additional_info":null,"mbid_mapping":null}}"#,
        r#"{"user_id":null,"user_name":"방탄소년단 and a long name","timestamp":123456789012345678,"track_metadata":null}"#,
        r#"{}"#,
        r#"{"track_metadata":{},"user_id":5,"inserted_at":1.0}"#,
        r#"{"user_id":12,"timestamp":9,"track_metadata":{"additional_info":{"artist_mbids":["no","b51c672b-85e0-48fe-8648-470a2422229f"],"a\"b":1,"k":[[[[]]]]}}}"#,
    ];

    #[test]
    fn usual_lines_need_no_help() {
        for text in LINES {
            let read = line(text.as_bytes());
            let expected: Line<'_> = serde_json::from_str(text).unwrap();
            let helped = text.contains("a\\\"b");
            assert!(read.as_ref().is_none_or(|read| *read == expected) && read.is_some() != helped, "{text}");
        }
    }

    /// Whatever becomes of a line: what is read without serde, serde reads alike.
    #[test]
    fn serde_has_the_last_word() {
        let mut random = fastrand::Rng::with_seed(5);
        let bytes = b"\"\\{}[]:,0123456789-+.eEtfnu \x00\x1f\x7f\xc3\xa9\xffaabbnull";
        let (mut read, mut refused) = (0, 0);
        for _ in 0..40_000 {
            let mut text = LINES[random.usize(..LINES.len())].as_bytes().to_vec();
            for _ in 0..random.usize(..3) {
                let at = random.usize(..text.len());
                match random.u8(..4) {
                    0 => text[at] = bytes[random.usize(..bytes.len())],
                    1 => text.insert(at, bytes[random.usize(..bytes.len())]),
                    2 => drop(text.remove(at)),
                    _ => {
                        // A piece of it twice, keys among them.
                        let to = (at + random.usize(1..40)).min(text.len());
                        let piece = text[at..to].to_vec();
                        text.splice(at..at, piece);
                    }
                }
            }
            let Some(line) = line(&text) else {
                refused += 1;
                continue;
            };
            read += 1;
            let shown = String::from_utf8_lossy(&text);
            let expected: Line<'_> = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{error}: {shown}"));
            assert_eq!(line, expected, "{shown}");
        }
        assert!(read > 10_000 && refused > 4_000, "{read} {refused}");
    }

    #[test]
    fn bytes_that_mean_something_are_found_wherever_they_stand() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                let mut text = [b'x'; 20];
                text[at] = byte;
                let mut scan = Scan { bytes: &text, at: 0 };
                scan.skip_plain();
                let is_special = byte < b' ' || byte == b'"' || byte == b'\\';
                assert_eq!(scan.at, if is_special { at } else { 20 }, "{byte} at {at}");
            }
        }
    }
}
