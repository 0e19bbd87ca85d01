//! Answers that are asked for again and again, kept whole for a short while: another request for the same address, by somebody who
//! reads the same encodings, gets the same bytes without a look at the catalogue.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response};
use chrono::{DateTime, TimeDelta, Utc};

use crate::metrics::Figures;

/// How long an answer is given again.
const FRESH: TimeDelta = TimeDelta::seconds(30);

/// Bytes of answers that are kept at most.
const MOST: usize = 16 << 20;

/// What an answer takes besides its body and its address: its headers, and its place.
const BESIDES: usize = 1 << 10;

/// Answers to one address that are kept at most, one for each list of encodings that somebody reads.
const MOST_ENCODINGS: usize = 4;

/// A mark on an answer that may be given again: it depends on nothing but the address and the encoding, and may be as old as
/// [`FRESH`]. What passes it on says where it is counted.
#[derive(Clone, Default)]
pub(crate) struct Again(pub(crate) Option<Arc<Figures>>);

/// What a request must share with another one to get its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Path and query, letter for letter.
    address: String,
    encodings: Option<HeaderValue>,
}

impl Key {
    /// That of a request; `None` where nothing is given again.
    pub(crate) fn of<B>(request: &Request<B>) -> Option<Self> {
        let (address, encodings) = asked(request)?;
        Some(Self { address: address.to_owned(), encodings: encodings.cloned() })
    }
}

/// An answer with status 200.
pub(crate) struct Answer {
    /// All that it has.
    pub(crate) headers: HeaderMap,
    /// As it is sent.
    pub(crate) body: Bytes,
    /// Where it is counted whenever it is given.
    pub(crate) figures: Arc<Figures>,
}

impl Answer {
    /// It, to be sent.
    pub(crate) fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

/// Answers with when they are stale.
#[derive(Default)]
pub(crate) struct Answers(RwLock<Kept>);

#[derive(Default)]
struct Kept {
    bytes: usize,
    all: HashMap<String, Vec<Entry>>,
    /// How often all was forgotten.
    age: u64,
}

struct Entry {
    encodings: Option<HeaderValue>,
    answer: Arc<Answer>,
    stale_at: DateTime<Utc>,
}

impl Answers {
    /// The answer to the request, if it is there and fresh.
    pub(crate) fn get<B>(&self, request: &Request<B>, now: DateTime<Utc>) -> Option<Arc<Answer>> {
        let (address, encodings) = asked(request)?;
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.all.get(address)?.iter().find(|entry| entry.encodings.as_ref() == encodings)?;
        // A clock that was put back makes nothing fresh for longer.
        (entry.stale_at > now && entry.stale_at <= now + FRESH).then(|| entry.answer.clone())
    }

    /// How often all was forgotten: what is read after this is as new as that.
    pub(crate) fn age(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).age
    }

    /// Keeps an answer that was begun at that [`Self::age`]; one that is older than what was forgotten meanwhile is not kept. Where
    /// there is no room, all others go: the ones that are asked for come back.
    pub(crate) fn put(&self, key: Key, answer: Arc<Answer>, age: u64, now: DateTime<Utc>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.age != age {
            return;
        }
        let size = size(&key.address, &answer);
        if kept.bytes + size > MOST {
            *kept = Kept { age, ..Kept::default() };
        }
        let Kept { bytes, all, .. } = &mut *kept;
        let entries = all.entry(key.address.clone()).or_default();
        if let Some(at) = entries.iter().position(|entry| entry.encodings == key.encodings) {
            *bytes -= self::size(&key.address, &entries.swap_remove(at).answer);
        } else if entries.len() == MOST_ENCODINGS {
            return;
        }
        *bytes += size;
        entries.push(Entry { encodings: key.encodings, answer, stale_at: now + FRESH });
    }

    /// Forgets all: the catalogue has changed.
    pub(crate) fn clear(&self) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Kept { age: kept.age.wrapping_add(1), ..Kept::default() };
    }
}

/// What of a request its answer depends on, where it may be given again.
fn asked<B>(request: &Request<B>) -> Option<(&str, Option<&HeaderValue>)> {
    if request.method() != Method::GET {
        return None;
    }
    let mut encodings = request.headers().get_all(ACCEPT_ENCODING).iter();
    let first = encodings.next();
    let address = request.uri().path_and_query()?.as_str();
    // Nobody says it twice.
    encodings.next().is_none().then_some((address, first))
}

