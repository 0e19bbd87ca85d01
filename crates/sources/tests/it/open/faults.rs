//! Every fault at every endpoint of every source: borne when it passes, reported when it stays, never believed.

use std::time::Duration;

use open_sim::{Config, Fault, RunningSim, Service as Played};
use sixpotify_core::Source;
use sixpotify_sources::http::FetchError;

use super::clients::{Addresses, Clients, OPEN, call_all, manners, sim};
use crate::client::patience;

/// Longer than any answer takes on a machine that is busy.
const PATIENT: Duration = Duration::from_millis(1500);

fn played(source: Source) -> Vec<Played> {
    match source {
        Source::MusicBrainz => vec![Played::MusicBrainz],
        Source::ListenBrainz => vec![Played::ListenBrainz, Played::Labs],
        Source::Deezer => vec![Played::Deezer],
        Source::ReccoBeats => vec![Played::ReccoBeats],
        Source::LastFm => vec![Played::LastFm],
        other => panic!("{other} is not played"),
    }
}

fn set(sim: &RunningSim, source: Source, change: impl Fn(&mut open_sim::ServiceConfig)) {
    sim.configure(|config| played(source).into_iter().for_each(|service| change(config.service(service)))).unwrap();
}

/// Clients that do not wait long for silence.
fn clients(sim: &RunningSim, attempts: u32, silence: Duration) -> Clients {
    let mut manners = manners();
    manners.timeouts = patience(silence);
    manners.retry.attempts = attempts;
    Clients::new(&Addresses::of(sim), &manners)
}

#[tokio::test]
async fn what_goes_wrong_now_and_then_changes_nothing() {
    let sim = sim(Config { fault_seed: 3, ..Config::default() }).await;
    for source in OPEN {
        let quiet = call_all(&clients(&sim, 5, PATIENT), source, &sim).await;
        // Ten rounds, each with other attempts drawn: a third of all answers is spoilt, more than any real service's.
        set(&sim, source, |service| {
            service.set_all_faults(0.33);
            // Silence costs time; what stays silent has a test of its own.
            service.faults.remove(&Fault::Stall);
            service.faults.remove(&Fault::StallInside);
            // Whether something is there is for the service to say: it is believed the second time.
            service.faults.remove(&Fault::NotFound);
            // A kind that nobody knows is passed on as it is.
            service.faults.remove(&Fault::UnknownValues);
        });
        let mut recovered = 0;
        for _ in 0..10 {
            let clients = clients(&sim, 5, PATIENT);
            for ((endpoint, expected), (_, got)) in quiet.iter().zip(call_all(&clients, source, &sim).await) {
                match got {
                    Ok(got) => {
                        recovered += 1;
                        assert_eq!(Ok(&got), expected.as_ref().map_err(ToString::to_string), "{source} {endpoint}");
                    }
                    // Five attempts in a row, at a third each: seldom.
                    Err(FetchError::Failed { attempts: 5, .. }) => {}
                    Err(other) => panic!("{source} {endpoint}: {other:?}"),
                }
            }
        }
        let all = quiet.len() * 10;
        assert!(recovered * 10 >= all * 9, "{source}: {recovered} of {all}");
        let faults: u64 = played(source).iter().map(|s| sim.stats().of(*s).faults.values().sum::<u64>()).sum();
        assert!(faults > 5, "{source}: {faults} faults");
    }
}

#[tokio::test]
async fn a_fault_that_stays_is_an_error_and_never_a_fact() {
    let sim = sim(Config { stall_ms: 30_000, ..Config::default() }).await;
    for source in OPEN {
        let quiet = call_all(&clients(&sim, 5, PATIENT), source, &sim).await;
        for fault in Fault::ALL {
            set(&sim, source, |service| service.faults = [(fault, 1.0)].into());
            for ((endpoint, expected), (_, got)) in
                quiet.iter().zip(call_all(&clients(&sim, 2, Duration::from_millis(80)), source, &sim).await)
            {
                let what = format!("{source} {endpoint} {fault}");
                match (fault, got) {
                    (fault, Ok(got)) if fault.is_harmless() => {
                        // Words that nobody knows may change a kind, and nothing else.
                        if fault == Fault::UnknownFields {
                            assert_eq!(Ok(&got), expected.as_ref().map_err(ToString::to_string), "{what}");
                        }
                    }
                    // The item is gone, or the endpoint: both are what a 404 says.
                    (Fault::NotFound, Err(FetchError::Gone { .. } | FetchError::Withheld { .. })) => {}
                    // No features, no links: that is what "not found" says there.
                    (Fault::NotFound, Ok(got)) => assert!(got.contains("None") || got.contains("[]"), "{what}: {got}"),
                    (_, Err(error @ (FetchError::Failed { .. } | FetchError::Away { .. }))) => {
                        let text = error.to_string();
                        assert!(
                            text.len() < 300 && !text.contains("demo-") && !text.contains("http:"),
                            "{what}: {text}"
                        );
                    }
                    (_, other) => panic!("{what}: {other:?}"),
                }
            }
        }
        set(&sim, source, |service| service.faults.clear());
    }
}
