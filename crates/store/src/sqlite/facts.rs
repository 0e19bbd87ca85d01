//! What several sources say of an artist besides each other.

use rusqlite::{Transaction, params};

use super::dumps;
use super::value::decimal;
use crate::rows::Rows;

pub(super) fn write(transaction: &Transaction<'_>, rows: &Rows<'_>, now: &str) -> rusqlite::Result<()> {
    {
        let mut replace = transaction.prepare_cached(
            "update artists set
                 followers = coalesce(?2, followers), popularity = coalesce(?3, popularity), url = coalesce(?4, url),
                 image_url = coalesce(?5, image_url), updated_at = ?6
             where id = ?1 and (followers is not coalesce(?2, followers) or popularity is not coalesce(?3, popularity)
                 or url is not coalesce(?4, url) or image_url is not coalesce(?5, image_url))",
        )?;
        let mut fill = transaction.prepare_cached(
            "update artists set
                 followers = coalesce(followers, ?2), popularity = coalesce(popularity, ?3), url = coalesce(url, ?4),
                 image_url = coalesce(image_url, ?5), updated_at = ?6
             where id = ?1 and (followers is not coalesce(followers, ?2) or popularity is not coalesce(popularity, ?3)
                 or url is not coalesce(url, ?4) or image_url is not coalesce(image_url, ?5))",
        )?;
        for r in &rows.fills {
            let statement = if r.replaces { &mut replace } else { &mut fill };
            statement.execute(params![r.artist_id, r.followers, r.popularity, r.url, r.image_url, now])?;
        }
    }
    for (source, votes) in &rows.votes {
        dumps::genres(transaction, votes, source)?;
    }
    let mut delete = transaction.prepare_cached("delete from source_related where artist_id = ?1 and source = ?2")?;
    for (artist, source) in &rows.said_owners {
        delete.execute(params![artist, source])?;
    }
    let mut insert = transaction.prepare_cached(
        "insert into source_related (artist_id, source, rank, related_source_id, related_name, score)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for r in &rows.said {
        insert.execute(params![r.artist_id, r.source, r.rank, r.source_id, r.name, r.score.map(decimal)])?;
    }
    Ok(())
}
