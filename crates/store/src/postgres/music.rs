//! Writing what artists made: albums, tracks, their credits, rankings and audio features.

use sqlx::postgres::PgConnection;

use super::write::{column, with_arrays};
use crate::Result;
use crate::rows::{FeatureRow, Rows};

pub(super) async fn albums(connection: &mut PgConnection, rows: &Rows<'_>) -> Result<()> {
    let albums = &rows.albums;
    if !albums.is_empty() {
        with_arrays!(
            connection,
            "insert into albums as t
                 (id, name, album_type, release_date, release_date_precision, total_tracks, url, image_url)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
                 $8::text[])
                 as s(id, name, album_type, release_date, release_date_precision, total_tracks, url, image_url)
             order by s.id
             on conflict (id) do update set
                 name = excluded.name,
                 album_type = coalesce(excluded.album_type, t.album_type),
                 release_date = coalesce(excluded.release_date, t.release_date),
                 release_date_precision = coalesce(excluded.release_date_precision, t.release_date_precision),
                 total_tracks = coalesce(excluded.total_tracks, t.total_tracks),
                 url = coalesce(excluded.url, t.url),
                 image_url = coalesce(excluded.image_url, t.image_url)
             where (t.name, t.album_type, t.release_date, t.release_date_precision, t.total_tracks, t.url, t.image_url)
                 is distinct from
                 (excluded.name, coalesce(excluded.album_type, t.album_type),
                  coalesce(excluded.release_date, t.release_date),
                  coalesce(excluded.release_date_precision, t.release_date_precision),
                  coalesce(excluded.total_tracks, t.total_tracks), coalesce(excluded.url, t.url),
                  coalesce(excluded.image_url, t.image_url))",
            column(albums, |r| r.id.as_ref()),
            column(albums, |r| r.name.as_ref()),
            column(albums, |r| r.album_type.as_deref()),
            column(albums, |r| r.release_date.as_deref()),
            column(albums, |r| r.release_date_precision.as_deref()),
            column(albums, |r| r.total_tracks),
            column(albums, |r| r.url.as_deref()),
            column(albums, |r| r.image_url.as_deref()),
        )?;
    }
    album_credits(connection, rows).await
}

async fn album_credits(connection: &mut PgConnection, rows: &Rows<'_>) -> Result<()> {
    let credits = &rows.album_credits;
    if !credits.is_empty() {
        with_arrays!(
            connection,
            "insert into album_artist as t (album_id, artist_id, artist_name, position, album_group)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[])
                 as s(album_id, artist_id, artist_name, position, album_group)
             order by s.album_id, s.artist_id
             on conflict (album_id, artist_id) do update set
                 artist_name = coalesce(excluded.artist_name, t.artist_name),
                 position = coalesce(excluded.position, t.position),
                 album_group = coalesce(excluded.album_group, t.album_group)
             where (t.artist_name, t.position, t.album_group) is distinct from
                 (coalesce(excluded.artist_name, t.artist_name), coalesce(excluded.position, t.position),
                  coalesce(excluded.album_group, t.album_group))",
            column(credits, |r| r.album_id.as_ref()),
            column(credits, |r| r.artist_id.as_ref()),
            column(credits, |r| r.artist_name.as_deref()),
            column(credits, |r| r.position),
            column(credits, |r| r.album_group.as_deref()),
        )?;
    }
    if rows.album_owners.is_empty() {
        return Ok(());
    }
    let listed: Vec<_> = credits.iter().filter(|r| r.album_group.is_some()).collect();
    with_arrays!(
        planned connection,
        "with gone as (
             select t.album_id, t.artist_id from album_artist t
             where t.artist_id = any($1::text[]) and t.album_group is not null
               and not exists (select from unnest($2::text[], $3::text[]) as s(album_id, artist_id)
                               where s.album_id = t.album_id and s.artist_id = t.artist_id)
             order by t.album_id, t.artist_id for update
         )
         delete from album_artist t using gone where t.album_id = gone.album_id and t.artist_id = gone.artist_id",
        column(&rows.album_owners, AsRef::as_ref),
        column(&listed, |r| r.album_id.as_ref()),
        column(&listed, |r| r.artist_id.as_ref()),
    )?;
    if listed.iter().any(|r| r.artist_name.is_none()) {
        with_arrays!(
            planned connection,
            "update album_artist t set artist_name = a.name from artists a
             where a.id = t.artist_id and t.artist_id = any($1::text[]) and t.artist_name is null",
            column(&rows.album_owners, AsRef::as_ref),
        )?;
    }
    Ok(())
}

