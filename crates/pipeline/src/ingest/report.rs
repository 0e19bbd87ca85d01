//! What a run did: for people, for `runs`, for `--json`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sixpotify_core::{Facet, Source};
use sixpotify_store::NameState;

use super::open::SourceReport;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every name has a final state.
    Done,
    /// The source wants no request before this time.
    Paused {
        /// When to run again.
        until: DateTime<Utc>,
        /// What the source said.
        reason: String,
    },
    /// The user stopped it.
    Stopped,
    /// It ended on an error.
    Broken,
}

/// How one facet went: numbers of artists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Known before, and fresh.
    pub fresh: u64,
    /// Fetched in this run (an empty list counts: asked, and there is none).
    pub fetched: u64,
    /// Not given to this key.
    pub withheld: u64,
    /// Failed after all retries.
    pub failed: u64,
}

/// A name that needs a person, or a later run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// The name as given.
    pub name: String,
    /// Why it failed, or how it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// JSON array of candidates, best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Value>,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// Names asked for.
    pub names: usize,
    /// Names found, in this run or before.
    pub found: usize,
    /// How those of this run were decided.
    pub how: BTreeMap<String, usize>,
    /// Names that could be several artists: found in this run, or still so since an earlier one.
    pub ambiguous: usize,
    /// Names that the source does not know.
    pub not_found: usize,
    /// Names that failed.
    pub failed: usize,
    /// Names that were not reached.
    pub left: usize,
    /// The ambiguous ones of this run.
    pub ambiguous_names: Vec<Listed>,
    /// The unknown ones of this run.
    pub not_found_names: Vec<Listed>,
    /// The failed ones.
    pub failed_names: Vec<Listed>,
    /// Names decided by the source's own order among equals: worth a look.
    pub source_ranked_names: Vec<Listed>,
    /// Facet by facet.
    pub facets: BTreeMap<Facet, Coverage>,
    /// Reasons for failed facets, with how often.
    pub facet_errors: BTreeMap<String, u64>,
    /// Endpoints that the source withholds from this key.
    pub withheld: Vec<String>,
    /// Whether the key turned out to be in development mode.
    pub development_mode: bool,
    /// The open sources, each for itself.
    pub sources: BTreeMap<Source, SourceReport>,
    /// Requests sent, retries included.
    pub requests: u64,
    /// Questions that Spotify answered.
    #[serde(skip)]
    pub(super) answered: u64,
    /// Requests sent again after a fault.
    pub retries: u64,
    /// Answers that said "too many requests".
    pub limited: u64,
    /// Seconds that the run took.
    pub seconds: f64,
}

impl Report {
    pub(super) fn new(names: usize) -> Self {
        Self {
            outcome: Outcome::Done,
            names,
            found: 0,
            how: BTreeMap::new(),
            ambiguous: 0,
            not_found: 0,
            failed: 0,
            left: 0,
            ambiguous_names: Vec::new(),
            not_found_names: Vec::new(),
            failed_names: Vec::new(),
            source_ranked_names: Vec::new(),
            facets: BTreeMap::new(),
            facet_errors: BTreeMap::new(),
            withheld: Vec::new(),
            development_mode: false,
            sources: BTreeMap::new(),
            requests: 0,
            answered: 0,
            retries: 0,
            limited: 0,
            seconds: 0.0,
        }
    }

    /// Adds what the open sources brought for the same names. They go through all names last, so that how each was settled is
    /// theirs to say, unless they were stopped on the way.
    pub(super) fn add_open(&mut self, open: Self) {
        if open.done() >= self.done() {
            (self.found, self.ambiguous, self.not_found) = (open.found, open.ambiguous, open.not_found);
            (self.failed, self.left) = (open.failed, open.left);
            self.failed_names = open.failed_names;
        }
        for (how, n) in open.how {
            *self.how.entry(how).or_default() += n;
        }
        self.ambiguous_names.extend(open.ambiguous_names);
        self.not_found_names.extend(open.not_found_names);
        self.source_ranked_names.extend(open.source_ranked_names);
        self.add_facets(open.facets, open.facet_errors);
        self.sources.extend(open.sources);
        self.requests += open.requests;
        self.retries += open.retries;
        self.limited += open.limited;
        self.seconds = self.seconds.max(open.seconds);
        if open.outcome == Outcome::Stopped {
            self.outcome = Outcome::Stopped;
        }
    }

    /// Adds what Spotify was asked for last of all, about names that are settled.
    pub(super) fn add_filled(&mut self, mut filled: Self) {
        // It was asked for nothing else; the profile is fresh.
        filled.facets.remove(&Facet::Profile);
        self.add_facets(filled.facets, filled.facet_errors);
        let all = self.sources.entry(Source::Spotify).or_default();
        if let Some(more) = filled.sources.remove(&Source::Spotify) {
            // Its client counts on: these are the requests of both.
            self.requests += more.requests.saturating_sub(all.requests);
            self.retries += more.retries.saturating_sub(all.retries);
            self.limited += more.limited.saturating_sub(all.limited);
            let answered = all.answered + more.answered;
            *all = SourceReport { answered, ..more };
        }
        self.seconds += filled.seconds;
        if filled.outcome == Outcome::Stopped {
            self.outcome = Outcome::Stopped;
        }
    }

    fn add_facets(&mut self, facets: BTreeMap<Facet, Coverage>, errors: BTreeMap<String, u64>) {
        for (facet, coverage) in facets {
            let of = self.facet(facet);
            of.fetched += coverage.fetched;
            of.fresh += coverage.fresh;
            of.withheld += coverage.withheld;
            of.failed += coverage.failed;
        }
        for (error, n) in errors {
            *self.facet_errors.entry(error).or_default() += n;
        }
    }

    /// Names with a final state.
    pub fn done(&self) -> usize {
        self.found + self.ambiguous + self.not_found + self.failed
    }

    /// Whether something failed for good in this run, a name or a facet.
    pub fn has_failures(&self) -> bool {
        self.failed > 0 || self.facets.values().any(|c| c.failed > 0)
    }

    pub(super) fn count(&mut self, state: NameState) {
        match state {
            NameState::Found => self.found += 1,
            NameState::Ambiguous => self.ambiguous += 1,
            NameState::NotFound => self.not_found += 1,
            NameState::Failed => self.failed += 1,
            NameState::Pending => {}
        }
    }

    pub(super) fn facet(&mut self, facet: Facet) -> &mut Coverage {
        self.facets.entry(facet).or_default()
    }
}
