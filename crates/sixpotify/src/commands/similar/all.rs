//! `similar --all`: everybody's neighbours, streamed.

use std::borrow::Cow;
use std::io::{BufWriter, IsTerminal as _, StdoutLock, Write as _};

use futures_util::TryStreamExt as _;
use serde_json::json;
use sixpotify_pipeline::stored_ranking;
use sixpotify_store::SharedStore;

use crate::cli::{Popularity, RowFormat, SimilarArgs};
use crate::commands::export::of_csv;
use crate::failure::Failure;
use crate::plain::plain;
use crate::printer::{number, say, write_json};

/// Writes the stored neighbours of all artists as rows.
pub(super) async fn run(store: &SharedStore, args: &SimilarArgs) -> Result<(), Failure> {
    super::without_songs_filters(args)?;
    if args.popularity != Popularity::Any {
        return Err(Failure::usage("`--popularity` is about the neighbours of one artist, or songs")
            .hint("`similar ARTIST --popularity hidden`"));
    }
    let depth = u64::from(args.n);
    let stored = stored_ranking(store).await?.map(|ranking| ranking.depth as u64);
    if let Some(stored) = stored.filter(|stored| *stored < depth) {
        say(format!(
            "{} neighbours of each artist are stored, not {}: `sixpotify relate --depth {depth}` keeps as many",
            number(stored),
            number(depth)
        ));
    }
    let mut pairs = store.ranking(u32::from(args.n));
    let Some(first) = pairs.try_next().await? else {
        return Err(Failure::new("there are no related artists").hint("`sixpotify relate` computes them"));
    };
    let mut rows = Rows::new(args.rows(), ["artist", "neighbour"])?;
    rows.write(&first.artist, &first.neighbour, first.rank, first.distance)?;
    while let Some(pair) = pairs.try_next().await? {
        rows.write(&pair.artist, &pair.neighbour, pair.rank, pair.distance)?;
    }
    drop(pairs);
    rows.finish()
}

/// Rows on standard output: on a terminal made harmless, elsewhere byte for byte.
pub(super) struct Rows {
    heads: [&'static str; 2],
    safe: bool,
    to: To,
}

enum To {
    Csv(Box<csv::Writer<StdoutLock<'static>>>),
    Json(BufWriter<StdoutLock<'static>>),
}

impl Rows {
    /// With the names of the first two columns; the others are `rank` and `distance`.
    pub(super) fn new(format: RowFormat, heads: [&'static str; 2]) -> Result<Self, Failure> {
        let out = std::io::stdout();
        let safe = out.is_terminal();
        let to = match format {
            RowFormat::Csv => {
                let mut writer = csv::Writer::from_writer(out.lock());
                writer.write_record([heads[0], heads[1], "rank", "distance"]).map_err(of_csv)?;
                To::Csv(Box::new(writer))
            }
            RowFormat::Json => To::Json(BufWriter::new(out.lock())),
        };
        Ok(Self { heads, safe, to })
    }

    /// One row.
    pub(super) fn write(&mut self, of: &str, near: &str, rank: u32, distance: f32) -> Result<(), Failure> {
        match &mut self.to {
            To::Csv(writer) => {
                let text = |text| if self.safe { plain(text) } else { Cow::Borrowed(text) };
                let cells = [text(of), text(near), rank.to_string().into(), distance.to_string().into()];
                writer.write_record(cells.iter().map(|cell| cell.as_bytes())).map_err(of_csv)?;
            }
            To::Json(out) => {
                let [first, second] = self.heads;
                write_json(out, &json!({ first: of, second: near, "rank": rank, "distance": distance }))?;
            }
        }
        Ok(())
    }

    /// Ends the output; errors of earlier writes show here at the latest.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self.to {
            To::Csv(mut writer) => writer.flush()?,
            To::Json(mut out) => out.flush()?,
        }
        Ok(())
    }
}
