//! What the cells of tables mean: numbers, dates, lists.

use sixpotify_core::AudioFeatures;
use sixpotify_similar::Feature;

/// How tables write that there is no value.
const NOTHING: [&str; 7] = ["", "na", "n/a", "nan", "null", "none", "-"];

/// Longest genre in bytes.
const LONGEST_GENRE: usize = 200;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<T> {
    /// Nothing.
    Empty,
    /// A value.
    Value(T),
    /// Something that is none.
    Unusable,
}

impl<T> Cell<T> {
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> Option<U>) -> Cell<U> {
        match self {
            Self::Value(value) => f(value).map_or(Cell::Unusable, Cell::Value),
            Self::Empty => Cell::Empty,
            Self::Unusable => Cell::Unusable,
        }
    }
}

/// A finite number.
pub(super) fn number(cell: &str) -> Cell<f64> {
    let cell = cell.trim();
    if NOTHING.iter().any(|word| cell.eq_ignore_ascii_case(word)) {
        return Cell::Empty;
    }
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => Cell::Value(number),
        Ok(number) if number.is_nan() => Cell::Empty,
        _ => Cell::Unusable,
    }
}

/// A feature's value, if it can be one. No key (-1), no beat (tempo or beats per bar 0) are how Spotify says that it found none.
pub(super) fn feature(cell: &str, feature: Feature) -> Cell<f32> {
    match number(cell) {
        Cell::Value(-1.0) if feature == Feature::Key => Cell::Empty,
        Cell::Value(0.0) if matches!(feature, Feature::Tempo | Feature::TimeSignature) => Cell::Empty,
        other => other.map(|number| Some(narrow(number)).filter(|number| feature.is_plausible(*number))),
    }
}

/// A popularity, to the nearest whole number.
pub(super) fn popularity(cell: &str) -> Cell<u8> {
    number(cell).map(|number| if (0.0..=100.0).contains(&number) { whole(number) } else { None })
}

/// A count, to the nearest whole number.
pub(super) fn count(cell: &str) -> Cell<u32> {
    number(cell).map(whole)
}

/// How often something was played, at least once.
pub(super) fn plays(cell: &str) -> Cell<u64> {
    number(cell).map(whole).map(|plays: u32| (plays > 0).then(|| u64::from(plays)))
}

/// `true` or `false` in the ways of tables.
pub(super) fn truth(cell: &str) -> Cell<bool> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "1" | "1.0" => Cell::Value(true),
        "false" | "f" | "no" | "0" | "0.0" => Cell::Value(false),
        other if NOTHING.contains(&other) => Cell::Empty,
        _ => Cell::Unusable,
    }
}

/// A date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a time of day behind it is left out.
pub(super) fn date(cell: &str) -> Cell<String> {
    let cell = cell.trim();
    if NOTHING.iter().any(|word| cell.eq_ignore_ascii_case(word)) {
        return Cell::Empty;
    }
    let day = cell.split(['T', ' ']).next().unwrap_or_default();
    let mut parts = day.split('-');
    let digits = |part: Option<&str>, length: usize, most: u32| {
        let part = part.filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<u32>().ok().filter(|number| (1..=most).contains(number))
    };
    if digits(parts.next(), 4, 9999).is_none() {
        // Years of numeric columns.
        return number(cell)
            .map(|year| whole::<u16>(year).filter(|year| (1000..=3000).contains(year)))
            .map(|year| Some(year.to_string()));
    }
    for most in [12, 31] {
        match parts.next() {
            None => break,
            part if digits(part, 2, most).is_none() => return Cell::Unusable,
            Some(_) => {}
        }
    }
    if parts.next().is_some() { Cell::Unusable } else { Cell::Value(day.to_owned()) }
}

