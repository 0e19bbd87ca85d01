//! Reading all that is known of artists.

use rusqlite::Connection;
use sixpotify_core::{AlbumId, ArtistId, Credit, TrackId};

use super::read::{FACETS_OF_ARTIST, facet_record, for_each};
use super::value::{artist, artist_columns, artist_id, feature_columns, features, time, word};
use crate::assemble::DetailRows;
use crate::{AlbumEntry, ArtistDetail, Result, TrackEntry};

pub(super) fn artist_details(connection: &Connection, artists: &[ArtistId]) -> Result<Vec<ArtistDetail>> {
    let ids = || artists.iter().map(ArtistId::as_str);
    let mut rows = DetailRows {
        artists: for_each(
            connection,
            concat!("select ", artist_columns!(), ", a.created_at, a.updated_at from artists a where a.id = ?1"),
            ids(),
            |row| Ok((artist(row, 0)?, time(row, 6)?, time(row, 7)?)),
        )?,
        genres: for_each(
            connection,
            "select artist_id, genre, source from artist_genre where artist_id = ?1 order by genre",
            ids(),
            |row| Ok((artist_id(row, 0)?, row.get(1)?, word(row, 2)?)),
        )?,
        links: for_each(
            connection,
            "select artist_id, source, source_id from artist_link where artist_id = ?1 order by source, source_id",
            ids(),
            |row| Ok((artist_id(row, 0)?, word(row, 1)?, row.get(2)?)),
        )?,
        albums: for_each(
            connection,
            "select l.artist_id, b.id, b.name, b.album_type, l.album_group, b.release_date, b.total_tracks, b.url
             from album_artist l join albums b on b.id = l.album_id
             where l.artist_id = ?1 and l.album_group is not null
             order by b.release_date desc nulls last, b.id",
            ids(),
            |row| {
                let entry = AlbumEntry {
                    id: AlbumId::from_stored(row.get::<_, String>(1)?),
                    name: row.get(2)?,
                    album_type: row.get(3)?,
                    album_group: row.get(4)?,
                    release_date: row.get(5)?,
                    total_tracks: row.get(6)?,
                    url: row.get(7)?,
                };
                Ok((artist_id(row, 0)?, entry))
            },
        )?,
        top_tracks: for_each(
            connection,
            concat!(
                "select t.artist_id, t.track_id, t.market, t.rank, t.source, k.name, b.name, k.popularity, k.url, f.source, k.isrc, ",
                feature_columns!(),
                " from top_tracks t
                  join tracks k on k.id = t.track_id
                  left join albums b on b.id = k.album_id
                  left join audio_features f on f.track_id = t.track_id
                  where t.artist_id = ?1 order by t.market, t.source, t.rank"
            ),
            ids(),
            |row| {
                let features = features(row, 11)?;
                let entry = TrackEntry {
                    id: TrackId::from_stored(row.get::<_, String>(1)?),
                    name: row.get(5)?,
                    market: row.get(2)?,
                    rank: row.get(3)?,
                    source: word(row, 4)?,
                    artists: Vec::new(),
                    album: row.get(6)?,
                    popularity: row.get(7)?,
                    url: row.get(8)?,
                    isrc: row.get(10)?,
                    features: if features.is_empty() { None } else { Some((features, word(row, 9)?)) },
                };
                Ok((artist_id(row, 0)?, entry))
            },
        )?,
        credits: Vec::new(),
        facets: for_each(connection, FACETS_OF_ARTIST, ids(), facet_record)?,
    };
    rows.credits = for_each(
        connection,
        "select track_id, artist_id, artist_name from track_artist where track_id = ?1 order by position, artist_id",
        rows.top_tracks.iter().map(|(_, track)| track.id.as_str()),
        |row| {
            let credit = Credit { id: artist_id(row, 1)?, name: row.get(2)? };
            Ok((TrackId::from_stored(row.get::<_, String>(0)?), credit))
        },
    )?;
    Ok(rows.assemble())
}
