//! Where output goes: data to stdout, talk to stderr.

use std::fmt::Display;
use std::io::{BufWriter, IsTerminal as _, StdoutLock, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::failure::Failure;
use crate::plain::{SafeJson, plain};

/// Standard output, for data.
pub(crate) struct Out(BufWriter<StdoutLock<'static>>);

impl Out {
    /// Takes standard output.
    pub(crate) fn new() -> Self {
        Self(BufWriter::new(std::io::stdout().lock()))
    }

    /// One line of text; what would harm a terminal is made harmless.
    pub(crate) fn line(&mut self, text: impl Display) -> Result<(), Failure> {
        writeln!(self.0, "{}", plain(&text.to_string()))?;
        Ok(())
    }

    /// A value as one JSON document, readable on a terminal, compact elsewhere.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        write_json(&mut self.0, value)?;
        Ok(())
    }

    /// A table whose rows are plain text.
    pub(crate) fn table(&mut self, table: &Table) -> Result<(), Failure> {
        writeln!(self.0, "{}", trimmed(table))?;
        Ok(())
    }

    /// Ends the output; errors of earlier writes show here at the latest.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.0.flush()?;
        Ok(())
    }
}

/// Writes `value` as one line of JSON.
pub(crate) fn write_json(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, SafeJson);
    value.serialize(&mut serializer).map_err(std::io::Error::from)?;
    out.write_all(b"\n")
}

/// One line of talk, on stderr.
pub(crate) fn say(text: impl Display) {
    // Nobody can be told that stderr is closed.
    let _ = writeln!(std::io::stderr(), "{}", plain(&text.to_string()));
}

/// Whether stderr is a terminal, so that a bar may move on it.
pub(crate) fn talks_to_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// An empty table in our style: no frame, columns apart by two blanks.
pub(crate) fn table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heads);
    table
}

/// A row of plain text.
pub(crate) fn row<const N: usize>(cells: [String; N]) -> [String; N] {
    cells.map(|cell| plain(&cell).into_owned())
}

/// A number with thousands apart: `1,204`.
pub(crate) fn number(n: impl Into<u64>) -> String {
    let digits = n.into().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The table's lines without the blanks at their ends.
fn trimmed(table: &Table) -> String {
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0u32, 999, 1204, 1_000_000].map(number), ["0", "999", "1,204", "1,000,000"]);
    }
}
