//! What waits to be asked for: artists with stale facets, and what failed.

use rusqlite::{Connection, Rows, params};
use sixpotify_core::ArtistId;

use super::value::{artist_id, optional_time, optional_word, time_text};
use crate::due::{Asked, MANY};
use crate::text::clean;
use crate::{DueArtist, DueArtists, Failure, Result};

/// Rows of one facet that are due by their state, in the order of time and id, behind `(?4, ?5)`; `?6` is what they are due by.
macro_rules! stream {
    ($index:literal, $due:literal) => {
        concat!(
            "select fetched_at, artist_id from facets indexed by ",
            $index,
            " where source = ?1 and facet = ?2 and market = ?3 and (fetched_at, artist_id) > (?4, ?5) and ",
            $due,
            " order by fetched_at, artist_id"
        )
    };
}

/// What there is of one artist, against what is asked.
struct Check<'a> {
    source: &'static str,
    asked: &'a [Asked<'a>],
    cutoffs: Vec<Option<String>>,
    now: String,
}

/// How an artist stands.
enum Standing {
    NeverAsked,
    /// With the earliest time among the due facets.
    Due(Option<String>),
}

impl Check<'_> {
    fn standing(&self, connection: &Connection, artist: &str) -> rusqlite::Result<Standing> {
        let mut statement = connection.prepare_cached(
            "select facet, market, state, fetched_at, retry_at from facets where artist_id = ?1 and source = ?2",
        )?;
        let mut rows = statement.query(params![artist, self.source])?;
        let (mut known, mut earliest) = (0, None::<String>);
        while let Some(row) = rows.next()? {
            let (facet, market) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
            let Some(at) = self.asked.iter().position(|a| a.facet == facet && a.market == market) else { continue };
            known += 1;
            let fetched_at = row.get_ref(3)?.as_str()?;
            let due = match row.get_ref(2)?.as_str()? {
                "ok" => self.cutoffs[at].as_deref().is_some_and(|cutoff| fetched_at < cutoff),
                _ => row.get_ref(4)?.as_str_or_null()?.is_none_or(|retry_at| retry_at <= self.now.as_str()),
            };
            if due && earliest.as_deref().is_none_or(|e| fetched_at < e) {
                earliest = Some(fetched_at.to_owned());
            }
        }
        Ok(if known < self.asked.len() { Standing::NeverAsked } else { Standing::Due(earliest) })
    }
}

pub(super) fn due_artists(
    connection: &Connection,
    due: &DueArtists,
    after: Option<&DueArtist>,
    limit: usize,
) -> Result<Vec<DueArtist>> {
    let asked = due.asked();
    if asked.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let check = Check {
        source: due.source.as_str(),
        cutoffs: asked.iter().map(|a| a.cutoff.map(time_text)).collect(),
        asked: &asked,
        now: time_text(due.now),
    };
    let mut found = Vec::new();
    let position = match after {
        Some(DueArtist { since: Some(since), id }) => (time_text(*since), clean(id.as_str()).into_owned()),
        unasked => {
            let after = unasked.map_or_else(Default::default, |last| clean(last.id.as_str()));
            never_asked(connection, &check, &after, limit, &mut found)?;
            Default::default()
        }
    };
    if found.len() < limit {
        stale(connection, &check, position, limit, &mut found)?;
    }
    Ok(found)
}

/// Artists with an id at the source that lack a row of one of the facets, by id. The others cannot be asked for there, and
/// those that only a dump brought were never wished for.
fn never_asked(
    connection: &Connection,
    check: &Check<'_>,
    after: &str,
    limit: usize,
    found: &mut Vec<DueArtist>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "select id from artists
         where id > ?1 and (case when ?2 = 'spotify' then instr(id, ':') = 0 else instr(id, ?2 || ':') = 1 end
             or exists (select 1 from artist_link l where l.artist_id = artists.id and l.source = ?2)
                and exists (select 1 from facets f where f.artist_id = artists.id and f.how is not 'dump'))
         order by id",
    )?;
    let mut rows = statement.query(params![after, check.source])?;
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        if let Standing::NeverAsked = check.standing(connection, row.get_ref(0)?.as_str()?)? {
            found.push(DueArtist { since: None, id: artist_id(row, 0)? });
        }
    }
    Ok(())
}

