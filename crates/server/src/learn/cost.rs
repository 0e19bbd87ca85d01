//! What a look-up costs: the part that it takes of what a source allows a day. Sources allow very different numbers of requests,
//! so that requests to several of them cannot be added; parts of a day can be compared.

use sixpotify_sources::http::Stats;

use super::LookUp;

/// What a source allows in a day, in the parts in which look-ups are counted.
pub(super) const DAY: u32 = 1_000_000;

/// Seconds of a day.
const SECONDS: f64 = 86_400.0;

/// Requests so far: to Spotify, then to each of the open sources.
pub(super) struct Counts(Vec<u64>);

impl LookUp {
    /// Requests so far.
    pub(super) fn counts(&self) -> Counts {
        let requests = |stats: Stats| stats.requests;
        let spotify = self.spotify.iter().map(|spotify| requests(spotify.stats()));
        let open = self.open.iter().flat_map(|open| open.sources.clients());
        Counts(spotify.chain(open.map(|client| requests(client.stats()))).collect())
    }

    /// Parts of a day that the requests since `before` took of the source of which they took most. Look-ups that run beside each
    /// other are counted more than once, which errs on the safe side.
    pub(super) fn cost_since(&self, before: &Counts) -> u32 {
        // Only now is it known in which mode a key is.
        let spotify = self.spotify.iter().map(|spotify| spotify.per_day().map(f64::from));
        let open =
            self.open.iter().flat_map(|open| open.sources.clients().into_iter().map(|c| open.per_day(c.source())));
        let now = self.counts().0.into_iter().zip(&before.0).map(|(now, before)| now.saturating_sub(*before));
        spotify.chain(open).zip(now).map(|(per_day, requests)| part(requests, per_day)).max().unwrap_or(0)
    }
}

impl super::OpenLookUp {
    /// Requests that a source allows a day, at its pace; `None`: any number.
    fn per_day(&self, source: sixpotify_core::Source) -> Option<f64> {
        let (_, seconds) = self.paces.iter().find(|(paced, _)| *paced == source)?;
        (*seconds > 0.0).then(|| SECONDS / seconds)
    }
}

/// The part of a day that `requests` take of a source that allows `per_day`.
fn part(requests: u64, per_day: Option<f64>) -> u32 {
    let Some(per_day) = per_day else { return 0 };
    #[expect(clippy::cast_precision_loss, reason = "nobody sends 2^52 requests for a name")]
    let part = (requests as f64 / per_day * f64::from(DAY)).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the bounds, and never negative"
    )]
    let part = part.min(f64::from(u32::MAX)) as u32;
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_a_days_requests_is_a_fifth_of_a_day() {
        assert_eq!(part(100, Some(500.0)), DAY / 5, "a key in development mode");
        assert_eq!(part(0, Some(500.0)), 0);
        assert_eq!(part(1, Some(78_545.0)), 13, "rounded up: what was asked is never free");
        assert_eq!(part(1_000, None), 0, "of a source that sets no bound");
        assert_eq!(part(u64::MAX, Some(1.0)), u32::MAX);
    }
}