/// Genres parted by `|`, each once, in order; the second value says how many are too long to be one.
pub(super) fn genres(cell: &str) -> (Vec<String>, usize) {
    let mut list: Vec<String> = Vec::new();
    let mut unusable = 0;
    if NOTHING.iter().any(|word| cell.trim().eq_ignore_ascii_case(word)) {
        return (list, 0);
    }
    for genre in cell.split('|').map(str::trim).filter(|genre| !genre.is_empty()) {
        if genre.len() > LONGEST_GENRE {
            unusable += 1;
        } else if !list.iter().any(|other| other == genre) {
            list.push(genre.to_owned());
        }
    }
    (list, unusable)
}

/// The features of a track, from what is known of each.
pub(super) fn features(value: impl Fn(Feature) -> Option<f32>) -> AudioFeatures {
    let small = |feature| value(feature).and_then(|number| whole(f64::from(number)));
    AudioFeatures {
        danceability: value(Feature::Danceability),
        energy: value(Feature::Energy),
        key: small(Feature::Key),
        loudness: value(Feature::Loudness),
        mode: small(Feature::Mode),
        speechiness: value(Feature::Speechiness),
        acousticness: value(Feature::Acousticness),
        instrumentalness: value(Feature::Instrumentalness),
        liveness: value(Feature::Liveness),
        valence: value(Feature::Valence),
        tempo: value(Feature::Tempo),
        time_signature: small(Feature::TimeSignature),
        duration_ms: value(Feature::DurationMs).and_then(|number| whole(f64::from(number))),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is the purpose")]
fn narrow(number: f64) -> f32 {
    number as f32
}

/// The nearest whole number, if it fits.
fn whole<T: TryFrom<u64>>(number: f64) -> Option<T> {
    let rounded = number.round();
    #[expect(clippy::cast_possible_truncation, reason = "in range, and whole")]
    let whole = (0.0..=1e15).contains(&rounded).then_some(rounded as u64)?;
    T::try_from(whole).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_told_from_cells_without() {
        for empty in ["", " ", "NaN", "nan", "NULL", "None", "n/a", "-"] {
            assert_eq!(number(empty), Cell::Empty, "{empty:?}");
        }
        for bad in ["inf", "-inf", "1,5", "abc", "1e999", "0x10"] {
            assert_eq!(number(bad), Cell::Unusable, "{bad:?}");
        }
        assert_eq!([" 1.5 ", "1e2", "-7"].map(number), [1.5, 100.0, -7.0].map(Cell::Value));
        assert_eq!(feature("1.2", Feature::Energy), Cell::Unusable);
        assert_eq!(feature("-1", Feature::Key), Cell::Empty);
        assert_eq!(feature("0.0", Feature::Tempo), Cell::Empty);
        assert_eq!(feature("-60", Feature::Loudness), Cell::Value(-60.0));
        assert_eq!(
            ["38.2", "100.4", "-1", "x"].map(popularity),
            [Cell::Value(38), Cell::Unusable, Cell::Unusable, Cell::Unusable]
        );
        assert_eq!(
            ["3", "0", "-2", "2.0", ""].map(plays),
            [Cell::Value(3), Cell::Unusable, Cell::Unusable, Cell::Value(2), Cell::Empty]
        );
    }

    #[test]
    fn dates_are_years_months_or_days() {
        let good = ["2019", "2019-10", "2019-10-17", "2019-10-17T00:00:00Z", "2019-10-17 00:00", "2019.0"];
        let read = ["2019", "2019-10", "2019-10-17", "2019-10-17", "2019-10-17", "2019"];
        assert_eq!(good.map(date), read.map(|text| Cell::Value(text.to_owned())));
        for bad in ["17.10.2019", "2019-13", "2019-10-17-1", "19", "2019-1-2", "soon"] {
            assert_eq!(date(bad), Cell::Unusable, "{bad}");
        }
        assert_eq!(date(""), Cell::Empty);
    }

    #[test]
    fn genres_are_a_list() {
        let long = "x".repeat(LONGEST_GENRE + 1);
        assert_eq!(genres(&format!("k-pop| pop |k-pop||{long}")), (vec!["k-pop".to_owned(), "pop".to_owned()], 1));
        assert_eq!(genres(" "), (Vec::new(), 0));
    }
}
