//! Where the names come from.

use std::io::Read as _;
use std::path::Path;

use sixpotify_pipeline::{Encoding, NameList, NamesError};

use crate::cli::IngestArgs;
use crate::failure::Failure;
use crate::printer::say;

/// The list's name, under which its progress is kept, and its names.
pub(crate) fn read(args: &IngestArgs) -> Result<(String, NameList), Failure> {
    let named = NameList::of(&args.name);
    let Some(path) = &args.file else {
        if named.entries.is_empty() {
            return Err(Failure::usage("--name is blank").hint("for instance --name \"BTS\""));
        }
        return Ok(("names".to_owned(), named));
    };
    let (label, list, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::new(format!("cannot read standard input: {e}")))?;
        ("standard input".to_owned(), "stdin".to_owned(), bytes)
    } else {
        let label = format!("`{}`", path.display());
        if path.is_dir() {
            return Err(Failure::new(format!("{label} is a directory")).hint("name a CSV file of artist names"));
        }
        let bytes = std::fs::read(path).map_err(|e| {
            let why = if e.kind() == std::io::ErrorKind::NotFound {
                "there is no such file".to_owned()
            } else {
                e.to_string()
            };
            Failure::new(format!("cannot read {label}: {why}")).hint("`-` reads names from standard input")
        })?;
        let list = path.file_name().map_or_else(|| label.clone(), |n| n.to_string_lossy().into_owned());
        (label, list, bytes)
    };
    let mut names = NameList::read(&bytes).map_err(|error| {
        let hint = match error {
            NamesError::Binary { .. } => "a list of names is plain text: one name a line, or CSV with a column `name`",
            NamesError::NotUtf8 { .. } => "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")",
            NamesError::Empty => "one name a line, or CSV with a column `name`",
        };
        Failure::new(format!("{label} {error}")).hint(hint)
    })?;
    if names.encoding != Encoding::Utf8 {
        say(format!("{label} is written in {}: converted", names.encoding));
    }
    for entry in named.entries {
        if names.entries.iter().any(|e| e.name == entry.name) {
            names.duplicates += 1;
        } else {
            names.entries.push(entry);
        }
    }
    Ok((list, names))
}