fn size(address: &str, answer: &Answer) -> usize {
    answer.body.len() + address.len() + BESIDES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(address: &str) -> Request<()> {
        Request::get(address).body(()).unwrap()
    }

    fn answer(body: impl Into<Bytes>) -> Arc<Answer> {
        Arc::new(Answer { headers: HeaderMap::new(), body: body.into(), figures: Arc::default() })
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn keep(answers: &Answers, request: &Request<()>, body: impl Into<Bytes>) {
        answers.put(Key::of(request).unwrap(), answer(body), answers.age(), at(0));
    }

    fn body(answers: &Answers, request: &Request<()>, seconds: i64) -> Option<Bytes> {
        answers.get(request, at(seconds)).map(|answer| answer.body.clone())
    }

    #[test]
    fn answers_are_given_again_for_half_a_minute() {
        let answers = Answers::default();
        keep(&answers, &get("/a?limit=1"), "1");
        assert_eq!(body(&answers, &get("/a?limit=1"), 29).as_deref(), Some(&b"1"[..]));
        assert_eq!(body(&answers, &get("http://other.host/a?limit=1"), 0).as_deref(), Some(&b"1"[..]));
        for (other, seconds) in [("/a?limit=1", 30), ("/a?limit=1", -60), ("/a?limit=2", 0), ("/a", 0)] {
            assert_eq!(body(&answers, &get(other), seconds), None, "{other} at {seconds}");
        }
        answers.clear();
        assert_eq!(body(&answers, &get("/a?limit=1"), 0), None);
    }

    #[test]
    fn only_who_asks_in_the_same_way_gets_the_same_bytes() {
        let answers = Answers::default();
        let reading = |encodings: &str| Request::get("/a").header(ACCEPT_ENCODING, encodings).body(()).unwrap();
        keep(&answers, &reading("gzip"), "packed");
        assert_eq!(body(&answers, &get("/a"), 0), None);
        assert_eq!(body(&answers, &reading("gzip;q=0"), 0), None);
        keep(&answers, &get("/a"), "plain");
        assert_eq!(body(&answers, &reading("gzip"), 0).as_deref(), Some(&b"packed"[..]));
        assert_eq!(body(&answers, &get("/a"), 0).as_deref(), Some(&b"plain"[..]));
        for n in 0..100 {
            keep(&answers, &reading(&n.to_string()), "another");
        }
        assert_eq!(answers.0.read().unwrap().all["/a"].len(), MOST_ENCODINGS);
        let twice = Request::get("/a").header(ACCEPT_ENCODING, "gzip").header(ACCEPT_ENCODING, "br").body(()).unwrap();
        assert!(Key::of(&twice).is_none());
        assert!(Key::of(&Request::head("/a").body(()).unwrap()).is_none());
        assert!(Key::of(&Request::post("/a").body(()).unwrap()).is_none());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let answers = Answers::default();
        let before = answers.age();
        answers.clear();
        answers.put(Key::of(&get("/a")).unwrap(), answer("old"), before, at(0));
        assert_eq!(body(&answers, &get("/a"), 0), None);
        keep(&answers, &get("/a"), "new");
        assert_eq!(body(&answers, &get("/a"), 0).as_deref(), Some(&b"new"[..]));
    }

    #[test]
    fn room_is_bounded() {
        let answers = Answers::default();
        for n in 0..100 {
            keep(&answers, &get(&format!("/{n:04}")), vec![0; 1 << 20]);
            assert!(answers.0.read().unwrap().bytes <= MOST);
        }
        assert!(body(&answers, &get("/0099"), 0).is_some());
        for _ in 0..100 {
            keep(&answers, &get("/same"), "x");
        }
        let kept = answers.0.read().unwrap();
        let entries = kept.all.iter().flat_map(|(address, entries)| entries.iter().map(move |entry| (address, entry)));
        assert_eq!(kept.bytes, entries.map(|(address, entry)| size(address, &entry.answer)).sum::<usize>());
    }
}
