//! A look-up at the open sources: what is asked of them for one name, and for how long.

use std::time::Duration;

use sixpotify_bot::{Learned, LibraryError, Link};
use sixpotify_core::{ArtistId, Facet, Mbid, Source};
use sixpotify_pipeline::{NameEntry, NameList, OpenIngest, OpenOptions, OpenSources, Order};
use sixpotify_sources::SourceClient as _;
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::{Mode, Spotify};
use sixpotify_store::StoreError;
use tokio::sync::watch;
use tokio::time::sleep;

use super::{LIST, LookUp, Silent, in_turn};

/// What an answer needs: all but albums, and how songs sound. That takes a request for each song, and then one more.
pub(super) const FIRST: [Facet; 6] =
    [Facet::Profile, Facet::Genres, Facet::TopTracks, Facet::Aliases, Facet::Links, Facet::Related];

/// What is asked for after the answer.
const THEN: [Facet; 7] = [
    Facet::Profile,
    Facet::Genres,
    Facet::TopTracks,
    Facet::Aliases,
    Facet::Links,
    Facet::Related,
    Facet::AudioFeatures,
];

/// What tells artists of one name apart.
pub(super) const WHO: [Facet; 2] = [Facet::Genres, Facet::Links];

/// After this time no more is asked for a name: what is known by then has to do, the rest stays due.
const LONGEST: Duration = Duration::from_secs(30);

/// The open sources, as far as they are asked for names that nobody knows yet.
pub struct OpenLookUp {
    /// Their clients. They should not wait long while a source is blocked.
    pub sources: OpenSources,
    /// Seconds that a request of each takes at least; of a source that is not in it, and of one with 0, any number is allowed.
    pub paces: Vec<(Source, f64)>,
    /// Who is asked for what first.
    pub order: Order,
    /// Asks them for what Spotify knows, too; otherwise only where its key turns out to be in development mode.
    pub beside_spotify: bool,
}

impl OpenLookUp {
    /// Whether they are asked besides Spotify.
    pub(super) fn joins(&self, spotify: &Spotify) -> bool {
        self.beside_spotify || spotify.mode() == Some(Mode::Development)
    }

    /// Whom a link to an artist means at MusicBrainz, which knows addresses of artists elsewhere; or what is said without that.
    pub(super) async fn artist_of(&self, link: &Link) -> Result<Mbid, Learned> {
        let Some(musicbrainz) = &self.sources.musicbrainz else { return Err(Learned::NotFound) };
        if link.source == Source::MusicBrainz {
            return Mbid::parse(&link.id).map_err(|_| Learned::NotFound);
        }
        if let Err(error) = musicbrainz.restore().await {
            tracing::warn!(%error, "what is known of a source could not be read");
        }
        let wanted = sixpotify_core::Link { source: link.source, source_id: link.id.clone() };
        match musicbrainz.artists_of_links(std::slice::from_ref(&wanted)).await {
            Ok(joined) => {
                let ids = joined.into_iter().find(|(joined, _)| *joined == wanted).map(|(_, ids)| ids);
                match ids.as_deref() {
                    Some([id]) => Ok(id.clone()),
                    // One address of several artists is nobody's.
                    _ => Err(Learned::NotFound),
                }
            }
            Err(FetchError::Gone { .. }) => Err(Learned::NotFound),
            Err(FetchError::Paused { until, .. }) => Err(Learned::Blocked { until: Some(until) }),
            Err(error) => {
                tracing::warn!(%error, "a link could not be looked up");
                Err(Learned::Blocked { until: None })
            }
        }
    }
}

/// How the open sources were asked.
#[derive(Debug, Default)]
pub(super) struct AskedOpen {
    /// What kept them all from being asked.
    pub(super) blocked: Option<Learned>,
    /// Whoever finds names was away: that a name was not found says little.
    pub(super) uncertain: bool,
}

impl LookUp {
    fn open_ingest(&self, open: &OpenLookUp, facets: &[Facet]) -> OpenIngest {
        let options = OpenOptions {
            facets: facets.iter().copied().collect(),
            freshness: self.freshness,
            order: open.order.clone(),
            // Somebody waits: whoever cannot answer now is not asked again for the same name.
            most_failed: 1,
            hurried: true,
            ..OpenOptions::new(LIST)
        };
        OpenIngest::new(self.store.clone(), open.sources.clone(), self.clock.clone(), options)
    }

    /// Asks how the songs of an artist sound; whether anything was said. Anything else that is due goes along.
    pub(super) async fn ask_sound(&self, open: &OpenLookUp, artist: &ArtistId) -> Result<bool, LibraryError> {
        let ingest = self.open_ingest(open, &THEN);
        let (_go_on, stop) = watch::channel(false);
        let run = || ingest.complete(std::slice::from_ref(artist), &Silent, stop.clone());
        let report = in_turn(run, |error| matches!(error, StoreError::Busy { .. })).await?;
        Ok(report.facets.get(&Facet::AudioFeatures).is_some_and(|coverage| coverage.fetched > 0))
    }

    /// Ingests `facets` of `entries` from the open sources.
    pub(super) async fn ask_open(
        &self,
        open: &OpenLookUp,
        entries: Vec<NameEntry>,
        facets: &[Facet],
    ) -> Result<AskedOpen, LibraryError> {
        let list = NameList { entries, ..NameList::default() };
        let ingest = self.open_ingest(open, facets);
        let run = || async {
            let (end, stop) = watch::channel(false);
            let mut run = std::pin::pin!(ingest.run(&list, &Silent, stop));
            tokio::select! {
                report = &mut run => report,
                () = sleep(LONGEST) => {
                    end.send_replace(true);
                    run.await
                }
            }
        };
        match in_turn(run, |error| matches!(error, StoreError::Busy { .. })).await {
            Ok(report) => {
                let musicbrainz = report.sources.get(&Source::MusicBrainz);
                let uncertain = musicbrainz.is_some_and(|report| report.gone.is_some());
                Ok(AskedOpen { blocked: None, uncertain })
            }
            Err(StoreError::Busy { .. }) => {
                Ok(AskedOpen { blocked: Some(Learned::Blocked { until: None }), uncertain: false })
            }
            Err(error) => Err(error.into()),
        }
    }
}
