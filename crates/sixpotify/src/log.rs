//! The log, on stderr. What people write to the bot, who they are, and secrets are in no line of it.

use tracing_subscriber::EnvFilter;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::settings::Settings;

/// Begins to log: warnings, or more with `-v`; `RUST_LOG` overrules. Settings that cannot be read are for the command to tell.
///
/// # Errors
/// A format that there is not.
pub(crate) fn init(cli: &Cli) -> Result<(), Failure> {
    let level = match cli.verbose {
        0 => "warn",
        1 => "info,sixpotify_sources=debug,sixpotify_pipeline=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let json = match Settings::load(cli.config.as_deref(), &[], cli.demo) {
        Ok(settings) => settings.logs_as_json()?,
        Err(_) => false,
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    if json {
        log.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    } else {
        log.init();
    }
    Ok(())
}
