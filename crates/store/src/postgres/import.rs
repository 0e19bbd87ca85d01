//! Importing tables: `COPY` into temporary tables, then one statement for each table of the catalogue.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::bulk::joined;
use super::copy::CopyText;
use super::pool::Pool;
use super::write::{column, persistently};
use crate::rows::{ImportArtistRow, ImportRows, ImportTrackRow};
use crate::text::micros;
use crate::{ImportBatch, Result};

/// Bytes that are sent at once.
const CHUNK: usize = 256 * 1024;

/// Writes `import`. In a task of its own: a caller that gives up must not leave a connection in the middle of a `COPY`.
pub(super) async fn write(pool: &Pool, import: Arc<ImportBatch>, now: DateTime<Utc>) -> Result<()> {
    let (pool, now) = (pool.clone(), micros(now));
    let task = tokio::spawn(async move {
        let rows = ImportRows::of(&import)?;
        persistently(&pool, || once(&pool, &rows, now)).await
    });
    joined(task.await)
}

async fn once(pool: &Pool, rows: &ImportRows<'_>, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = pool.begin().await?;
    if !rows.artists.is_empty() {
        artists(&mut transaction, rows, now).await?;
    }
    if !rows.links.is_empty() {
        links(&mut transaction, rows).await?;
    }
    if !rows.tracks.is_empty() {
        tracks(&mut transaction, rows).await?;
    }
    if !rows.listens.is_empty() {
        listens(&mut transaction, rows).await?;
    }
    Ok(transaction.commit().await?)
}

/// Sends `rows` to a temporary table, and lets the server count them: without statistics it would plan for any number.
async fn copy<R>(
    connection: &mut PgConnection,
    [create, copy_in, analyze]: [&'static str; 3],
    rows: &[R],
    row: impl Fn(&mut CopyText, &R),
) -> Result<()> {
    sqlx::raw_sql(create).execute(&mut *connection).await?;
    let mut copy = connection.copy_in_raw(copy_in).await?;
    let mut text = CopyText::default();
    for each in rows {
        row(&mut text, each);
        text.end_row();
        if text.len() >= CHUNK {
            copy.send(text.take()).await?;
        }
    }
    copy.send(text.take()).await?;
    copy.finish().await?;
    sqlx::raw_sql(analyze).execute(connection).await?;
    Ok(())
}

async fn artists(connection: &mut PgConnection, rows: &ImportRows<'_>, now: DateTime<Utc>) -> Result<()> {
    const ARTISTS: [&str; 3] = [
        "create temp table import_artists (
             id text collate \"C\", name text collate \"C\", name_key text collate \"C\", popularity int,
             says_genres boolean, has_genres boolean, has_features boolean, n_tracks bigint, danceability real,
             energy real, key real, loudness real, mode real, speechiness real, acousticness real, instrumentalness real,
             liveness real, valence real, tempo real, time_signature real, duration_ms real
         ) on commit drop",
        "copy pg_temp.import_artists from stdin",
        "analyze pg_temp.import_artists",
    ];
    const GENRES: [&str; 3] = [
        "create temp table import_genres (artist_id text collate \"C\", genre text collate \"C\") on commit drop",
        "copy pg_temp.import_genres from stdin",
        "analyze pg_temp.import_genres",
    ];
    copy(connection, ARTISTS, &rows.artists, artist).await?;
    sqlx::query(
        "insert into artists as t (id, name, popularity, name_key, created_at, updated_at)
         select s.id, s.name, s.popularity, s.name_key, $1, $1
         from pg_temp.import_artists s left join artists a on a.id = s.id
         where a.id is null
            or a.popularity is distinct from case when starts_with(a.id, $2) then coalesce(s.popularity, a.popularity)
                                                  else coalesce(a.popularity, s.popularity) end
         order by s.id
         on conflict (id) do update set
             popularity = case when starts_with(t.id, $2) then coalesce(excluded.popularity, t.popularity)
                               else coalesce(t.popularity, excluded.popularity) end,
             updated_at = excluded.updated_at",
    )
    .bind(now)
    .bind(format!("{}:", rows.source))
    .execute(&mut *connection)
    .await?;
    if rows.artists.iter().any(|r| r.has_features) {
        sqlx::query(
            "insert into artist_features as t (artist_id, source, n_tracks, danceability, energy, key, loudness, mode,
                 speechiness, acousticness, instrumentalness, liveness, valence, tempo, time_signature, duration_ms)
             select id, $1, n_tracks, danceability, energy, key, loudness, mode, speechiness, acousticness,
                 instrumentalness, liveness, valence, tempo, time_signature, duration_ms
             from pg_temp.import_artists where has_features order by id
             on conflict (artist_id, source) do update set
                 n_tracks = coalesce(excluded.n_tracks, t.n_tracks),
                 danceability = coalesce(excluded.danceability, t.danceability),
                 energy = coalesce(excluded.energy, t.energy),
                 key = coalesce(excluded.key, t.key),
                 loudness = coalesce(excluded.loudness, t.loudness),
                 mode = coalesce(excluded.mode, t.mode),
                 speechiness = coalesce(excluded.speechiness, t.speechiness),
                 acousticness = coalesce(excluded.acousticness, t.acousticness),
                 instrumentalness = coalesce(excluded.instrumentalness, t.instrumentalness),
                 liveness = coalesce(excluded.liveness, t.liveness),
                 valence = coalesce(excluded.valence, t.valence),
                 tempo = coalesce(excluded.tempo, t.tempo),
                 time_signature = coalesce(excluded.time_signature, t.time_signature),
                 duration_ms = coalesce(excluded.duration_ms, t.duration_ms)",
        )
        .bind(rows.source)
        .execute(&mut *connection)
        .await?;
    }
    if rows.artists.iter().any(|r| r.says_genres) {
        copy(connection, GENRES, &rows.genres, |copy, (artist, genre)| {
            copy.text(artist).text(genre);
        })
        .await?;
        sqlx::query(
            "delete from artist_genre g using pg_temp.import_artists s
             where s.id = g.artist_id and s.says_genres and (s.has_genres or g.source = $1)
               and not exists (select from pg_temp.import_genres i where i.artist_id = g.artist_id and i.genre = g.genre)",
        )
        .bind(rows.source)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "insert into artist_genre as t (artist_id, genre, source)
             select artist_id, genre, $1 from pg_temp.import_genres order by artist_id, genre
             on conflict (artist_id, genre) do update set source = excluded.source where t.source <> excluded.source",
        )
        .bind(rows.source)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn links(connection: &mut PgConnection, rows: &ImportRows<'_>) -> Result<()> {
    sqlx::query(
        "insert into artist_link (artist_id, source, source_id)
         select * from unnest($1::text[], $2::text[], $3::text[]) as s(artist_id, source, source_id)
         order by source, source_id on conflict do nothing",
    )
    .bind(column(&rows.links, |r| r.artist_id.as_ref()))
    .bind(column(&rows.links, |r| r.source))
    .bind(column(&rows.links, |r| r.source_id.as_ref()))
    .execute(connection)
    .await?;
    Ok(())
}

