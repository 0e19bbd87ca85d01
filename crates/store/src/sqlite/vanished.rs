//! Artists that a source does not have any more, and what it said of them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use sixpotify_core::{ArtistId, Facet, Source};

use super::alias;
use super::value::{artist_id, time_text};
use super::write::json;
use crate::Result;
use crate::rows::only_from;
use crate::text::clean;

pub(super) fn vanished(
    connection: &Connection,
    source: Source,
    before: DateTime<Utc>,
    limit: usize,
) -> rusqlite::Result<Vec<ArtistId>> {
    // All facets are named, for the index has them before the time.
    let facets: Vec<_> = Facet::ALL.iter().map(|facet| clean(facet.as_str())).collect();
    connection
        .prepare_cached(
            "select distinct f.artist_id from facets f
             where f.source = ?1 and f.facet in (select value from json_each(?2)) and f.market = '' and f.state = 'ok'
               and f.fetched_at < ?3
               and exists (select 1 from artist_link l where l.artist_id = f.artist_id and l.source = ?1)
               and not exists (select 1 from facets n
                               where n.artist_id = f.artist_id and n.source = ?1 and n.state = 'ok' and n.fetched_at >= ?3)
             order by 1 limit ?4",
        )?
        .query_map(
            params![
                source.as_str(),
                json(facets.iter()),
                time_text(before),
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
            |row| artist_id(row, 0),
        )?
        .collect()
}

pub(super) fn take_back(
    connection: &mut Connection,
    source: Source,
    artists: &[ArtistId],
    now: DateTime<Utc>,
) -> Result<Vec<ArtistId>> {
    let (source, now) = (source.as_str(), time_text(now));
    let mut removed = Vec::new();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut remove = transaction.prepare_cached(concat!(
            "delete from artists as a where a.id = ?2 and ",
            only_from!("?1"),
            " returning id"
        ))?;
        let mut unlink = transaction.prepare_cached("delete from artist_link where artist_id = ?1 and source = ?2")?;
        for artist in artists {
            let id = clean(artist.as_str());
            removed.extend(remove.query_row(params![source, id], |row| artist_id(row, 0)).optional()?);
            unlink.execute(params![id, source])?;
            without_ids(&transaction, source, &id)?;
            alias::touch(&transaction, &id, &now)?;
        }
    }
    transaction.commit()?;
    Ok(removed)
}

/// Deletes what a source said of an artist that has no id there any more.
pub(super) fn without_ids(transaction: &Transaction<'_>, source: &str, artist: &str) -> rusqlite::Result<()> {
    for table in ["artist_alias", "genre_vote", "artist_genre", "top_tracks", "source_related", "facets"] {
        transaction
            .prepare_cached(&format!(
                "delete from {table} where artist_id = ?1 and source = ?2
                   and not exists (select 1 from artist_link l where l.artist_id = ?1 and l.source = ?2)"
            ))?
            .execute(params![artist, source])?;
    }
    Ok(())
}
