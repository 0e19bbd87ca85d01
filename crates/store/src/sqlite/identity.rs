//! Ids at sources that a person gives to an artist, or takes away.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sixpotify_core::{ArtistId, Source};

use super::alias;
use super::value::time_text;
use super::vanished::without_ids;
use crate::rows::{NoSuchArtist, key, undone};
use crate::text::clean;
use crate::{Link, Result};

pub(super) fn add_link(connection: &mut Connection, link: &Link) -> Result<Option<ArtistId>> {
    let (artist, source, id) = (clean(link.artist_id.as_str()), link.source.as_str(), clean(&link.source_id));
    key("artist_link", [source, &id])?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let there = transaction.query_row("select 1 from artists where id = ?1", params![artist], |_| Ok(())).optional()?;
    if there.is_none() {
        return Err(NoSuchArtist::error(&link.artist_id));
    }
    let former: Option<String> = transaction
        .query_row("select artist_id from artist_link where source = ?1 and source_id = ?2", params![source, id], |r| {
            r.get(0)
        })
        .optional()?;
    transaction.execute(
        "insert into artist_link (artist_id, source, source_id) values (?1, ?2, ?3)
         on conflict (source, source_id) do update set artist_id = excluded.artist_id",
        params![artist, source, id],
    )?;
    transaction.execute(
        "delete from rejected_links where artist_id = ?1 and source = ?2 and source_id = ?3",
        params![artist, source, id],
    )?;
    transaction.commit()?;
    Ok(former.filter(|former| *former != artist).map(ArtistId::from_stored))
}

pub(super) fn reject_link(connection: &mut Connection, link: &Link, now: DateTime<Utc>) -> Result<bool> {
    let (artist, source, id) = (clean(link.artist_id.as_str()), link.source.as_str(), clean(&link.source_id));
    key("rejected_links", [&artist, &id])?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "insert into rejected_links (artist_id, source, source_id, rejected_at) values (?1, ?2, ?3, ?4)
         on conflict (artist_id, source, source_id) do nothing",
        params![artist, source, id, time_text(now)],
    )?;
    let gone = transaction.execute(
        "delete from artist_link where artist_id = ?1 and source = ?2 and source_id = ?3",
        params![artist, source, id],
    )? > 0;
    let has_ids = |transaction: &Transaction<'_>| -> rusqlite::Result<bool> {
        let sql = "select exists (select 1 from artist_link where artist_id = ?1 and source = ?2)";
        transaction.query_row(sql, params![artist, source], |row| row.get(0))
    };
    if gone && !has_ids(&transaction)? {
        take_back(&transaction, &artist, link, now)?;
    }
    transaction.commit()?;
    Ok(gone)
}

/// Takes back what was said of an artist by an id that is not its own.
fn take_back(transaction: &Transaction<'_>, artist: &str, link: &Link, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let now = time_text(now);
    let mut said = false;
    for sql in undone::speaks_by(link.source).iter().filter_map(|source| undone::profile_of(*source)) {
        said |= transaction.execute(sql, &[("$1", artist), ("$2", &now)])? > 0;
    }
    for source in undone::speaks_by(link.source) {
        without_ids(transaction, source.as_str(), artist)?;
    }
    if said {
        transaction.execute(undone::ASK_AGAIN, &[("$1", artist)])?;
    }
    alias::touch(transaction, artist, &now)?;
    let Some((like, unlike)) = undone::own_ids(artist, link.source) else { return Ok(()) };
    for sql in undone::GOES {
        transaction.execute(sql, &[("$1", artist), ("$2", &like), ("$3", unlike)])?;
    }
    let owner = ArtistId::new(link.source, &link.source_id);
    let owner = clean(owner.as_str());
    for sql in undone::GOES_TO_ITS_OWNER {
        transaction.execute(sql, &[("$1", artist), ("$2", &like), ("$3", unlike), ("$4", &owner)])?;
    }
    Ok(())
}

pub(super) fn adopt_credits(connection: &mut Connection, source: Source, artists: &[ArtistId]) -> Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut adopted = 0;
    for artist in artists {
        let artist = clean(artist.as_str());
        for (sql, counts) in [
            (
                "insert into track_artist (track_id, artist_id, artist_name, position)
                 select c.track_id, l.artist_id, c.artist_name, c.position
                 from artist_link l join track_artist c on c.artist_id = l.source || ':' || l.source_id
                 where l.source = ?1 and l.artist_id = ?2 and l.artist_id <> c.artist_id
                 on conflict (track_id, artist_id) do nothing",
                false,
            ),
            (
                "delete from track_artist where artist_id in (
                     select source || ':' || source_id from artist_link where source = ?1 and artist_id = ?2)
                   and artist_id <> ?2",
                true,
            ),
            (
                "insert into album_artist (album_id, artist_id, artist_name, position, album_group)
                 select c.album_id, l.artist_id, c.artist_name, c.position, c.album_group
                 from artist_link l join album_artist c on c.artist_id = l.source || ':' || l.source_id
                 where l.source = ?1 and l.artist_id = ?2 and l.artist_id <> c.artist_id
                 on conflict (album_id, artist_id) do update set
                     artist_name = coalesce(artist_name, excluded.artist_name),
                     position = coalesce(position, excluded.position),
                     album_group = coalesce(album_group, excluded.album_group)",
                false,
            ),
            (
                "delete from album_artist where artist_id in (
                     select source || ':' || source_id from artist_link where source = ?1 and artist_id = ?2)
                   and artist_id <> ?2",
                true,
            ),
        ] {
            let rows = transaction.prepare_cached(sql)?.execute(params![source.as_str(), artist])?;
            adopted += if counts { rows as u64 } else { 0 };
        }
    }
    transaction.commit()?;
    Ok(adopted)
}
