//! `sixpotify migrate`: the catalogue's tables, brought up to date.

use serde_json::json;
use sixpotify_store::Access;

use crate::catalogue::open_catalogue;
use crate::cli::JsonArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Out;
use crate::settings::Settings;

/// Opens the catalogue, which migrates it, and says what it has now.
pub(crate) async fn run(settings: &Settings, args: &JsonArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Write).await?;
    let version = store.schema_version().await?;
    let mut out = Out::new();
    if args.json {
        out.json(&json!({ "catalogue": store.location(), "schema_version": version }))?;
    } else {
        out.line(format!("{} has schema version {version}, the newest", store.location()))?;
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
}
