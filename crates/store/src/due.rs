//! Which facets make an artist due, as both databases ask for them.

use chrono::{DateTime, Utc};
use sixpotify_core::Facet;

use crate::DueArtists;
use crate::text::{Text, clean, micros};

/// From how many due facets on, of those that wait, the index in their order is the better one.
pub(crate) const MANY: i64 = 2_000;

/// A facet that is asked about.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) facet: &'static str,
    /// Empty where the facet has none.
    pub(crate) market: Text<'a>,
    /// What was fetched before this is stale; `None`: nothing is.
    pub(crate) cutoff: Option<DateTime<Utc>>,
}

impl DueArtists {
    /// The facets, each once; of two that are the same, the later one counts.
    pub(crate) fn asked(&self) -> Vec<Asked<'_>> {
        let mut asked: Vec<Asked<'_>> = Vec::with_capacity(self.facets.len());
        for (facet, cutoff) in &self.facets {
            asked.retain(|a| a.facet != facet.as_str());
            asked.push(Asked {
                facet: facet.as_str(),
                market: if *facet == Facet::TopTracks { clean(&self.market) } else { Text::Borrowed("") },
                cutoff: cutoff.map(micros),
            });
        }
        asked
    }
}
