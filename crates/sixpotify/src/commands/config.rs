//! `sixpotify config`: every setting, its value and where it comes from.

use serde_json::json;

use crate::cli::JsonArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, row, table};
use crate::settings::Settings;

/// Shows the settings; secrets only as being set.
pub(crate) fn run(settings: &Settings, args: &JsonArgs) -> Result<Exit, Failure> {
    let mut out = Out::new();
    if args.json {
        let entry = |(setting, value, origin): (&crate::settings::Setting, String, crate::settings::Origin)| json!({ "setting": setting.key, "value": value, "origin": origin.to_string(), "meaning": setting.meaning });
        out.json(&settings.shown().into_iter().map(entry).collect::<Vec<_>>())?;
    } else {
        let mut shown = table(&["SETTING", "VALUE", "FROM"]);
        for (setting, value, origin) in settings.shown() {
            shown.add_row(row([setting.key.to_owned(), value, origin.to_string()]));
        }
        out.table(&shown)?;
    }
    out.finish()?;
    Ok(Exit::Done)
}
