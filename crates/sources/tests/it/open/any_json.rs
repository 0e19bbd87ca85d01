//! Whatever JSON a source sends, its client answers with something or with an error, and in finite time.

use std::sync::{Arc, Mutex};

use open_sim::{Config, RunningSim};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use sixpotify_core::Source;
use sixpotify_sources::http::FetchError;
use tokio::runtime::Runtime;

use super::clients::{Addresses, Clients, OPEN, call_all, manners, sim};
use crate::any_json::{any_json, pointers, runner};
use crate::service::{Reply, Service};

const ID: &str = "056e4f3e-d505-4dad-8ec1-d04f521cbb56";

/// A sound answer of an endpoint of each source, to be damaged.
fn sound(source: Source) -> Value {
    let deezer = json!({"id": 27, "name": "Daft Punk", "nb_fan": 5, "picture_xl": "https://x/y.jpg"});
    match source {
        Source::MusicBrainz => json!({"id": ID, "name": "Daft Punk", "score": 100, "artists": [
            {"id": ID, "name": "Daft Punk", "score": 100, "aliases": [{"name": "x", "locale": "ko", "primary": true}]}],
            "genres": [{"name": "house", "count": 3}], "relations": [{"ended": false, "url": {"resource":
            "https://www.deezer.com/artist/27"}}], "resource": "https://www.deezer.com/artist/27"}),
        Source::ListenBrainz => json!([{"artist_mbid": ID, "total_listen_count": 5, "total_user_count": 3, "name": "x",
            "score": 7, "recording_mbid": ID, "recording_name": "y", "artist_mbids": [ID], "artist_name": "x"}]),
        Source::Deezer => json!({"id": 27, "name": "Daft Punk", "title": "x", "duration": 3, "rank": 5, "bpm": 1.5,
            "data": [deezer, {"id": 3, "title": "x", "record_type": "ep", "artist": deezer, "contributors": [deezer],
            "album": {"id": 4, "title": "y", "release_date": "2001-03-07"}}, null], "total": 1}),
        Source::ReccoBeats => {
            json!({"content": [{"id": ID, "href": "https://open.spotify.com/track/0000000000000000000abc",
            "isrc": "USUM72104141", "key": 3, "mode": 1, "tempo": 120.5, "energy": 0.5, "trackTitle": "x", "name": "y",
            "durationMs": 5, "popularity": 3}], "totalPages": 1})
        }
        _ => {
            json!({"similarartists": {"artist": [{"name": "x", "match": "0.5", "mbid": ID}], "@attr": {"artist": "y"}},
            "toptags": {"tag": [{"name": "rock", "count": 100}], "@attr": {"artist": "y"}},
            "toptracks": {"track": [{"name": "x", "playcount": "5", "listeners": "3"}]}})
        }
    }
}

/// A service whose answer can be changed, and clients that try once.
struct Bench {
    runtime: Runtime,
    /// For the ids that are asked for only.
    sim: RunningSim,
    clients: Clients,
    answer: Arc<Mutex<String>>,
    _service: Service,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = Arc::new(Mutex::new(String::new()));
        let current = answer.clone();
        let reply = move |_: &_, _| Reply::new(200, "application/json", current.lock().unwrap().clone());
        let service = runtime.block_on(Service::start(reply));
        let sim = runtime.block_on(sim(Config::default()));
        let mut once = manners();
        once.retry.attempts = 1;
        // Being told to wait is an answer, too: it is not waited for.
        once.max_wait = std::time::Duration::ZERO;
        once.unsaid_wait = std::time::Duration::ZERO;
        let clients = Clients::new(&Addresses::all_at(&service), &once);
        Self { runtime, sim, clients, answer, _service: service }
    }

    /// How many calls of a source's endpoints make something of `answer`.
    fn understood(&self, source: Source, answer: &Value) -> usize {
        *self.answer.lock().unwrap() = answer.to_string();
        let told = self.runtime.block_on(call_all(&self.clients, source, &self.sim));
        let mut understood = 0;
        for (endpoint, told) in told {
            match told {
                Ok(_) => understood += 1,
                Err(FetchError::Failed { .. } | FetchError::Gone { .. } | FetchError::Rejected { .. }) => {}
                // Words in which a source says that it is limited, or that the key is wrong.
                Err(FetchError::Paused { .. } | FetchError::Credentials { .. }) => {}
                Err(other) => panic!("{source} {endpoint}: {other:?} of {answer}"),
            }
        }
        understood
    }
}

#[test]
fn any_json_of_any_source_is_an_answer_or_an_error() {
    let bench = Bench::new();
    for source in OPEN {
        assert!(bench.understood(source, &sound(source)) >= 2, "{source}");
        let check = |(answer, places): (Value, Vec<(Index, Value)>)| {
            bench.understood(source, &answer);
            // A sound answer between, so that the source does not count as away.
            assert!(bench.understood(source, &sound(source)) >= 2, "{source}");
            let mut damaged = sound(source);
            for (place, value) in places {
                let mut all = Vec::new();
                pointers(&damaged, "", &mut all);
                *damaged.pointer_mut(place.get::<String>(&all)).unwrap() = value;
            }
            bench.understood(source, &damaged);
            bench.understood(source, &sound(source));
            Ok(())
        };
        let damage = prop::collection::vec((any::<Index>(), any_json()), 0..3);
        runner(60).run(&(any_json(), damage), check).unwrap();
    }
}
