//! What the open sources give, and what they need: each asked once.

use std::time::Duration;

use sixpotify_core::Source;
use sixpotify_pipeline::OpenSources;
use sixpotify_sources::SourceClient;
use sixpotify_sources::http::FetchError;
use sixpotify_sources::lastfm::ArtistKey;
use sixpotify_sources::reccobeats::TrackKey;
use sixpotify_store::SharedStore;

use super::spotify::NAME;
use super::{Check, now};
use crate::commands::ingest::open::{clients, is_nameless, wanted};
use crate::failure::Failure;
use crate::settings::Settings;

/// [`NAME`]'s id at MusicBrainz.
const MBID: &str = "65f4f0c5-ef9e-490c-aee3-909e7ae6b2ab";

/// A recording of [`NAME`], at Spotify.
const TRACK: &str = "5sICkBXVmaCQk5aISGR3x1";

/// Looks at those of the open sources that `ingest` asks, where those of `chosen` are. Returns whether one that finds names
/// answers.
pub(super) async fn look(settings: &Settings, chosen: &[Source], store: &SharedStore, checks: &mut Vec<Check>) -> bool {
    let asked = wanted(chosen);
    if let Err(failure) = settings.order() {
        checks.push(Check::failed("order", &failure));
    }
    let sources = match clients(settings, store, &asked, Duration::ZERO) {
        Ok((sources, _)) => sources,
        Err(failure) => {
            checks.push(Check::failed("sources", &failure));
            return false;
        }
    };
    if is_nameless(settings, &sources) {
        checks.push(Check::note(
            "contact",
            "SIXPOTIFY_CONTACT is not set: MusicBrainz asks for it, and may slow down whoever leaves it out",
            "set it to your mail address or page",
        ));
    }
    if asked.contains(&Source::LastFm) && sources.lastfm.is_none() {
        checks.push(Check::note(
            "lastfm",
            "not asked: LASTFM_API_KEY is not set; similar artists come from listenbrainz, genres from musicbrainz",
            "a key is free at https://www.last.fm/api/account/create",
        ));
    }
    let (musicbrainz, listenbrainz, deezer, reccobeats, lastfm) = tokio::join!(
        musicbrainz(&sources),
        listenbrainz(&sources, settings.get("LISTENBRAINZ_TOKEN").is_some()),
        deezer(&sources),
        reccobeats(&sources),
        lastfm(&sources)
    );
    let finds = [&musicbrainz, &deezer].into_iter().flatten().any(Check::is_fine);
    checks.extend([musicbrainz, listenbrainz, deezer, reccobeats, lastfm].into_iter().flatten());
    for client in sources.clients() {
        if let Err(error) = client.rest().await {
            tracing::debug!(source = %client.source(), %error, "unused requests were not given back");
        }
    }
    finds
}

async fn musicbrainz(sources: &OpenSources) -> Option<Check> {
    let client = sources.musicbrainz.as_ref()?;
    let gives = "names in all languages, genres, ids elsewhere; needs no account";
    Some(look_at(client, gives, async { client.search_artists(NAME).await.map(|hits| !hits.is_empty()) }).await)
}

async fn listenbrainz(sources: &OpenSources, has_token: bool) -> Option<Check> {
    let client = sources.listenbrainz.as_ref()?;
    let gives = if has_token {
        "listeners and similar artists; the token is accepted"
    } else {
        "listeners and similar artists; needs no account (LISTENBRAINZ_TOKEN is for top recordings only, which `ingest` does without)"
    };
    let mbid = sixpotify_core::Mbid::parse(MBID).ok()?;
    let asks = async {
        let heard = client.popularity(std::slice::from_ref(&mbid)).await?;
        client.similar_artists(&mbid).await?;
        if has_token {
            match client.top_recordings(&mbid).await {
                Ok(_) | Err(FetchError::Gone { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(!heard.is_empty())
    };
    Some(look_at(client, gives, asks).await)
}

async fn deezer(sources: &OpenSources) -> Option<Check> {
    let client = sources.deezer.as_ref()?;
    let gives = "fans, pictures, albums, top tracks, recording codes; needs no account";
    Some(look_at(client, gives, async { client.search_artists(NAME).await.map(|hits| !hits.is_empty()) }).await)
}

async fn reccobeats(sources: &OpenSources) -> Option<Check> {
    let client = sources.reccobeats.as_ref()?;
    let track = TrackKey::Spotify(sixpotify_core::SpotifyId::parse(TRACK).ok()?);
    // Whether it knows this very track says nothing.
    let asks = async { client.audio_features(std::slice::from_ref(&track)).await.map(|_| true) };
    Some(look_at(client, "audio features; needs no account", asks).await)
}

async fn lastfm(sources: &OpenSources) -> Option<Check> {
    let client = sources.lastfm.as_ref()?;
    let key = ArtistKey::Name(NAME.to_owned());
    let asks = async { client.top_tags(&key).await.map(|tags| !tags.items.is_empty()) };
    Some(look_at(client, "similar artists and tags; the key is accepted", asks).await)
}

/// Asks, unless the source wants nothing before some time. `asks`: whether it knew what it was asked for.
async fn look_at(
    client: &dyn SourceClient,
    gives: &str,
    asks: impl Future<Output = Result<bool, FetchError>>,
) -> Check {
    let source = client.source();
    let what = source.as_str();
    let door = client.doors()[0];
    match door.ledger_state(now()).await {
        Ok(state) => {
            if let Some(blocked) = state.blocked {
                let until = blocked.until.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M");
                let found = format!("not asked: it wants no request before {until}: {}", blocked.reason);
                return Check::note(what, found, "nothing to mend: until then `ingest` goes on without it");
            }
        }
        Err(error) => return Check::wrong(what, error.to_string(), "see the database"),
    }
    match asks.await {
        Ok(true) => Check::ok(what, format!("answers: {gives}")),
        Ok(false) => {
            let found = format!("answers, and does not know {NAME}");
            Check::note(what, found, "is the setting of its address right?")
        }
        Err(error @ (FetchError::Credentials { .. } | FetchError::Forbidden { .. })) => {
            Check::failed(what, &Failure::from(&error))
        }
        Err(error) => Check::note(what, error.to_string(), "`ingest` passes it over, and `refresh` catches up later"),
    }
}
