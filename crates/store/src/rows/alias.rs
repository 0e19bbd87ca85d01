//! Rows of `artist_alias`.

use sixpotify_core::fold;

use super::{key, unify};
use crate::text::{Text, clean, clean_option};
use crate::{Alias, AliasList, Result};

/// A row of `artist_alias`.
#[derive(Debug)]
pub(crate) struct AliasRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) alias: Text<'a>,
    pub(crate) locale: Option<Text<'a>>,
    pub(crate) alias_key: String,
    pub(crate) source: &'static str,
}

impl<'a> AliasRow<'a> {
    fn of(artist_id: &'a str, alias: &'a str, locale: Option<&'a String>, source: &'static str) -> Option<Self> {
        let alias_key = fold(&clean(alias));
        (!alias_key.is_empty()).then(|| Self {
            artist_id: clean(artist_id),
            alias: clean(alias),
            locale: clean_option(locale),
            alias_key,
            source,
        })
    }
}

/// Who names the artists whose aliases are replaced, and the aliases that they have then.
pub(super) fn lists(lists: &[AliasList]) -> (Vec<(Text<'_>, &'static str)>, Vec<AliasRow<'_>>) {
    let mut lists: Vec<&AliasList> = lists.iter().collect();
    let owner = |l: &AliasList| (l.artist_id.clone(), l.source.as_str());
    unify(&mut lists, |a, b| owner(a).cmp(&owner(b)), |kept, later| *kept = later);
    let owners = lists.iter().map(|l| (clean(l.artist_id.as_str()), l.source.as_str())).collect();
    let mut rows = Vec::new();
    for list in lists {
        let (id, source) = (list.artist_id.as_str(), list.source.as_str());
        rows.extend(list.aliases.iter().filter_map(|(alias, locale)| AliasRow::of(id, alias, locale.as_ref(), source)));
    }
    sort(&mut rows);
    (owners, rows)
}

/// The rows of aliases that are added.
pub(crate) fn aliases(aliases: &[Alias]) -> Result<Vec<AliasRow<'_>>> {
    let mut rows: Vec<AliasRow<'_>> = aliases
        .iter()
        .filter_map(|a| AliasRow::of(a.artist_id.as_str(), &a.alias, a.locale.as_ref(), a.source.as_str()))
        .collect();
    sort(&mut rows);
    check(&rows)?;
    Ok(rows)
}

fn sort(rows: &mut Vec<AliasRow<'_>>) {
    let order = |a: &AliasRow<'_>, b: &AliasRow<'_>| {
        (&a.artist_id, &a.alias, a.source).cmp(&(&b.artist_id, &b.alias, b.source))
    };
    unify(rows, order, |kept, later| *kept = later);
}

/// Refuses an alias that no index can hold.
pub(super) fn check(rows: &[AliasRow<'_>]) -> Result<()> {
    rows.iter().try_for_each(|row| key("artist_alias", [&row.artist_id, &row.alias]))
}
