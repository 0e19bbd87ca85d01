//! What several sources say of an artist besides each other.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::dumps;
use super::write::{column, with_arrays};
use crate::Result;
use crate::rows::{FillRow, Rows};

pub(super) async fn write(connection: &mut PgConnection, rows: &Rows<'_>, now: DateTime<Utc>) -> Result<()> {
    // A value that another source keeps up to date comes before one that only fills: two statements, one row an artist each.
    for replaces in [true, false] {
        let some: Vec<&FillRow<'_>> = rows.fills.iter().filter(|fill| fill.replaces == replaces).collect();
        if !some.is_empty() {
            fill(connection, &some, replaces, now).await?;
        }
    }
    for (source, votes) in &rows.votes {
        dumps::genres(connection, votes, source).await?;
    }
    if rows.said_owners.is_empty() {
        return Ok(());
    }
    with_arrays!(
        planned connection,
        "delete from source_related t using unnest($1::text[], $2::text[]) as o(artist_id, source)
         where t.artist_id = o.artist_id and t.source = o.source",
        column(&rows.said_owners, |(artist, _)| artist.as_ref()),
        column(&rows.said_owners, |(_, source)| *source),
    )?;
    let said = &rows.said;
    with_arrays!(
        connection,
        "insert into source_related (artist_id, source, rank, related_source_id, related_name, score)
         select s.* from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::real[])
             as s(artist_id, source, rank, related_source_id, related_name, score)
         order by s.artist_id, s.source, s.rank",
        column(said, |r| r.artist_id.as_ref()),
        column(said, |r| r.source),
        column(said, |r| r.rank),
        column(said, |r| r.source_id.as_deref()),
        column(said, |r| r.name.as_deref()),
        column(said, |r| r.score),
    )?;
    Ok(())
}

async fn fill(connection: &mut PgConnection, rows: &[&FillRow<'_>], replaces: bool, now: DateTime<Utc>) -> Result<()> {
    let sql = if replaces {
        "update artists t set
             followers = coalesce(s.followers, t.followers), popularity = coalesce(s.popularity, t.popularity),
             url = coalesce(s.url, t.url), image_url = coalesce(s.image_url, t.image_url), updated_at = $1
         from unnest($2::text[], $3::bigint[], $4::int[], $5::text[], $6::text[])
             as s(id, followers, popularity, url, image_url)
         where t.id = s.id and (t.followers, t.popularity, t.url, t.image_url) is distinct from
             (coalesce(s.followers, t.followers), coalesce(s.popularity, t.popularity), coalesce(s.url, t.url),
              coalesce(s.image_url, t.image_url))"
    } else {
        "update artists t set
             followers = coalesce(t.followers, s.followers), popularity = coalesce(t.popularity, s.popularity),
             url = coalesce(t.url, s.url), image_url = coalesce(t.image_url, s.image_url), updated_at = $1
         from unnest($2::text[], $3::bigint[], $4::int[], $5::text[], $6::text[])
             as s(id, followers, popularity, url, image_url)
         where t.id = s.id and (t.followers, t.popularity, t.url, t.image_url) is distinct from
             (coalesce(t.followers, s.followers), coalesce(t.popularity, s.popularity), coalesce(t.url, s.url),
              coalesce(t.image_url, s.image_url))"
    };
    sqlx::query(sql)
        .bind(now)
        .bind(column(rows, |r| r.artist_id.as_ref()))
        .bind(column(rows, |r| r.followers))
        .bind(column(rows, |r| r.popularity))
        .bind(column(rows, |r| r.url.as_deref()))
        .bind(column(rows, |r| r.image_url.as_deref()))
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}
