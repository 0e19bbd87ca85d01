//! `sixpotify eval`: how good the similarity is on this catalogue.

use sixpotify_pipeline::{EvaluateError, EvaluateOptions, EvaluateReport, Interval, ProtocolReport, evaluate};
use sixpotify_store::Access;

use crate::catalogue::open_catalogue;
use crate::cli::EvalArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, row, say, table};
use crate::settings::Settings;

/// Evaluates, and shows a table for each kind of facts that was held out.
pub(crate) async fn run(settings: &Settings, args: &EvalArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let options = EvaluateOptions {
        k: usize::from(args.k),
        listeners: args.listeners,
        genres: args.genres,
        seed: args.seed,
        sources: args.sources.clone(),
    };
    let report = evaluate(&store, &options).await?;
    store.close().await;
    let mut out = Out::new();
    if args.json {
        out.json(&report)?;
    } else if !report.protocols.is_empty() {
        shown(&mut out, &report)?;
    }
    out.finish()?;
    if report.protocols.is_empty() {
        let reasons: Vec<String> = report.skipped.iter().map(|s| format!("{}: {}", s.held_out, s.reason)).collect();
        return Err(Failure::new(format!("there is too little to hold out ({})", reasons.join("; "))).hint(
            "genres come with `sixpotify ingest` and `import csv --artists`, listeners with `import csv --colisten`",
        ));
    }
    Ok(Exit::Done)
}

fn shown(out: &mut Out, report: &EvaluateReport) -> Result<(), Failure> {
    for (at, protocol) in report.protocols.iter().enumerate() {
        if at > 0 {
            out.line("")?;
        }
        out.line(heading(protocol))?;
        let k = report.k;
        let heads = [
            String::new(),
            format!("NDCG@{k}"),
            format!("PRECISION@{k}"),
            format!("RECALL@{}", 10 * k),
            "MRR".to_owned(),
            format!("TAIL NDCG@{k}"),
            "COVERAGE".to_owned(),
        ];
        let mut list = table(&heads.each_ref().map(String::as_str));
        for scores in &protocol.rankers {
            list.add_row(row([
                scores.ranker.to_owned(),
                interval(scores.ndcg),
                format!("{:.3}", scores.precision.mean),
                format!("{:.3}", scores.recall.mean),
                format!("{:.3}", scores.mrr.mean),
                format!("{:.3}", scores.tail_ndcg.mean),
                format!("{:.2}", scores.coverage),
            ]));
        }
        out.table(&list)?;
    }
    for skipped in &report.skipped {
        say(format!("{} were not held out: {}", skipped.held_out, skipped.reason));
    }
    say(format!("brackets: 95 % of bootstrap resamples; docs/evaluation.md has the protocol; {:.1} s", report.seconds));
    Ok(())
}

fn heading(protocol: &ProtocolReport) -> String {
    let (share, queries) = (100.0 * protocol.share, number(protocol.queries as u64));
    match protocol.held_out {
        "listeners" => format!(
            "{share:.0} % of the listeners held out: do artists rank first that these hear together? {queries} artists"
        ),
        _ => format!(
            "{share:.0} % of the genres hidden: do artists rank first that share a hidden one? {queries} artists"
        ),
    }
}

/// `0.453 [0.441, 0.465]`.
fn interval(Interval { mean, low, high }: Interval) -> String {
    format!("{mean:.3} [{low:.3}, {high:.3}]")
}

impl From<EvaluateError> for Failure {
    fn from(error: EvaluateError) -> Self {
        match error {
            EvaluateError::Store(error) => error.into(),
            EvaluateError::Interrupted => Self::new(error.to_string()),
        }
    }
}
