//! What may be sent of a wish, given what was counted. Both databases ask here, while they hold the key's row.

use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::text::micros;
use crate::{Reserve, Reserved};

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// What the catalogue says of a key.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// The last block, over or not.
    pub(crate) blocked: Option<(DateTime<Utc>, String)>,
    /// When the next request is due.
    pub(crate) paced_until: Option<DateTime<Utc>>,
    /// Requests of the minutes that count.
    pub(crate) today: u32,
    /// The oldest of these minutes.
    pub(crate) oldest: Option<DateTime<Utc>>,
}

/// What to note of a grant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    /// When the next request is due now.
    pub(crate) paced_until: DateTime<Utc>,
    /// The minute in which the last of the requests is due. It is counted there, so that none is forgotten too early.
    pub(crate) minute: DateTime<Utc>,
}

/// The minutes after this one count: whatever was sent in them, some of it was in the 24 hours before `now`.
pub(crate) fn last_uncounted(now: DateTime<Utc>) -> DateTime<Utc> {
    now - DAY - MINUTE
}

/// The block in force at `now`.
pub(crate) fn in_force(
    blocked: Option<(DateTime<Utc>, String)>,
    now: DateTime<Utc>,
) -> Option<(DateTime<Utc>, String)> {
    blocked.filter(|(until, _)| *until > now)
}

impl Counted {
    /// Grants what may be granted; the booking is absent where that is nothing.
    pub(crate) fn grant(self, wish: &Reserve, now: DateTime<Utc>) -> (Reserved, Option<Booking>) {
        let today = self.today;
        if let Some((until, reason)) = in_force(self.blocked, now) {
            return (Reserved { granted: 0, from: until, today, blocked: Some((until, reason)) }, None);
        }
        let left = wish.per_day.map_or(u32::MAX, |day| day.saturating_sub(today));
        let granted = wish.want.min(left);
        if granted == 0 {
            // Without any counted minute the day allows nothing at all: asking again tomorrow is as good as ever.
            let from = self.oldest.map_or(now + DAY, |oldest| oldest + DAY + MINUTE);
            return (Reserved { granted, from, today, blocked: None }, None);
        }
        let from = self.paced_until.map_or(now, |until| until.max(now - span(wish.tolerance)));
        let last = from + span(wish.spacing.saturating_mul(granted - 1));
        let booking = Booking {
            paced_until: micros(from + span(wish.spacing.saturating_mul(granted))),
            minute: minute(last.max(now)),
        };
        (Reserved { granted, from, today: today.saturating_add(granted), blocked: None }, Some(booking))
    }
}

fn minute(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(MINUTE).unwrap_or(time)
}

/// `duration`, at most a year: no source is that slow, and times stay in range.
fn span(duration: Duration) -> TimeDelta {
    const MOST: TimeDelta = TimeDelta::days(365);
    TimeDelta::from_std(duration).map_or(MOST, |span| span.min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_040 + seconds, 0).unwrap()
    }

    fn wish(want: u32, per_day: Option<u32>) -> Reserve {
        Reserve { want, spacing: Duration::from_secs(10), tolerance: Duration::from_secs(2), per_day }
    }

    #[test]
    fn the_first_request_is_due_at_once_and_the_rest_at_the_pace() {
        let (reserved, booking) = Counted::default().grant(&wish(3, None), at(30));
        assert_eq!(reserved, Reserved { granted: 3, from: at(30), today: 3, blocked: None });
        assert_eq!(booking, Some(Booking { paced_until: at(60), minute: at(0) }));
        let (reserved, booking) =
            Counted { paced_until: Some(at(60)), ..Counted::default() }.grant(&wish(2, None), at(31));
        assert_eq!(reserved.from, at(60));
        assert_eq!(booking, Some(Booking { paced_until: at(80), minute: at(60) }), "due in the next minute");
    }

    #[test]
    fn time_that_went_by_unused_is_caught_up_within_the_tolerance() {
        let since = |seconds| {
            Counted { paced_until: Some(at(seconds)), ..Counted::default() }.grant(&wish(1, None), at(30)).0.from
        };
        assert_eq!((since(29), since(28), since(0)), (at(29), at(28), at(28)));
    }

    #[test]
    fn a_used_up_day_says_when_its_oldest_minute_is_over() {
        let (reserved, booking) =
            Counted { today: 10, oldest: Some(at(0)), ..Counted::default() }.grant(&wish(1, Some(10)), at(100));
        assert_eq!(reserved, Reserved { granted: 0, from: at(86_460), today: 10, blocked: None });
        assert_eq!(booking, None);
        assert!(at(0) > last_uncounted(at(86_459)) && at(0) <= last_uncounted(at(86_460)));
    }
}
