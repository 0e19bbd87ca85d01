//! Settings at run time, services that are gone, faults and counters.

use open_sim::{Config, Fault, Service};
use serde_json::json;

use crate::client::{get, start, try_get};

#[tokio::test]
async fn one_service_may_be_gone_while_others_answer() {
    let sim = start(Config::default()).await;
    sim.configure(|config| config.service(Service::Deezer).gone = true).unwrap();
    assert!(try_get(&sim, Service::Deezer, "/artist/1000001").await.is_err());
    assert_eq!(get(&sim, Service::MusicBrainz, "/artist?query=x").await.status, 200);
    assert_eq!(sim.stats().of(Service::Deezer).gone, 1);
    sim.control(json!({"services": {}})).unwrap();
    assert_eq!(get(&sim, Service::Deezer, "/artist/1000001").await.status, 200);
}

#[tokio::test]
async fn every_fault_is_what_it_is_called() {
    let sim = start(Config::default()).await;
    for fault in Fault::ALL {
        sim.configure(|config| {
            config.stall_ms = 20;
            config.service(Service::Deezer).faults = [(fault, 1.0)].into();
        })
        .unwrap();
        let answer = try_get(&sim, Service::Deezer, "/artist/1000001").await;
        match (fault, answer) {
            (
                Fault::ResetBefore | Fault::ResetInside | Fault::Stall | Fault::StallInside | Fault::ShortBody,
                Err(_),
            ) => {}
            (Fault::ErrorJson, Ok(a)) => assert!(a.status >= 500 && a.body["error"].is_string()),
            (Fault::ErrorHtml, Ok(a)) => assert!(a.status >= 500 && a.body.as_str().unwrap().starts_with("<!doctype")),
            (Fault::Html, Ok(a)) => assert!(a.status == 200 && a.body.as_str().unwrap().starts_with("<!doctype")),
            (Fault::Empty, Ok(a)) => assert_eq!((a.status, a.body.as_str()), (200, Some(""))),
            (Fault::NotFound, Ok(a)) => assert_eq!(a.status, 404),
            (Fault::TruncatedJson, Ok(a)) => assert!(a.body.as_str().unwrap().starts_with('{')),
            (Fault::WrongTypes, Ok(a)) => assert!(a.body.is_array(), "{}", a.body),
            (Fault::UnknownFields, Ok(a)) => assert!(a.body["x-new"].is_object() && a.body["id"] == 1_000_001),
            (Fault::UnknownValues, Ok(a)) => assert_eq!(a.body["type"], "something-new"),
            (fault, answer) => panic!("{fault}: {:?}", answer.map(|a| a.status)),
        }
        assert_eq!(sim.stats().of(Service::Deezer).faults[fault.name()], 1);
    }
}

#[tokio::test]
async fn settings_that_make_no_sense_change_nothing() {
    let sim = start(Config::default()).await;
    assert!(sim.control(json!({"services": {"spotify": {}}})).is_err());
    assert!(sim.control(json!({"time_scale": 3.0})).unwrap_err().contains("cannot be changed"));
    assert!(sim.control(json!({"stall_ms": 5, "nonsense": 1})).is_err());
    assert_eq!(sim.config(), Config::default());
    get(&sim, Service::Deezer, "/artist/1").await;
    sim.control(json!({"reset_stats": true})).unwrap();
    assert_eq!(sim.stats().of(Service::Deezer).requests, 0);
}
