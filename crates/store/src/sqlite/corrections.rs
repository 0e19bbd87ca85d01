//! What is settled once for all: a name by a person, an artist that is kept out, two artists that are one.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sixpotify_core::{ArtistId, fold};

use super::read::for_each;
use super::similarity;
use super::value::{artist_id, time_text};
use crate::Result;
use crate::rows::{LinkRow, NoSuchArtist, key};
use crate::text::clean;

/// Who is chosen by name is not kept out any more.
pub(super) fn settle_name(
    connection: &mut Connection,
    list: &str,
    name: &str,
    artist: &ArtistId,
    how: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let (list, name, artist, how) = (clean(list), clean(name), clean(artist.as_str()), clean(how));
    key("ingest_names", [&list, &name])?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now = time_text(now);
    transaction.execute(
        "insert into ingest_names (list, name, name_key, state, artist_id, how, attempts, updated_at)
         values (?1, ?2, ?3, 'found', ?4, ?5, 0, ?6) on conflict (list, name) do nothing",
        params![list, name, fold(&name), artist, how, now],
    )?;
    transaction.execute(
        "update ingest_names
         set state = 'found', artist_id = ?2, how = ?3, attempts = 0, retry_at = null, updated_at = ?4
         where name = ?1 and (state, artist_id, how, attempts, retry_at) is not ('found', ?2, ?3, 0, null)",
        params![name, artist, how, now],
    )?;
    transaction.execute("delete from forgotten_artists where artist_id = ?1", params![artist])?;
    Ok(transaction.commit()?)
}

pub(super) fn forgotten(connection: &Connection, artists: &[ArtistId]) -> Result<Vec<ArtistId>> {
    Ok(for_each(
        connection,
        "select artist_id from forgotten_artists where artist_id = ?1",
        artists.iter().map(ArtistId::as_str),
        |row| artist_id(row, 0),
    )?)
}

/// Tracks and albums go with the artist where nobody else is credited on them, ranks them or has tracks on them.
/// On the others the artist stays credited: that is a fact about what others made.
pub(super) fn forget(connection: &mut Connection, artist: &ArtistId, now: DateTime<Utc>) -> Result<bool> {
    let (id, now) = (clean(artist.as_str()), time_text(now));
    key("forgotten_artists", [&id, ""])?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "insert into forgotten_artists (artist_id, name, forgotten_at)
         values (?1, (select name from artists where id = ?1), ?2)
         on conflict (artist_id) do update set name = excluded.name where excluded.name is not null",
        params![id, now],
    )?;
    for sql in [
        "delete from tracks
         where id in (select track_id from track_artist where artist_id = ?1
                      union select track_id from top_tracks where artist_id = ?1)
           and not exists (select 1 from track_artist o where o.track_id = tracks.id and o.artist_id <> ?1)
           and not exists (select 1 from top_tracks o where o.track_id = tracks.id and o.artist_id <> ?1)",
        "delete from albums
         where id in (select album_id from album_artist where artist_id = ?1)
           and not exists (select 1 from album_artist o where o.album_id = albums.id and o.artist_id <> ?1)
           and not exists (select 1 from tracks k where k.album_id = albums.id)",
        // Without a position it was in the artist's list only, and no credit.
        "delete from album_artist where artist_id = ?1 and position is null",
        "update album_artist set album_group = null where artist_id = ?1 and album_group is not null",
    ] {
        transaction.execute(sql, params![id])?;
    }
    transaction.execute(
        "update ingest_names
         set state = 'not_found', artist_id = null, how = 'forgotten', candidates = null, attempts = 0, retry_at = null,
             updated_at = ?2
         where artist_id = ?1 and state = 'found'",
        params![id, now],
    )?;
    let gone = transaction.execute("delete from artists where id = ?1", params![id])?;
    transaction.commit()?;
    Ok(gone > 0)
}

