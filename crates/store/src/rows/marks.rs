//! Rows of `facets` and `ingest_names`: what was asked, and what became of names.

use chrono::{DateTime, Utc};
use sixpotify_core::fold;

use super::unify;
use crate::text::{Text, clean, clean_option, json_text, micros};
use crate::{FacetMark, NameRecord, NameState};

/// A row of `facets`.
#[derive(Debug)]
pub(crate) struct FacetRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) facet: &'static str,
    pub(crate) source: &'static str,
    pub(crate) market: Text<'a>,
    pub(crate) state: &'static str,
    pub(crate) how: Option<Text<'a>>,
    pub(crate) retry_at: Option<DateTime<Utc>>,
    pub(crate) attempts: i64,
    pub(crate) error: Option<Text<'a>>,
}

/// A row of `ingest_names`.
#[derive(Debug)]
pub(crate) struct NameRow<'a> {
    pub(crate) list: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) name_key: String,
    pub(crate) state: &'static str,
    pub(crate) artist_id: Option<Text<'a>>,
    pub(crate) how: Option<Text<'a>>,
    pub(crate) candidates: Option<String>,
    pub(crate) attempts: i64,
    pub(crate) retry_at: Option<DateTime<Utc>>,
}

pub(super) fn facets(marks: &[FacetMark]) -> Vec<FacetRow<'_>> {
    let mut rows: Vec<FacetRow<'_>> = marks
        .iter()
        .map(|m| FacetRow {
            artist_id: clean(m.artist_id.as_str()),
            facet: m.facet.as_str(),
            source: m.source.as_str(),
            market: clean(&m.market),
            state: m.state.as_str(),
            how: clean_option(m.how.as_ref()),
            retry_at: m.retry_at.map(micros),
            attempts: i64::from(m.attempts),
            error: clean_option(m.error.as_ref()),
        })
        .collect();
    unify(
        &mut rows,
        |a, b| (&a.artist_id, a.facet, a.source, &a.market).cmp(&(&b.artist_id, b.facet, b.source, &b.market)),
        |kept, later| *kept = later,
    );
    rows
}

pub(super) fn names(records: &[NameRecord]) -> Vec<NameRow<'_>> {
    let mut rows: Vec<NameRow<'_>> = records
        .iter()
        .map(|r| {
            let name = clean(&r.name);
            NameRow {
                list: clean(&r.list),
                name_key: fold(&name),
                name,
                state: r.state.as_str(),
                artist_id: r.artist_id.as_ref().map(|id| clean(id.as_str())),
                how: clean_option(r.how.as_ref()),
                candidates: r.candidates.as_ref().map(json_text),
                attempts: i64::from(r.attempts),
                retry_at: r.retry_at.map(micros),
            }
        })
        .collect();
    unify(
        &mut rows,
        |a, b| (&a.list, &a.name).cmp(&(&b.list, &b.name)),
        |kept, later| {
            // A pending name leaves one that is known as it is: here as in the table.
            if later.state != NameState::Pending.as_str() {
                *kept = later;
            }
        },
    );
    rows
}
