//! Rows of a dump: of artists that are new, and of those that the catalogue may have.

use sixpotify_core::fold;

use super::{LinkRow, key, unify};
use crate::text::{Text, clean, saturated};
use crate::{DumpArtist, DumpBatch, ImportRecord, Result};

/// A row of `artists` whose other columns are null.
#[derive(Debug)]
pub(crate) struct NamedRow<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) name_key: String,
    pub(crate) url: Option<Text<'a>>,
}

/// A row of `artist_alias`.
#[derive(Debug)]
pub(crate) struct AliasRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) alias: Text<'a>,
    pub(crate) locale: Option<Text<'a>>,
    pub(crate) alias_key: String,
}

/// A row of `genre_vote`.
#[derive(Debug)]
pub(crate) struct VoteRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) genre: Text<'a>,
    pub(crate) weight: i64,
}

/// The rows of some artists of a dump, each table by key.
#[derive(Debug, Default)]
pub(crate) struct DumpRows<'a> {
    /// All artists of these rows.
    pub(crate) ids: Vec<Text<'a>>,
    pub(crate) named: Vec<NamedRow<'a>>,
    pub(crate) links: Vec<LinkRow<'a>>,
    pub(crate) aliases: Vec<AliasRow<'a>>,
    pub(crate) votes: Vec<VoteRow<'a>>,
}

impl<'a> DumpRows<'a> {
    /// The rows of those artists of `batch` that are new to the catalogue, or of the others.
    ///
    /// # Errors
    /// [`crate::StoreError::Other`] when a key is longer than an index can hold.
    pub(crate) fn of(batch: &'a DumpBatch, wanted: impl Fn(&DumpArtist) -> bool) -> Result<Self> {
        let mut artists: Vec<&DumpArtist> = batch.artists.iter().filter(|a| wanted(a)).collect();
        unify(&mut artists, |a, b| a.id.cmp(&b.id), |kept, later| *kept = later);
        let mut rows = Self::default();
        for artist in artists {
            rows.add(artist)?;
        }
        // An id belongs to whom it was given first, within a batch as well.
        unify(&mut rows.links, |a, b| (a.source, &a.source_id).cmp(&(b.source, &b.source_id)), |_, _| ());
        Ok(rows)
    }

    /// Whether all rows are of artists of [`Self::named`]: `named` and `ids` come in the same order, the others are of `ids`.
    pub(crate) fn are_of_named(&self) -> bool {
        self.named.len() == self.ids.len() && self.named.iter().zip(&self.ids).all(|(named, id)| named.id == *id)
    }

    fn add(&mut self, artist: &'a DumpArtist) -> Result<()> {
        let id = clean(artist.id.as_str());
        key("artists", [&id, ""])?;
        if let Some(name) = &artist.name {
            let name = clean(name);
            self.named.push(NamedRow {
                id: id.clone(),
                name_key: fold(&name),
                name,
                url: artist.url.as_deref().map(clean),
            });
        }
        for (source, source_id) in &artist.links {
            let row = LinkRow { artist_id: id.clone(), source: source.as_str(), source_id: clean(source_id) };
            key("artist_link", [row.source, &row.source_id])?;
            self.links.push(row);
        }
        let from = self.aliases.len();
        for (alias, locale) in &artist.aliases {
            let alias = clean(alias);
            key("artist_alias", [&id, &alias])?;
            let alias_key = fold(&alias);
            self.aliases.push(AliasRow {
                artist_id: id.clone(),
                alias,
                locale: locale.as_deref().map(clean),
                alias_key,
            });
        }
        // Sorted within the artist, artists being in order: so is the whole.
        let mut aliases = self.aliases.split_off(from);
        unify(
            &mut aliases,
            |a, b| a.alias.cmp(&b.alias),
            |kept, later| {
                if kept.locale.is_none() {
                    kept.locale = later.locale;
                }
            },
        );
        self.aliases.append(&mut aliases);
        let mut votes = Vec::with_capacity(artist.genres.len());
        for (genre, weight) in &artist.genres {
            let genre = clean(genre);
            key("genre_vote", [&id, &genre])?;
            votes.push(VoteRow { artist_id: id.clone(), genre, weight: i64::from(*weight) });
        }
        unify(&mut votes, |a, b| a.genre.cmp(&b.genre), |kept, later| kept.weight = kept.weight.max(later.weight));
        self.votes.append(&mut votes);
        self.ids.push(id);
        Ok(())
    }
}

/// A row of `imports`.
#[derive(Debug)]
pub(crate) struct ImportRow<'a> {
    pub(crate) source: &'static str,
    pub(crate) dump: Text<'a>,
    pub(crate) position: i64,
    pub(crate) state: &'static str,
}

impl<'a> ImportRow<'a> {
    /// # Errors
    /// As [`DumpRows::of`].
    pub(crate) fn of(record: &'a ImportRecord) -> Result<Self> {
        let row = Self {
            source: record.source.as_str(),
            dump: clean(&record.dump),
            position: saturated(record.position),
            state: record.state.as_str(),
        };
        key("imports", [row.source, &row.dump])?;
        Ok(row)
    }
}
