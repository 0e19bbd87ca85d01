//! When a fact is old enough to be asked for again.

use chrono::{DateTime, Duration, Utc};
use sixpotify_core::{Facet, FacetState};
use sixpotify_store::FacetRecord;

/// How long what was fetched stays good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Followers and popularity move daily, names hardly ever.
    pub profile: Duration,
    /// Genres change rarely, and so do other names, ids elsewhere and who is related.
    pub genres: Duration,
    /// New releases come out every Friday.
    pub albums: Duration,
    /// So do new favourites.
    pub top_tracks: Duration,
    /// How long a name that no source knows is not asked for again.
    pub not_found: Duration,
    /// How long a facet that a source withholds is not asked for again.
    pub withheld: Duration,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            profile: Duration::days(7),
            genres: Duration::days(30),
            albums: Duration::days(7),
            top_tracks: Duration::days(7),
            not_found: Duration::days(7),
            withheld: Duration::days(1),
        }
    }
}

impl Freshness {
    /// The same with every facet stale at `age`: `--older-than`.
    pub fn older_than(age: Duration) -> Self {
        Self { profile: age, genres: age, albums: age, top_tracks: age, ..Self::default() }
    }

    /// Whether a facet with this `record` (`None`: never asked) is to be asked for at `now`. What failed always is: the
    /// user who runs again wants it tried again.
    pub fn is_due(&self, facet: Facet, record: Option<&FacetRecord>, now: DateTime<Utc>) -> bool {
        let Some(record) = record else { return true };
        match record.state {
            FacetState::Ok => self.age(facet).is_some_and(|age| now - record.fetched_at >= age),
            FacetState::Withheld => record.retry_at.is_none_or(|at| at <= now),
            FacetState::Failed => true,
        }
    }

    /// The age at which a facet is stale; `None`: never (the sound of a recording does not change).
    pub fn age(&self, facet: Facet) -> Option<Duration> {
        match facet {
            Facet::Profile => Some(self.profile),
            Facet::Genres => Some(self.genres),
            Facet::Albums => Some(self.albums),
            Facet::TopTracks => Some(self.top_tracks),
            Facet::AudioFeatures => None,
            Facet::Aliases | Facet::Links | Facet::Related => Some(self.genres),
        }
    }
}
