//! What waits to be asked for: artists with stale facets, and what failed.

use chrono::{DateTime, Utc};
use sixpotify_core::ArtistId;
use sqlx::Row;

use super::pool::Pool;
use super::read::{all, rows_limit};
use super::value::{artist_id, number, optional_word};
use super::write::column;
use crate::due::{Asked, MANY};
use crate::text::{clean, micros};
use crate::{DueArtist, DueArtists, Failure, Result};

/// Candidates that are read at once, at most.
const MOST_CANDIDATES: usize = 50_000;

pub(super) async fn due_artists(
    pool: &Pool,
    due: &DueArtists,
    after: Option<&DueArtist>,
    limit: usize,
) -> Result<Vec<DueArtist>> {
    let asked = due.asked();
    if asked.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let since = match after {
        None => None,
        Some(DueArtist { since: None, id }) => Some(id),
        Some(last) => {
            found = stale(pool, due, &asked, Some(last), limit).await?;
            return Ok(found);
        }
    };
    found.extend(never_asked(pool, due, &asked, since, limit).await?);
    if found.len() < limit {
        found.extend(stale(pool, due, &asked, None, limit - found.len()).await?);
    }
    Ok(found)
}

/// Artists with an id at the source that lack a row of one of the facets, by id. The others cannot be asked for there, and
/// those that only a dump brought were never wished for.
async fn never_asked(
    pool: &Pool,
    due: &DueArtists,
    asked: &[Asked<'_>],
    after: Option<&ArtistId>,
    limit: usize,
) -> Result<Vec<DueArtist>> {
    let rows = sqlx::query(
        "select a.id from artists a
         where a.id > $1
           and (case when $2 = 'spotify' then strpos(a.id, ':') = 0 else starts_with(a.id, $2 || ':') end
                or exists (select from artist_link l where l.artist_id = a.id and l.source = $2)
                   and exists (select from facets f where f.artist_id = a.id and f.how is distinct from 'dump'))
           and (select count(*) from facets o
                where o.artist_id = a.id and o.source = $2 and o.facet || ' ' || o.market = any($3::text[]))
               < cardinality($3)
         order by a.id limit $4",
    )
    .bind(after.map_or_else(Default::default, |id| clean(id.as_str())))
    .bind(due.source.as_str())
    .bind(column(asked, |a| format!("{} {}", a.facet, a.market)))
    .bind(rows_limit(limit))
    .fetch_all(pool)
    .await?;
    all(&rows, |row| Ok(DueArtist { since: None, id: artist_id(row, 0)? }))
}

/// Artists all of whose facets were asked for, by the earliest of those that are due.
///
/// Each facet's rows come in the order of an index (or there are few), and only as many of them as may be needed; where an artist's row is
/// not the earliest of its due ones, the artist stands elsewhere in the order and is passed over.
async fn stale(
    pool: &Pool,
    due: &DueArtists,
    asked: &[Asked<'_>],
    after: Option<&DueArtist>,
    limit: usize,
) -> Result<Vec<DueArtist>> {
    let mut found = Vec::new();
    let mut after = after.map(|last| (last.since.map(micros), clean(last.id.as_str()).into_owned()));
    let mut candidates = limit.min(MOST_CANDIDATES);
    loop {
        let (since, id) = after.unwrap_or_default();
        let rows = sqlx::query(
            "with asked as materialized (
                 select f.*, $9 <= (select count(*) from (
                     select from facets t
                     where t.source = $4 and t.facet = f.facet and t.market = f.market
                       and t.state <> 'ok' and coalesce(t.retry_at, '-infinity'::timestamptz) <= $5
                     limit $9
                 ) waiting) as many
                 from unnest($1::text[], $2::text[], $3::timestamptz[]) as f(facet, market, cutoff)
             )
             select c.since, c.artist_id, not exists (
                 select from asked g left join facets o
                   on o.artist_id = c.artist_id and o.facet = g.facet and o.source = $4 and o.market = g.market
                 where o.artist_id is null
                    or o.fetched_at < c.since
                       and case o.state when 'ok' then o.fetched_at < g.cutoff
                           else coalesce(o.retry_at <= $5, true) end
             )
             from (
                 select distinct x.since, x.artist_id
                 from asked f cross join lateral (
                     (select t.fetched_at as since, t.artist_id from facets t
                      where t.source = $4 and t.facet = f.facet and t.market = f.market
                        and t.state = 'ok' and t.fetched_at < f.cutoff
                        and (t.fetched_at, t.artist_id) > (coalesce($6, '-infinity'::timestamptz), $7)
                      order by t.fetched_at, t.artist_id limit $8)
                     union all
                     (select t.fetched_at, t.artist_id from facets t
                      where f.many and t.source = $4 and t.facet = f.facet and t.market = f.market
                        and t.state <> 'ok' and coalesce(t.retry_at <= $5, true)
                        and (t.fetched_at, t.artist_id) > (coalesce($6, '-infinity'::timestamptz), $7)
                      order by t.fetched_at, t.artist_id limit $8)
                     union all
                     -- offset 0 keeps the order out, and with it the index of the branch above.
                     (select t.fetched_at, t.artist_id from (
                          select t.fetched_at, t.artist_id from facets t
                          where not f.many and t.source = $4 and t.facet = f.facet and t.market = f.market
                            and t.state <> 'ok' and coalesce(t.retry_at, '-infinity'::timestamptz) <= $5
                          offset 0
                      ) t
                      where (t.fetched_at, t.artist_id) > (coalesce($6, '-infinity'::timestamptz), $7)
                      order by t.fetched_at, t.artist_id limit $8)
                 ) x
                 order by 1, 2 limit $8
             ) c
             order by 1, 2",
        )
        .bind(column(asked, |a| a.facet))
        .bind(column(asked, |a| a.market.as_ref()))
        .bind(column(asked, |a| a.cutoff))
        .bind(due.source.as_str())
        .bind(micros(due.now))
        .bind(since)
        .bind(id)
        .bind(rows_limit(candidates))
        .bind(MANY)
        .fetch_all(pool)
        .await?;
        let rows = all(&rows, |row| Ok((row.try_get::<DateTime<Utc>, _>(0)?, artist_id(row, 1)?, row.try_get(2)?)))?;
        after = rows.last().map(|(since, id, _)| (Some(*since), id.as_str().to_owned()));
        let exhausted = rows.len() < candidates;
        let earliest = rows.into_iter().filter(|(.., earliest)| *earliest);
        found.extend(earliest.take(limit - found.len()).map(|(since, id, _)| DueArtist { since: Some(since), id }));
        if exhausted || found.len() == limit {
            return Ok(found);
        }
        // Few of them counted: a catalogue in which much was never asked for. Look further with every step.
        candidates = candidates.saturating_mul(2).min(MOST_CANDIDATES);
    }
}

pub(super) async fn failures(pool: &Pool, limit: usize) -> Result<Vec<Failure>> {
    let rows = sqlx::query(
        "select name, list, artist_id, facet, attempts, retry_at, error
         from (
             (select name, list, null::text as artist_id, null::text as facet, attempts, retry_at, how as error
              from ingest_names where state = 'failed'
              order by retry_at nulls first, list, name limit $1)
             union all
             (select a.name, null, f.artist_id, f.facet, f.attempts, f.retry_at, f.error
              from facets f join artists a on a.id = f.artist_id where f.state = 'failed'
              order by f.retry_at nulls first, f.artist_id, f.facet, f.source, f.market limit $1)
         ) failed
         order by retry_at nulls first, list, artist_id, facet, name limit $1",
    )
    .bind(rows_limit(limit))
    .fetch_all(pool)
    .await?;
    all(&rows, |row| {
        Ok(Failure {
            name: row.try_get(0)?,
            list: row.try_get(1)?,
            artist_id: row.try_get::<Option<String>, _>(2)?.map(ArtistId::from_stored),
            facet: optional_word(row, 3)?,
            attempts: number::<i64, _>(row, 4)?,
            retry_at: row.try_get(5)?,
            error: row.try_get(6)?,
        })
    })
}
