//! `sixpotify forget`: remove an artist, and keep it out.

use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::Access;

use crate::catalogue::{find_named_artist, open_catalogue};
use crate::cli::ForgetArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Out;
use crate::settings::Settings;

/// Removes the artist with all that is known of it.
pub(crate) async fn run(settings: &Settings, args: &ForgetArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let artist = find_named_artist(&store, &args.artist).await?;
    store.forget_artist(&artist.id, SystemClock.now()).await?;
    let mut out = Out::new();
    out.line(format!("{} ({}) is forgotten and will be kept out", artist.name, artist.id))?;
    out.finish()?;
    store.close().await;
    Ok(Exit::Done)
}
