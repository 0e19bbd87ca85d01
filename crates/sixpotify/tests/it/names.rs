//! Some 550 of the sample's names as people type them: a part lower-cased, a part without accents, some unknown.

use unicode_normalization::UnicodeNormalization as _;

/// Names that no artist of the sample has.
pub(crate) const UNKNOWN: usize = 12;

/// The list as a CSV file with a byte-order mark and a header.
pub(crate) fn csv() -> String {
    let mut text = String::from("\u{feff}name\r\n");
    for name in list() {
        text.push_str(&format!("\"{}\"\r\n", name.replace('"', "\"\"")));
    }
    text
}

/// The names themselves.
pub(crate) fn list() -> Vec<String> {
    let sample = spotify_sim::sample::artist_names();
    let mut names: Vec<String> = Vec::new();
    let accented = sample.iter().filter(|n| !n.is_ascii()).take(60);
    for (i, name) in sample.iter().take(490).chain(accented).enumerate() {
        names.push(match i % 4 {
            1 => name.to_lowercase(),
            2 => name.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect(),
            _ => name.clone(),
        });
    }
    names.extend((0..UNKNOWN).map(|i| format!("Nobody Plays Under This Name {i}")));
    let mut seen = std::collections::HashSet::new();
    names.retain(|n| seen.insert(n.clone()));
    names
}
