//! The reference pages, made from the command line and the table of settings.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;
use crate::failure::{Exit, Failure};
use crate::settings::SETTINGS;

const MADE: &str = "<!-- Made by `cargo xtask generate`; do not edit. -->\n\n";

/// Writes `commands.md`, `settings.md` and `openapi.json` into `dir`.
pub(crate) fn run(dir: &Path) -> Result<Exit, Failure> {
    let failed = |e: std::io::Error| Failure::new(format!("cannot write to `{}`: {e}", dir.display()));
    std::fs::create_dir_all(dir).map_err(failed)?;
    std::fs::write(dir.join("commands.md"), commands()).map_err(failed)?;
    std::fs::write(dir.join("settings.md"), settings()).map_err(failed)?;
    let openapi = format!("{:#}\n", sixpotify_server::openapi());
    std::fs::write(dir.join("openapi.json"), openapi).map_err(failed)?;
    Ok(Exit::Done)
}

fn commands() -> String {
    let mut page = format!("{MADE}# Commands\n");
    let mut cli = Cli::command().term_width(100);
    cli.build();
    section(&mut page, "sixpotify", &mut cli.clone());
    for command in cli.get_subcommands_mut().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        section(&mut page, &format!("sixpotify {}", command.get_name().to_owned()), command);
    }
    page
}

fn section(page: &mut String, name: &str, command: &mut Command) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    // Writing to a String cannot fail.
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
}

fn settings() -> String {
    let mut page = format!(
        "{MADE}# Settings\n\nA flag goes before the environment, the environment before `sixpotify.toml` (in the current \
         folder, else in the user's configuration folder), that before the default. In `sixpotify.toml` the names are in \
         lower case: `spotify_market = \"KR\"`. `sixpotify config` shows every value with its origin.\n\n\
         | setting | default | meaning |\n|---|---|---|\n"
    );
    for setting in SETTINGS {
        let default = setting.default.map_or_else(String::new, |d| format!("`{d}`"));
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{}` | {default} | {} |", setting.key, setting.meaning);
    }
    page
}
