//! The table of other names that ships with the program: `data/aliases.tsv`.

use std::collections::HashMap;
use std::sync::LazyLock;

use sixpotify_core::fold;

use crate::sound::is_transliterated;

/// An artist known by several names.
#[derive(Debug)]
pub struct Known {
    /// The name as catalogues spell it.
    pub name: &'static str,
    /// The other names.
    pub aliases: Vec<KnownAlias>,
}

/// Another name of an artist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAlias {
    /// The name.
    pub name: &'static str,
    /// The language that it is in, where it is not written in Latin letters: `ko`.
    pub locale: Option<&'static str>,
    /// Whether others are called by it as much, so that it is never an answer by itself.
    pub shared: bool,
}

/// The table.
#[derive(Debug)]
pub struct KnownAliases {
    rows: Vec<Known>,
    /// Rows by the folded names that are in them.
    by_key: HashMap<String, Vec<u32>>,
}

static TABLE: LazyLock<KnownAliases> = LazyLock::new(|| KnownAliases::parse(include_str!("../data/aliases.tsv")));

impl KnownAliases {
    /// The table that is built in; read at the first call.
    pub fn get() -> &'static Self {
        &TABLE
    }

    /// Reads a table: one artist a line, `name<TAB>alias|alias`, an alias perhaps with its language before it (`ko:에스파`)
    /// and a `?` where others are called by it, too (`ko:?블루`); empty lines and those that begin with `#` say nothing.
    fn parse(text: &'static str) -> Self {
        let mut table = Self { rows: Vec::new(), by_key: HashMap::new() };
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let Some((name, aliases)) = line.split_once('\t') else { continue };
            let aliases: Vec<_> =
                aliases.split('|').map(|alias| alias_of(alias.trim())).filter(|alias| !alias.name.is_empty()).collect();
            let number = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
            for key in aliases.iter().map(|alias| fold(alias.name)).chain([fold(name)]) {
                let rows = table.by_key.entry(key).or_default();
                if rows.last() != Some(&number) {
                    rows.push(number);
                }
            }
            table.rows.push(Known { name: name.trim(), aliases });
        }
        table
    }

    /// The artists that have the name with this key as one of theirs.
    pub fn of_key(&self, key: &str) -> impl Iterator<Item = &Known> {
        let rows = self.by_key.get(key).map_or(&[][..], Vec::as_slice);
        rows.iter().filter_map(|&row| self.rows.get(row as usize))
    }

    /// The artist whom the name with this key means, where it is another name of one and nobody else's, or its name in another
    /// script than Latin.
    pub(crate) fn meant_by(&self, key: &str) -> Option<&Known> {
        let mut those = self.of_key(key);
        let known = those.next().filter(|_| those.next().is_none())?;
        let is_it = |alias: &KnownAlias| !alias.shared && fold(alias.name) == key;
        let means_it =
            if fold(known.name) == key { is_transliterated(known.name) } else { known.aliases.iter().any(is_it) };
        means_it.then_some(known)
    }

    /// Every artist of the table.
    pub fn rows(&self) -> &[Known] {
        &self.rows
    }
}

/// An alias, its language and whether it is shared: `ko:에스파`, `ko:?블루`. Two or three small letters before a colon are a
/// language.
fn alias_of(text: &'static str) -> KnownAlias {
    let (locale, name) = match text.split_once(':') {
        Some((locale, name))
            if matches!(locale.len(), 2 | 3) && locale.bytes().all(|b| b.is_ascii_lowercase()) && !name.is_empty() =>
        {
            (Some(locale), name.trim())
        }
        _ => (None, text),
    };
    match name.strip_prefix('?') {
        Some(shared) if !shared.is_empty() => KnownAlias { name: shared, locale, shared: true },
        _ => KnownAlias { name, locale, shared: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let text = include_str!("../data/aliases.tsv");
        for (line, number) in text.lines().zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, aliases) = line.split_once('\t').unwrap_or_else(|| panic!("line {number} has no tab"));
            assert!(!fold(name).is_empty() && !aliases.trim().is_empty(), "line {number}");
            assert!(!aliases.contains('\t'), "line {number} has a second tab");
        }
        let names: Vec<_> = KnownAliases::get().of_key(&fold("방탄소년단")).map(|known| known.name).collect();
        assert_eq!(names, ["BTS"]);
    }

    #[test]
    fn languages_and_marks_are_told_from_names() {
        let plain = |name, locale| KnownAlias { name, locale, shared: false };
        assert_eq!(alias_of("ko:에스파"), plain("에스파", Some("ko")));
        assert_eq!(alias_of("Re: Stage"), plain("Re: Stage", None));
        assert_eq!(alias_of("a:b"), plain("a:b", None));
        assert_eq!(alias_of("ko:"), plain("ko:", None));
        assert_eq!(alias_of("ko:?블루"), KnownAlias { shared: true, ..plain("블루", Some("ko")) });
        assert_eq!(alias_of("?"), plain("?", None));
    }
}