pub(super) async fn tracks(connection: &mut PgConnection, rows: &Rows<'_>) -> Result<()> {
    let tracks = &rows.tracks;
    if !tracks.is_empty() {
        with_arrays!(
            connection,
            "insert into tracks as t (id, name, album_id, duration_ms, explicit, isrc, popularity, url, preview_url)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::int[],
                 $8::text[], $9::text[])
                 as s(id, name, album_id, duration_ms, explicit, isrc, popularity, url, preview_url)
             order by s.id
             on conflict (id) do update set
                 name = excluded.name,
                 album_id = coalesce(excluded.album_id, t.album_id),
                 duration_ms = coalesce(excluded.duration_ms, t.duration_ms),
                 explicit = coalesce(excluded.explicit, t.explicit),
                 isrc = coalesce(excluded.isrc, t.isrc),
                 popularity = coalesce(excluded.popularity, t.popularity),
                 url = coalesce(excluded.url, t.url),
                 preview_url = coalesce(excluded.preview_url, t.preview_url)
             where (t.name, t.album_id, t.duration_ms, t.explicit, t.isrc, t.popularity, t.url, t.preview_url)
                 is distinct from
                 (excluded.name, coalesce(excluded.album_id, t.album_id),
                  coalesce(excluded.duration_ms, t.duration_ms), coalesce(excluded.explicit, t.explicit),
                  coalesce(excluded.isrc, t.isrc), coalesce(excluded.popularity, t.popularity),
                  coalesce(excluded.url, t.url), coalesce(excluded.preview_url, t.preview_url))",
            column(tracks, |r| r.id.as_ref()),
            column(tracks, |r| r.name.as_ref()),
            column(tracks, |r| r.album_id.as_deref()),
            column(tracks, |r| r.duration_ms),
            column(tracks, |r| r.explicit),
            column(tracks, |r| r.isrc.as_deref()),
            column(tracks, |r| r.popularity),
            column(tracks, |r| r.url.as_deref()),
            column(tracks, |r| r.preview_url.as_deref()),
        )?;
    }
    // Nobody else replaces these credits now: the rows of their tracks are locked by the statement above.
    let credits = &rows.track_credits;
    if credits.is_empty() {
        return Ok(());
    }
    with_arrays!(
        planned connection,
        "delete from track_artist t
         where t.track_id = any($1::text[])
           and not exists (select from unnest($2::text[], $3::text[]) as s(track_id, artist_id)
                           where s.track_id = t.track_id and s.artist_id = t.artist_id)",
        column(&rows.credited_tracks, AsRef::as_ref),
        column(credits, |r| r.track_id.as_ref()),
        column(credits, |r| r.artist_id.as_ref()),
    )?;
    with_arrays!(
        connection,
        "insert into track_artist as t (track_id, artist_id, artist_name, position)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::int[])
             as s(track_id, artist_id, artist_name, position)
         order by s.track_id, s.artist_id
         on conflict (track_id, artist_id) do update set
             artist_name = excluded.artist_name, position = excluded.position
         where (t.artist_name, t.position) is distinct from (excluded.artist_name, excluded.position)",
        column(credits, |r| r.track_id.as_ref()),
        column(credits, |r| r.artist_id.as_ref()),
        column(credits, |r| r.artist_name.as_ref()),
        column(credits, |r| r.position),
    )?;
    Ok(())
}

pub(super) async fn top_tracks(connection: &mut PgConnection, rows: &Rows<'_>) -> Result<()> {
    if rows.top_lists.is_empty() {
        return Ok(());
    }
    let (lists, tracks) = (&rows.top_lists, &rows.top_tracks);
    with_arrays!(
        planned connection,
        "delete from top_tracks t
         using unnest($1::text[], $2::text[], $3::text[], $4::int[]) as s(artist_id, market, source, length)
         where t.artist_id = s.artist_id and t.market = s.market and t.source = s.source and t.rank > s.length",
        column(lists, |r| r.artist_id.as_ref()),
        column(lists, |r| r.market.as_ref()),
        column(lists, |r| r.source),
        column(lists, |r| r.length),
    )?;
    with_arrays!(
        connection,
        "insert into top_tracks as t (artist_id, market, rank, track_id, source)
         select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[])
             as s(artist_id, market, rank, track_id, source)
         order by s.artist_id, s.market, s.source, s.rank
         on conflict (artist_id, market, source, rank) do update set track_id = excluded.track_id
         where t.track_id <> excluded.track_id",
        column(tracks, |r| r.artist_id.as_ref()),
        column(tracks, |r| r.market.as_ref()),
        column(tracks, |r| r.rank),
        column(tracks, |r| r.track_id.as_ref()),
        column(tracks, |r| r.source),
    )?;
    Ok(())
}

pub(super) async fn features(connection: &mut PgConnection, rows: &[FeatureRow<'_>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    // The source moves only with a value: an empty row says nothing about one that is there.
    with_arrays!(
        connection,
        "insert into audio_features as t (track_id, danceability, energy, key, loudness, mode, speechiness, acousticness,
             instrumentalness, liveness, valence, tempo, time_signature, duration_ms, source)
         select * from unnest($1::text[], $2::real[], $3::real[], $4::smallint[], $5::real[], $6::smallint[], $7::real[],
             $8::real[], $9::real[], $10::real[], $11::real[], $12::real[], $13::smallint[], $14::bigint[], $15::text[])
             as s(track_id, danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness,
                 liveness, valence, tempo, time_signature, duration_ms, source)
         order by s.track_id
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
             source = excluded.source
         where num_nonnulls(excluded.danceability, excluded.energy, excluded.key, excluded.loudness, excluded.mode,
                 excluded.speechiness, excluded.acousticness, excluded.instrumentalness, excluded.liveness,
                 excluded.valence, excluded.tempo, excluded.time_signature, excluded.duration_ms) > 0",
        column(rows, |r| r.track_id.as_ref()),
        column(rows, |r| r.features.danceability),
        column(rows, |r| r.features.energy),
        column(rows, |r| r.features.key.map(i16::from)),
        column(rows, |r| r.features.loudness),
        column(rows, |r| r.features.mode.map(i16::from)),
        column(rows, |r| r.features.speechiness),
        column(rows, |r| r.features.acousticness),
        column(rows, |r| r.features.instrumentalness),
        column(rows, |r| r.features.liveness),
        column(rows, |r| r.features.valence),
        column(rows, |r| r.features.tempo),
        column(rows, |r| r.features.time_signature.map(i16::from)),
        column(rows, |r| r.features.duration_ms.map(i64::from)),
        column(rows, |r| r.source),
    )?;
    Ok(())
}
