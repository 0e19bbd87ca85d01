//! What Spotify gives to this key: each endpoint asked once.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use sixpotify_core::{Source, SpotifyId};
use sixpotify_pipeline::StoreLedger;
use sixpotify_sources::SystemClock;
use sixpotify_sources::http::{FetchError, Ledger, MemoryLedger};
use sixpotify_sources::spotify::{Mode, Spotify, SpotifyConfig};
use sixpotify_store::{SharedStore, SourceKey};

use super::{Check, now};
use crate::failure::Failure;
use crate::printer::number;
use crate::settings::Settings;

/// A name that every catalogue of music has.
pub(super) const NAME: &str = "Metallica";

/// A clock that is off by more makes tokens and waits wrong.
const SKEW: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// Looks at credentials, mode, endpoints, quota and clock. Sends nothing while the key is blocked.
pub(super) async fn look(settings: &Settings, store: Option<&SharedStore>, checks: &mut Vec<Check>) {
    let config = match settings.spotify(Duration::ZERO) {
        Ok(config) => config,
        Err(failure) => return checks.push(Check::failed("spotify", &failure)),
    };
    let spotify = match client(config, store) {
        Ok(spotify) => spotify,
        Err(failure) => return checks.push(Check::failed("spotify", &failure)),
    };
    if blocked(&spotify, checks).await {
        return;
    }
    endpoints(&spotify, checks).await;
    if let Err(error) = spotify.rest().await {
        checks.push(Check::failed("spotify", &(&error).into()));
    }
    if let Some(skew) = spotify.clock_skew().filter(|skew| skew.abs() > SKEW) {
        let found = format!("this machine's clock is {} s from Spotify's", skew.num_seconds());
        checks.push(Check::note("clock", found, "set it, for instance with NTP: waits are counted by it"));
    }
}

fn client(config: SpotifyConfig, store: Option<&SharedStore>) -> Result<Spotify, Failure> {
    let key = SourceKey { source: Source::Spotify.into(), fingerprint: config.fingerprint() };
    let ledger: Arc<dyn Ledger> = match store {
        Some(store) => Arc::new(StoreLedger::new(store.clone(), key)),
        None => Arc::new(MemoryLedger::default()),
    };
    Spotify::new(config, Arc::new(SystemClock), ledger)
        .map_err(|e| Failure::new(format!("cannot set up the network client: {e}")))
}

/// The quota, and whether the key is blocked. What was withheld is not restored: it is asked for anew.
async fn blocked(spotify: &Spotify, checks: &mut Vec<Check>) -> bool {
    let state = match spotify.ledger_state(now()).await {
        Ok(state) => state,
        Err(error) => {
            checks.push(Check::wrong("quota", error.to_string(), "see the database"));
            return false;
        }
    };
    let today = match spotify.per_day() {
        Some(day) => format!("{} of {} requests in the last 24 hours", number(state.today), number(day)),
        None => format!("{} requests in the last 24 hours", number(state.today)),
    };
    let Some(blocked) = state.blocked else {
        checks.push(Check::ok("quota", today));
        return false;
    };
    let until = blocked.until.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M");
    let found = format!("{today}; spotify wants no request before {until}: {}", blocked.reason);
    checks.push(Check::wrong("quota", found, "wait until then: asking earlier makes it longer"));
    true
}

/// Asks each endpoint once, and none any more once nothing may be sent before long: that is said once.
async fn endpoints(spotify: &Spotify, checks: &mut Vec<Check>) {
    let page = match spotify.search_artists(NAME, 0).await {
        Ok(page) => page,
        Err(error) => return checks.push(answered::<()>("/search", Err(error))),
    };
    checks.push(Check::ok("spotify", "credentials accepted; /search works"));
    match spotify.mode() {
        Some(Mode::Development) => checks.push(Check::note(
            "mode",
            "development: no followers, popularity or genres, ten hits a search, a daily quota",
            "extended quota is given to registered businesses with 250,000 users a month: https://developer.spotify.com",
        )),
        _ => checks.push(Check::ok("mode", "extended quota")),
    }
    let Some(id) = page.artists.iter().find_map(|a| a.artist.id.spotify()) else {
        let found = format!("a search for {NAME} finds nobody");
        return checks.push(Check::note("spotify", found, "is SPOTIFY_API_URL Spotify's, and SPOTIFY_MARKET right?"));
    };
    let one = std::slice::from_ref(&id);
    let track = async {
        said("/artists/{id}", spotify.artist(&id).await, checks)?;
        said("/artists?ids=", spotify.artists(one).await, checks)?;
        said("/artists/{id}/albums", spotify.albums(&id).await, checks)?;
        let tracks = spotify.top_tracks(&id).await;
        let track = tracks.as_ref().ok().and_then(|t| t.first()).and_then(|t| t.id.spotify());
        said("/artists/{id}/top-tracks", tracks, checks)?;
        ControlFlow::<(), _>::Continue(track)
    };
    if let ControlFlow::Continue(track) = track.await {
        // Any id shows whether the endpoint is withheld.
        let track: SpotifyId = track.unwrap_or(id);
        // Nothing is asked after this one.
        let _ = said("/audio-features", spotify.audio_features(&[track]).await, checks);
    }
}

/// Notes what came of a request; breaks where the next one would only meet the same wait.
fn said<T>(endpoint: &str, result: Result<T, FetchError>, checks: &mut Vec<Check>) -> ControlFlow<()> {
    let paused = matches!(result, Err(FetchError::Paused { .. }));
    checks.push(answered(endpoint, result));
    if paused { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn answered<T>(endpoint: &str, result: Result<T, FetchError>) -> Check {
    match result {
        Ok(_) => Check::ok(endpoint, "works"),
        Err(FetchError::Withheld { .. }) => {
            Check::note(endpoint, "withheld from this key", "nothing to mend: `ingest` goes without it")
        }
        Err(error @ FetchError::Paused { .. }) => {
            let found = format!("not asked, nor anything after it: {error}");
            Check::wrong(endpoint, found, "nothing can run before that: wait until then")
        }
        Err(error) => Check::failed("spotify", &(&error).into()),
    }
}
