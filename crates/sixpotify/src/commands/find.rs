//! `sixpotify find`: which artist a text means, and how that was found.

use std::borrow::Cow;
use std::io::{BufWriter, IsTerminal as _, Read as _, Write};
use std::path::Path;

use serde_json::{Value, json};
use sixpotify_pipeline::{Encoding, NamesError, Queries, Resolver};
use sixpotify_resolve::{Answer, Candidate, Verdict};
use sixpotify_store::Access;

use crate::catalogue::open_catalogue;
use crate::cli::{FindArgs, FindFormat};
use crate::failure::{Exit, Failure};
use crate::plain::plain;
use crate::printer::{Out, number, row, say, table, write_json};
use crate::settings::Settings;

/// Candidates shown behind the winner.
const NEXT: usize = 3;

/// Letters of a text that are repeated to whom typed it.
const REPEATED: usize = 80;

/// Resolves one text, or each of a file.
pub(crate) async fn run(settings: &Settings, args: &FindArgs) -> Result<Exit, Failure> {
    let queries = args.file.as_deref().map(queries).transpose()?;
    let store = open_catalogue(settings, Access::Read).await?;
    let resolver = Resolver::new(store.clone());
    match (queries, &args.text) {
        (Some(queries), _) => {
            let answers = resolver.resolve_all(queries.clone()).await?;
            let lines = args.json || args.format == FindFormat::Json;
            write(&queries, &answers, lines)?;
        }
        (None, text) => {
            let text = text.as_deref().unwrap_or_default();
            let answer = resolver.resolve(text).await?;
            let mut out = Out::new();
            if args.json {
                out.json(&as_json(text, &answer, args.explain))?;
            } else {
                show(&mut out, text, &answer, args.explain)?;
            }
            out.finish()?;
        }
    }
    store.close().await;
    Ok(Exit::Done)
}

fn queries(path: &Path) -> Result<Vec<String>, Failure> {
    let (label, bytes) = read(path)?;
    let queries = Queries::read(&bytes).map_err(|error| not_text(&label, &error))?;
    say_encoding(&label, queries.encoding);
    Ok(queries.texts)
}

/// What stands in a file or comes by standard input (`-`), with words for it.
pub(crate) fn read(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        let failed = |e| Failure::new(format!("cannot read standard input: {e}"));
        std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
        return Ok(("standard input".to_owned(), bytes));
    }
    let label = format!("`{}`", path.display());
    let failed = |e: std::io::Error| Failure::new(format!("cannot read {label}: {e}"));
    bytes = std::fs::read(path).map_err(failed)?;
    Ok((label, bytes))
}

/// The failure for a file that is no text.
pub(crate) fn not_text(label: &str, error: &NamesError) -> Failure {
    let failure = Failure::new(format!("{label} {error}"));
    match error {
        NamesError::Empty => failure,
        _ => failure.hint("save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")"),
    }
}

/// Says that a file was converted.
pub(crate) fn say_encoding(label: &str, encoding: Encoding) {
    if encoding != Encoding::Utf8 {
        say(format!("{label} is written in {encoding}: converted"));
    }
}

fn show(out: &mut Out, text: &str, answer: &Answer, explain: bool) -> Result<(), Failure> {
    if explain {
        for step in &answer.steps {
            out.line(step)?;
        }
        out.line("")?;
    }
    let rest = match answer.verdict {
        Verdict::Found(how) => {
            let best = &answer.candidates[0];
            out.line(&best.name)?;
            out.line(format!("  id     {}", best.id))?;
            let matched = if best.matched == best.name { String::new() } else { format!(" (`{}`)", best.matched) };
            out.line(format!("  how    {how}: {}{matched}", how.words()))?;
            out.line(format!("  score  {:.3}", best.score))?;
            &answer.candidates[1..]
        }
        Verdict::Ambiguous => {
            out.line(format!("`{}` is ambiguous", shortened(text)))?;
            &answer.candidates[..]
        }
        Verdict::NotFound => {
            out.line(format!("`{}` is not in the catalogue", shortened(text)))?;
            &answer.candidates[..]
        }
    };
    let shown = if explain { rest.len() } else { NEXT };
    if rest.is_empty() {
        return Ok(());
    }
    let mut next =
        table(&[if answer.found().is_some() { "NEXT" } else { "NEAREST" }, "ID", "SCORE", "HOW", "FOLLOWERS"]);
    for c in rest.iter().take(shown) {
        let followers = c.reach.followers.map(number).unwrap_or_default();
        let score = format!("{:.3}", c.score);
        next.add_row(row([c.name.clone(), c.id.to_string(), score, c.how.words().to_owned(), followers]));
    }
    out.table(&next)
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(REPEATED) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

fn as_json(text: &str, answer: &Answer, explain: bool) -> Value {
    let candidate = |c: &Candidate| {
        json!({
            "id": c.id,
            "name": c.name,
            "how": c.how.as_str(),
            "because": c.how.words(),
            "matched": c.matched,
            "score": rounded(c.score),
            "followers": c.reach.followers,
            "popularity": c.reach.popularity,
        })
    };
    let state = match answer.verdict {
        Verdict::Found(_) => "found",
        Verdict::Ambiguous => "ambiguous",
        Verdict::NotFound => "not_found",
    };
    let found = answer.found();
    let mut value = json!({
        "query": text,
        "state": state,
        "answer": found.map(|(c, _)| &c.name),
        "id": found.map(|(c, _)| &c.id),
        "how": found.map(|(_, how)| how.as_str()),
        "candidates": answer.candidates.iter().map(candidate).collect::<Vec<_>>(),
    });
    if explain {
        value["steps"] = json!(answer.steps);
    }
    value
}

fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1000.0).round() / 1000.0
}

/// Writes one answer a line; names byte for byte, unless a terminal would suffer from them.
fn write(queries: &[String], answers: &[Answer], lines: bool) -> Result<(), Failure> {
    let stdout = std::io::stdout();
    let safe = stdout.is_terminal();
    let mut out = BufWriter::new(stdout.lock());
    if lines {
        for (query, answer) in queries.iter().zip(answers) {
            write_json(&mut out, &as_json(query, answer, false))?;
        }
        out.flush()?;
        return Ok(());
    }
    let mut csv = csv::Writer::from_writer(out);
    let of_csv = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::from(error),
        other => Failure::new(format!("cannot write CSV: {other:?}")),
    };
    csv.write_record(["query", "answer", "how", "score", "candidates"]).map_err(of_csv)?;
    for (query, answer) in queries.iter().zip(answers) {
        let found = answer.found();
        let score = answer.candidates.first().map_or_else(String::new, |c| format!("{:.3}", c.score));
        let names: Vec<&str> = answer.candidates.iter().map(|c| c.name.as_str()).collect();
        let cells = [
            query.as_str(),
            found.map_or("", |(c, _)| &c.name),
            found.map_or("", |(_, how)| how.as_str()),
            &score,
            &names.join("|"),
        ];
        csv.write_record(cells.map(|cell| if safe { plain(cell) } else { cell.into() }.into_owned()))
            .map_err(of_csv)?;
    }
    csv.flush()?;
    Ok(())
}
