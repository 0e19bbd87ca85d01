//! Reading all that is known of artists.

use sixpotify_core::{AlbumId, ArtistId, Credit, TrackId};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::pool::Pool;
use super::read::{FACETS_OF_ARTISTS, all, artist_ids, facet_record};
use super::value::{artist, artist_columns, artist_id, feature_columns, features, number, optional_number, word};
use crate::assemble::DetailRows;
use crate::text::clean;
use crate::{AlbumEntry, ArtistDetail, Result, TrackEntry};

/// Artists up to which a plan is made once and kept: it is the same for one as for these. Of thousands the database must see the
/// number first.
const FEW: usize = 10;

pub(super) async fn artist_details(pool: &Pool, artists: &[ArtistId]) -> Result<Vec<ArtistDetail>> {
    let ids = artist_ids(artists);
    let few = ids.len() <= FEW;
    // One moment for all tables.
    let mut transaction = pool.begin_with("begin isolation level repeatable read read only").await?;
    let profiles = sqlx::query(concat!(
        "select ",
        artist_columns!(),
        ", a.created_at, a.updated_at from artists a where a.id = any($1::text[]) order by a.id"
    ))
    .bind(&ids)
    .persistent(few)
    .fetch_all(&mut *transaction)
    .await?;
    let genres = sqlx::query(
        "select artist_id, genre, source from artist_genre where artist_id = any($1::text[]) order by artist_id, genre",
    )
    .bind(&ids)
    .persistent(few)
    .fetch_all(&mut *transaction)
    .await?;
    let links = sqlx::query(
        "select artist_id, source, source_id from artist_link where artist_id = any($1::text[])
         order by artist_id, source, source_id",
    )
    .bind(&ids)
    .persistent(few)
    .fetch_all(&mut *transaction)
    .await?;
    let albums = sqlx::query(
        "select l.artist_id, b.id, b.name, b.album_type, l.album_group, b.release_date, b.total_tracks, b.url
         from album_artist l join albums b on b.id = l.album_id
         where l.artist_id = any($1::text[]) and l.album_group is not null
         order by l.artist_id, b.release_date desc nulls last, b.id",
    )
    .bind(&ids)
    .persistent(few)
    .fetch_all(&mut *transaction)
    .await?;
    let top_tracks = sqlx::query(concat!(
        "select t.artist_id, t.track_id, t.market, t.rank, t.source, k.name, b.name, k.popularity, k.url, f.source, k.isrc, ",
        feature_columns!(),
        " from top_tracks t
          join tracks k on k.id = t.track_id
          left join albums b on b.id = k.album_id
          left join audio_features f on f.track_id = t.track_id
          where t.artist_id = any($1::text[]) order by t.artist_id, t.market, t.source, t.rank"
    ))
    .bind(&ids)
    .persistent(few)
    .fetch_all(&mut *transaction)
    .await?;
    let top_tracks = all(&top_tracks, |row| Ok((artist_id(row, 0)?, track_entry(row)?)))?;
    let track_ids: Vec<_> = top_tracks.iter().map(|(_, track)| clean(track.id.as_str())).collect();
    let credits = sqlx::query(
        "select track_id, artist_id, artist_name from track_artist where track_id = any($1::text[])
         order by track_id, position, artist_id",
    )
    .bind(track_ids)
    .persistent(few)
    .fetch_all(&mut *transaction)
    .await?;
    let facets = sqlx::query(FACETS_OF_ARTISTS).bind(&ids).persistent(few).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;

    let rows = DetailRows {
        artists: all(&profiles, |row| Ok((artist(row, 0)?, row.try_get(6)?, row.try_get(7)?)))?,
        genres: all(&genres, |row| Ok((artist_id(row, 0)?, row.try_get(1)?, word(row, 2)?)))?,
        links: all(&links, |row| Ok((artist_id(row, 0)?, word(row, 1)?, row.try_get(2)?)))?,
        albums: all(&albums, |row| Ok((artist_id(row, 0)?, album_entry(row)?)))?,
        top_tracks,
        credits: all(&credits, |row| {
            let credit = Credit { id: artist_id(row, 1)?, name: row.try_get(2)? };
            Ok((TrackId::from_stored(row.try_get::<String, _>(0)?), credit))
        })?,
        facets: all(&facets, facet_record)?,
    };
    Ok(rows.assemble())
}

fn album_entry(row: &PgRow) -> sqlx::Result<AlbumEntry> {
    Ok(AlbumEntry {
        id: AlbumId::from_stored(row.try_get::<String, _>(1)?),
        name: row.try_get(2)?,
        album_type: row.try_get(3)?,
        album_group: row.try_get(4)?,
        release_date: row.try_get(5)?,
        total_tracks: optional_number::<i64, _>(row, 6)?,
        url: row.try_get(7)?,
    })
}

fn track_entry(row: &PgRow) -> sqlx::Result<TrackEntry> {
    let features = features(row, 11)?;
    Ok(TrackEntry {
        id: TrackId::from_stored(row.try_get::<String, _>(1)?),
        name: row.try_get(5)?,
        market: row.try_get(2)?,
        rank: number::<i32, _>(row, 3)?,
        source: word(row, 4)?,
        artists: Vec::new(),
        album: row.try_get(6)?,
        popularity: optional_number::<i32, _>(row, 7)?,
        url: row.try_get(8)?,
        isrc: row.try_get(10)?,
        features: if features.is_empty() { None } else { Some((features, word(row, 9)?)) },
    })
}
