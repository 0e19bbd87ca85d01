//! `sixpotify relate`: compute which artists resemble each other.

use serde_json::json;
use sixpotify_pipeline::{RelateReport, relate};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, SharedStore};

use crate::catalogue::open_catalogue;
use crate::cli::{Method, RelateArgs};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, say};
use crate::settings::Settings;

/// Computes the ranking, stores it, and says what came of it.
pub(crate) async fn run(settings: &Settings, args: &RelateArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let report = recorded(&store, args.method, usize::from(args.depth)).await?;
    let mut out = Out::new();
    if args.json {
        out.json(&report)?;
    } else {
        out.line(summary(&report))?;
        if report.without_signal > 0 {
            let n = number(report.without_signal as u64);
            say(format!("{n} artists have neither audio features nor genres to compare and were left out"));
        }
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
}

/// `relate`, recorded in `runs`.
pub(crate) async fn recorded(store: &SharedStore, method: Method, depth: usize) -> Result<RelateReport, Failure> {
    let (method, name) = match method {
        Method::Blend => (sixpotify_similar::Method::Blend, "blend"),
        Method::Audio => (sixpotify_similar::Method::Audio, "audio"),
        Method::Genres => (sixpotify_similar::Method::Genres, "genres"),
    };
    let run = store.start_run("relate", Some(name), SystemClock.now()).await?;
    let result = relate(store, method, depth).await;
    let (outcome, counts) = match &result {
        Ok(report) => ("done", json!(report)),
        Err(error) => ("failed", json!({ "error": error.to_string() })),
    };
    store.finish_run(run, outcome, &counts, SystemClock.now()).await?;
    Ok(result?)
}

/// What came of it, in a line.
pub(crate) fn summary(report: &RelateReport) -> String {
    format!(
        "related {} of {} artists ({} with audio features, {} with genres): {} neighbours in {:.1} s",
        number(report.related as u64),
        number(report.artists as u64),
        number(report.with_audio as u64),
        number(report.with_genres as u64),
        number(report.rows),
        report.seconds,
    )
}