/// Artists all of whose facets were asked for, by the earliest of those that are due.
///
/// Each facet's rows come in the order of an index (or there are few), and the earliest of them all is taken at each step; where it is not
/// the earliest of its artist's due ones, the artist stands elsewhere in the order and is passed over.
fn stale(
    connection: &Connection,
    check: &Check<'_>,
    (since, id): (String, String),
    limit: usize,
    found: &mut Vec<DueArtist>,
) -> rusqlite::Result<()> {
    let mut statements = Vec::with_capacity(2 * check.asked.len());
    for (asked, cutoff) in check.asked.iter().zip(&check.cutoffs) {
        if cutoff.is_some() {
            let sql = stream!("facets_fetched", "state = 'ok' and fetched_at < ?6");
            statements.push((connection.prepare_cached(sql)?, asked, cutoff.as_deref()));
        }
        let waiting: i64 = connection
            .prepare_cached(
                "select count(*) from (
                     select 1 from facets indexed by facets_retry
                     where source = ?1 and facet = ?2 and market = ?3 and state <> 'ok' and coalesce(retry_at, '') <= ?4
                     limit ?5
                 )",
            )?
            .query_row(params![check.source, asked.facet, asked.market, check.now, MANY], |row| row.get(0))?;
        let sql = if waiting < MANY {
            stream!("facets_retry", "state <> 'ok' and coalesce(retry_at, '') <= ?6")
        } else {
            stream!("facets_waiting", "state <> 'ok' and (retry_at is null or retry_at <= ?6)")
        };
        statements.push((connection.prepare_cached(sql)?, asked, Some(check.now.as_str())));
    }
    let mut streams: Vec<(Rows<'_>, Option<(String, String)>)> = Vec::with_capacity(statements.len());
    for (statement, asked, before) in &mut statements {
        let mut rows = statement.query(params![check.source, asked.facet, asked.market, since, id, &*before])?;
        let head = head(&mut rows)?;
        streams.push((rows, head));
    }
    let mut last = None;
    while found.len() < limit {
        let Some((rows, next)) =
            streams.iter_mut().filter(|(_, head)| head.is_some()).min_by(|(_, a), (_, b)| a.cmp(b))
        else {
            return Ok(());
        };
        let candidate = std::mem::replace(next, head(rows)?);
        if candidate == last {
            continue;
        }
        if let Some((since, id)) = &candidate
            && let Standing::Due(Some(earliest)) = check.standing(connection, id)?
            && earliest == *since
        {
            let since = since.parse().map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
            })?;
            found.push(DueArtist { since: Some(since), id: ArtistId::from_stored(id.as_str()) });
        }
        last = candidate;
    }
    Ok(())
}

/// The next row of a stream.
fn head(rows: &mut Rows<'_>) -> rusqlite::Result<Option<(String, String)>> {
    rows.next()?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

pub(super) fn failures(connection: &Connection, limit: usize) -> Result<Vec<Failure>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "select name, list, artist_id, facet, attempts, retry_at, error
         from (
             select * from (
                 select name, list, null as artist_id, null as facet, attempts, retry_at, how as error
                 from ingest_names where state = 'failed' order by retry_at, list, name limit ?1
             )
             union all
             select * from (
                 select a.name, null, f.artist_id, f.facet, f.attempts, f.retry_at, f.error
                 from facets f cross join artists a on a.id = f.artist_id where f.state = 'failed'
                 order by f.retry_at, f.artist_id, f.facet, f.source, f.market limit ?1
             )
         )
         order by retry_at, list nulls last, artist_id, facet, name limit ?1",
    )?;
    let rows = statement.query_map(params![limit], |row| {
        Ok(Failure {
            name: row.get(0)?,
            list: row.get(1)?,
            artist_id: row.get::<_, Option<String>>(2)?.map(ArtistId::from_stored),
            facet: optional_word(row, 3)?,
            attempts: row.get(4)?,
            retry_at: optional_time(row, 5)?,
            error: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
