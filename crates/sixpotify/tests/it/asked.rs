//! A question to the person at the terminal: whether an older dump is imported all the same.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use crate::app::{App, Kind, Said, of, on_both};
use crate::dump::{assert_same, dump, rows};
use crate::dumped::{dump_of, xz};

on_both!(an_older_dump_is_asked_about);

/// What a question ends with.
const QUESTION: &str = "Import it all the same? [y/N] ";

/// Runs a command whose stdin and stderr are a terminal, and types `answer` when it is asked. In `stderr` is what the terminal
/// showed, without what was typed.
async fn at_a_terminal(command: Command, answer: &'static str) -> Said {
    tokio::task::spawn_blocking(move || typed(command, answer)).await.unwrap()
}

fn typed(mut command: Command, answer: &str) -> Said {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = rustix::fs::open(OsStr::from_bytes(name.to_bytes()), OFlags::RDWR | OFlags::NOCTTY, Mode::empty());
    let slave = slave.unwrap();
    command.stdin(slave.try_clone().unwrap()).stderr(slave).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    // It holds the other side, too: without it the terminal ends with the child.
    drop(command);
    let mut terminal = File::from(master);
    let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
    let mut left = Some(answer);
    // The end is no bytes, or an error where nobody is at the other side any more.
    while let Ok(n @ 1..) = terminal.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..n]);
        if String::from_utf8_lossy(&shown).contains(QUESTION)
            && let Some(answer) = left.take()
        {
            terminal.write_all(answer.as_bytes()).unwrap();
        }
    }
    let output = child.wait_with_output().unwrap();
    Said { stderr: String::from_utf8(shown).unwrap(), ..of(&output) }
}

fn packed(date: &str, name: &str) -> Vec<u8> {
    let artist = json!({"id": "056e4f3e-d505-4dad-8ec1-d04f521cbb56", "name": name});
    xz(&dump_of(date, format!("{artist}\n").as_bytes()))
}

async fn an_older_dump_is_asked_about(kind: Kind) {
    let app = App::new(kind, spotify_sim::Mode::Extended).await;
    app.file("newer.tar.xz", packed("2026-05-20 00:10:01+00", "New Name"));
    app.file("older.tar.xz", packed("2026-05-10 00:10:01+00", "Old Name"));
    let (newer, older) = (["import", "musicbrainz", "newer.tar.xz"], ["import", "musicbrainz", "older.tar.xz"]);
    let name = async || rows(&app.url, "select name from artists").await;
    app.ok(&newer).await;
    let before = dump(&app.url).await;

    // Where nobody can answer it is refused, with the way out.
    let refused = app.fails(1, &older).await;
    let dates = "the dump is of 2026-05-10, the catalogue has the one of 2026-05-20";
    assert!(refused.contains(dates) && refused.contains("hint: `--force` takes it all the same"), "{refused}");
    assert!(!refused.contains(QUESTION), "{refused}");

    // Whatever is not a yes is a no: a word, an empty line, the end of the input.
    for answer in ["n\n", "\n", "yesterday\n", "\u{4}"] {
        let said = at_a_terminal(app.command(&older), answer).await;
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{answer:?}: {said:#?}");
        assert!(said.stderr.contains(dates) && said.stderr.matches(QUESTION).count() == 1, "{answer:?}: {said:#?}");
        assert!(said.stderr.contains("hint: `--force`"), "{answer:?}: {said:#?}");
        assert_same(&before, &dump(&app.url).await);
    }

    let said = at_a_terminal(app.command(&older), "y\n").await;
    assert_eq!(said.code, 0, "{said:#?}");
    assert!(said.stdout.contains("dump of 2026-05-10: 1 records") && said.stderr.contains(QUESTION), "{said:#?}");
    assert_eq!(name().await, ["Old Name"]);

    // Forced, nothing is asked, at a terminal or elsewhere.
    for terminal in [true, false] {
        for (args, expected) in [(newer, "New Name"), (older, "Old Name")] {
            let forced = app.command(&[&args[..], &["--force"]].concat());
            let said = if terminal { at_a_terminal(forced, "n\n").await } else { crate::app::said(forced).await };
            assert!(said.code == 0 && !said.stderr.contains(QUESTION), "{said:#?}");
            assert_eq!(name().await, [expected]);
        }
    }
}
