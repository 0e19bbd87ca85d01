//! Answers a file of queries from a file of names, as `sixpotify find --file` does from a catalogue; for measuring.
//!
//! `cargo run --release -p sixpotify-resolve --example answer -- artists.csv queries.csv [--explain]`

use std::error::Error;

use sixpotify_resolve::{Entry, Index, Reach};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [artists, queries, rest @ ..] = &arguments[..] else { return Err("usage: answer ARTISTS QUERIES".into()) };
    let mut names = csv::Reader::from_path(artists)?;
    let head = names.headers()?.clone();
    let column = |name: &str| head.iter().position(|h| h == name);
    let (name, popularity) = (column("artist").or_else(|| column("name")).ok_or("no names")?, column("popularity"));
    let mut index = Index::new();
    for row in names.records() {
        let row = row?;
        // A mean of tracks has a fraction, which says nothing here.
        let whole = |text: &str| text.split('.').next().and_then(|digits| digits.parse().ok());
        let reach = Reach { followers: None, popularity: popularity.and_then(|at| row.get(at)).and_then(whole) };
        index.load(&[Entry { id: &format!("csv:{}", &row[name]), name: &row[name], reach, aliases: &[] }]);
    }
    index.settle();
    let mut out = csv::Writer::from_writer(std::io::stdout());
    out.write_record(["query", "answer", "how", "score", "candidates"])?;
    for row in csv::ReaderBuilder::new().trim(csv::Trim::None).from_path(queries)?.records() {
        let query = &row?[0];
        let answer = index.find(query);
        let found = answer.found();
        let first = answer.candidates.first();
        let shown = |c: &sixpotify_resolve::Candidate| match rest.is_empty() {
            true => c.name.clone(),
            false => format!("{} ({} {:.3} {:?})", c.name, c.how, c.score, c.reach.popularity),
        };
        out.write_record([
            query,
            found.map_or("", |(c, _)| &c.name),
            &found.map_or(String::new(), |(_, how)| how.to_string()),
            &first.map_or(String::new(), |c| format!("{:.3}", c.score)),
            &answer.candidates.iter().map(shown).collect::<Vec<_>>().join("|"),
        ])?;
    }
    out.flush()?;
    Ok(())
}