fn artist(copy: &mut CopyText, row: &ImportArtistRow<'_>) {
    copy.text(&row.id)
        .text(&row.name)
        .text(&row.name_key())
        .optional_number(row.popularity)
        .number(row.says_genres)
        .number(row.has_genres)
        .number(row.has_features)
        .optional_number(row.n_tracks);
    for value in row.values {
        copy.optional_number(value);
    }
}

async fn tracks(connection: &mut PgConnection, rows: &ImportRows<'_>) -> Result<()> {
    const TRACKS: [&str; 3] = [
        "create temp table import_tracks (
             id text collate \"C\", name text, release_date text collate \"C\", release_date_precision text,
             popularity int, explicit boolean, danceability real, energy real, key smallint, loudness real, mode smallint,
             speechiness real, acousticness real, instrumentalness real, liveness real, valence real, tempo real,
             time_signature smallint, duration_ms bigint, has_features boolean
         ) on commit drop",
        "copy pg_temp.import_tracks from stdin",
        "analyze pg_temp.import_tracks",
    ];
    const CREDITS: [&str; 3] = [
        "create temp table import_credits (
             track_id text collate \"C\", artist_id text collate \"C\", artist_name text, position int
         ) on commit drop",
        "copy pg_temp.import_credits from stdin",
        "analyze pg_temp.import_credits",
    ];
    copy(connection, TRACKS, &rows.tracks, track).await?;
    sqlx::raw_sql(
        "insert into tracks as t (id, name, release_date, release_date_precision, duration_ms, explicit, popularity)
         select id, name, release_date, release_date_precision, duration_ms, explicit, popularity
         from pg_temp.import_tracks order by id
         on conflict (id) do update set
             name = case when excluded.name = '' then t.name else excluded.name end,
             release_date = coalesce(excluded.release_date, t.release_date),
             release_date_precision = coalesce(excluded.release_date_precision, t.release_date_precision),
             duration_ms = coalesce(excluded.duration_ms, t.duration_ms),
             explicit = coalesce(excluded.explicit, t.explicit),
             popularity = coalesce(excluded.popularity, t.popularity)",
    )
    .execute(&mut *connection)
    .await?;
    if !rows.credits.is_empty() {
        copy(connection, CREDITS, &rows.credits, |copy, row| {
            copy.text(&row.track_id).text(&row.artist_id).text(&row.artist_name).number(row.position);
        })
        .await?;
        // Credits of another source say more than a table does: a track that has one keeps them all.
        let ours = format!("{}:", rows.source);
        for sql in [
            "delete from pg_temp.import_credits i using track_artist c
             where c.track_id = i.track_id and not starts_with(c.artist_id, $1)
               and not exists (select from pg_temp.import_credits o
                               where o.track_id = c.track_id and o.artist_id = c.artist_id)",
            "delete from track_artist c using (select distinct track_id from pg_temp.import_credits) s
             where c.track_id = s.track_id and starts_with(c.artist_id, $1)
               and not exists (select from pg_temp.import_credits o
                               where o.track_id = c.track_id and o.artist_id = c.artist_id)",
        ] {
            sqlx::query(sql).bind(&ours).execute(&mut *connection).await?;
        }
        sqlx::raw_sql(
            "insert into track_artist as t (track_id, artist_id, artist_name, position)
             select track_id, artist_id, artist_name, position from pg_temp.import_credits order by track_id, artist_id
             on conflict (track_id, artist_id) do update set
                 artist_name = excluded.artist_name, position = excluded.position
             where t.artist_name <> excluded.artist_name or t.position <> excluded.position",
        )
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(
        "insert into audio_features as t (track_id, danceability, energy, key, loudness, mode, speechiness, acousticness,
             instrumentalness, liveness, valence, tempo, time_signature, duration_ms, source)
         select id, danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness, liveness,
             valence, tempo, time_signature, duration_ms, $1
         from pg_temp.import_tracks where has_features order by id
         on conflict (track_id) do update set
             danceability = coalesce(excluded.danceability, t.danceability),
             energy = coalesce(excluded.energy, t.energy),
             key = coalesce(excluded.key, t.key),
             loudness = coalesce(excluded.loudness, t.loudness),
             mode = coalesce(excluded.mode, t.mode),
             speechiness = coalesce(excluded.speechiness, t.speechiness),
             acousticness = coalesce(excluded.acousticness, t.acousticness),
             instrumentalness = coalesce(excluded.instrumentalness, t.instrumentalness),
             liveness = coalesce(excluded.liveness, t.liveness),
             valence = coalesce(excluded.valence, t.valence),
             tempo = coalesce(excluded.tempo, t.tempo),
             time_signature = coalesce(excluded.time_signature, t.time_signature),
             duration_ms = coalesce(excluded.duration_ms, t.duration_ms),
             source = excluded.source",
    )
    .bind(rows.source)
    .execute(connection)
    .await?;
    Ok(())
}

