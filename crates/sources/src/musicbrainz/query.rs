//! Names as Lucene queries.

/// The longest name that is searched for, in characters.
const LONGEST: usize = 200;

/// The query for an artist of this name: as a phrase among names and aliases, and by its words.
///
/// Everything stands in quotes, where only the quote and the backslash mean something; `AND`, `-`, `*` and the like are
/// then words like others.
pub(super) fn artist(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    let phrase = quoted(name.trim());
    let words: Vec<String> = name.split_whitespace().map(quoted).collect();
    format!("artist:{phrase}^3 OR alias:{phrase}^2 OR artist:({})", words.join(" "))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_an_operator() {
        assert_eq!(artist("AC/DC"), r#"artist:"AC/DC"^3 OR alias:"AC/DC"^2 OR artist:("AC/DC")"#);
        assert_eq!(
            artist(" NOT \"a\" \\ (b) "),
            r#"artist:"NOT \"a\" \\ (b)"^3 OR alias:"NOT \"a\" \\ (b)"^2 OR artist:("NOT" "\"a\"" "\\" "(b)")"#
        );
        assert_eq!(artist("에스파\n"), r#"artist:"에스파"^3 OR alias:"에스파"^2 OR artist:("에스파")"#);
        assert!(artist(&"x".repeat(100_000)).len() < 1000);
    }
}