pub(super) fn merge(connection: &mut Connection, old: &ArtistId, new: &ArtistId, now: DateTime<Utc>) -> Result<()> {
    let link = LinkRow::to_itself(old);
    key("artist_link", [link.source, &link.source_id])?;
    let (from, into) = (clean(old.as_str()), clean(new.as_str()));
    if from == into {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let there = |id: &str| -> rusqlite::Result<bool> {
        let found = transaction.query_row("select 1 from artists where id = ?1", params![id], |_| Ok(())).optional()?;
        Ok(found.is_some())
    };
    if !there(&into)? {
        return Err(NoSuchArtist::error(new));
    }
    if there(&from)? {
        move_all(&transaction, &from, &into, &time_text(now))?;
    }
    transaction.execute(
        "insert into artist_link (artist_id, source, source_id) values (?1, ?2, ?3) on conflict do nothing",
        params![into, link.source, link.source_id],
    )?;
    Ok(transaction.commit()?)
}

/// Moves all of one artist to another. A list goes as a whole, with its mark, and only to an artist that has none and was
/// not asked for one: two lists of one artist are not one. The profile's mark stays behind, as `into` has its own.
fn move_all(transaction: &Transaction<'_>, from: &str, into: &str, now: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "update artists set
             followers = coalesce(artists.followers, o.followers), popularity = coalesce(artists.popularity, o.popularity),
             url = coalesce(artists.url, o.url), image_url = coalesce(artists.image_url, o.image_url),
             created_at = min(artists.created_at, o.created_at),
             updated_at = case
                 when artists.followers is null and o.followers is not null
                   or artists.popularity is null and o.popularity is not null
                   or artists.url is null and o.url is not null
                   or artists.image_url is null and o.image_url is not null then ?3
                 else artists.updated_at end
         from artists o where o.id = ?1 and artists.id = ?2",
        params![from, into, now],
    )?;
    let (genres, albums, songs) = transaction.query_row(
        "with asked as (select facet from facets where artist_id = ?1 and state = 'ok')
         select not exists (select 1 from artist_genre where artist_id = ?1)
                and not exists (select 1 from asked where facet = 'genres'),
                not exists (select 1 from album_artist where artist_id = ?1 and album_group is not null)
                and not exists (select 1 from asked where facet = 'albums'),
                not exists (select 1 from top_tracks where artist_id = ?1)
                and not exists (select 1 from asked where facet in ('top_tracks', 'audio_features'))",
        params![into],
        |row| Ok((row.get::<_, bool>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?)),
    )?;
    let both = |sql: &str| transaction.execute(sql, params![from, into]);
    if genres {
        both("update artist_genre set artist_id = ?2 where artist_id = ?1")?;
    }
    if !albums {
        transaction.execute("update album_artist set album_group = null where artist_id = ?1", params![from])?;
    }
    if songs {
        both("update top_tracks set artist_id = ?2 where artist_id = ?1")?;
    }
    for sql in [
        "update artist_link set artist_id = ?2 where artist_id = ?1",
        "insert into artist_alias (artist_id, alias, locale, alias_key, source)
         select ?2, alias, locale, alias_key, source from artist_alias where artist_id = ?1
         on conflict (artist_id, alias, source) do nothing",
        "insert into genre_vote (artist_id, genre, source, weight)
         select ?2, genre, source, weight from genre_vote o
         where artist_id = ?1 and not exists (select 1 from genre_vote n where n.artist_id = ?2 and n.source = o.source)",
        "insert into source_related (artist_id, source, rank, related_source_id, related_name, score)
         select ?2, source, rank, related_source_id, related_name, score from source_related o
         where artist_id = ?1
           and not exists (select 1 from source_related n where n.artist_id = ?2 and n.source = o.source)",
        "insert into rejected_links (artist_id, source, source_id, rejected_at)
         select ?2, source, source_id, rejected_at from rejected_links where artist_id = ?1
         on conflict (artist_id, source, source_id) do nothing",
        "insert into album_artist (album_id, artist_id, artist_name, position, album_group)
         select album_id, ?2, artist_name, position, album_group from album_artist
         where artist_id = ?1 and (position is not null or album_group is not null)
         on conflict (album_id, artist_id) do update set
             artist_name = coalesce(artist_name, excluded.artist_name),
             position = coalesce(position, excluded.position),
             album_group = coalesce(album_group, excluded.album_group)",
        "insert into track_artist (track_id, artist_id, artist_name, position)
         select track_id, ?2, artist_name, position from track_artist where artist_id = ?1
         on conflict (track_id, artist_id) do nothing",
        "insert into related_artists (artist_id, rank, related_id, distance, why)
         select ?2, rank, related_id, distance, why from related_artists
         where artist_id = ?1 and related_id <> ?2
           and not exists (select 1 from related_artists where artist_id = ?2)",
        "update related_artists set related_id = ?2
         where related_id = ?1 and artist_id <> ?2
           and not exists (select 1 from related_artists n
                           where n.artist_id = related_artists.artist_id and n.related_id = ?2)",
    ] {
        both(sql)?;
    }
    for sql in [
        "delete from album_artist where artist_id = ?1",
        "delete from track_artist where artist_id = ?1",
        "delete from rejected_links where artist_id = ?1",
    ] {
        transaction.execute(sql, params![from])?;
    }
    transaction.execute(
        "insert into facets (artist_id, facet, source, market, state, how, fetched_at, retry_at, attempts, error)
         select ?2, facet, source, market, state, how, fetched_at, retry_at, attempts, error from facets
         where artist_id = ?1 and state = 'ok'
           and (?3 and facet = 'genres' or ?4 and facet = 'albums' or ?5 and facet in ('top_tracks', 'audio_features'))
         on conflict (artist_id, facet, source, market) do update set
             state = excluded.state, how = excluded.how, fetched_at = excluded.fetched_at,
             retry_at = excluded.retry_at, attempts = excluded.attempts, error = excluded.error",
        params![from, into, genres, albums, songs],
    )?;
    transaction.execute(
        "update ingest_names set artist_id = ?2, updated_at = ?3 where artist_id = ?1",
        params![from, into, now],
    )?;
    similarity::move_all(transaction, from, into)?;
    transaction.execute("delete from artists where id = ?1", params![from])?;
    Ok(())
}