fn track(copy: &mut CopyText, row: &ImportTrackRow<'_>) {
    let f = &row.features;
    copy.text(&row.id)
        .text(&row.name)
        .optional_text(row.release_date.as_deref())
        .optional_text(row.release_date_precision)
        .optional_number(row.popularity)
        .optional_number(row.explicit)
        .optional_number(f.danceability)
        .optional_number(f.energy)
        .optional_number(f.key)
        .optional_number(f.loudness)
        .optional_number(f.mode)
        .optional_number(f.speechiness)
        .optional_number(f.acousticness)
        .optional_number(f.instrumentalness)
        .optional_number(f.liveness)
        .optional_number(f.valence)
        .optional_number(f.tempo)
        .optional_number(f.time_signature)
        .optional_number(f.duration_ms)
        .number(!f.is_empty());
}

async fn listens(connection: &mut PgConnection, rows: &ImportRows<'_>) -> Result<()> {
    const LISTENS: [&str; 3] = [
        "create temp table import_listens (user_key text collate \"C\", artist_id text collate \"C\", plays bigint)
             on commit drop",
        "copy pg_temp.import_listens from stdin",
        "analyze pg_temp.import_listens",
    ];
    copy(connection, LISTENS, &rows.listens, |copy, row| {
        copy.text(&row.user_key).text(&row.artist_id).number(row.plays);
    })
    .await?;
    sqlx::query(
        "insert into listens as t (user_key, artist_id, source, plays)
         select s.user_key, s.artist_id, $1, s.plays
         from pg_temp.import_listens s join artists a on a.id = s.artist_id order by s.user_key, s.artist_id
         on conflict (user_key, artist_id, source) do update set plays = excluded.plays where t.plays <> excluded.plays",
    )
    .bind(rows.source)
    .execute(connection)
    .await?;
    Ok(())
}
