//! What the clients of open sources need, from the settings.

use std::time::Duration;

use sixpotify_core::Source;
use sixpotify_pipeline::Order;
use sixpotify_sources::Manners;
use sixpotify_sources::deezer::DeezerConfig;
use sixpotify_sources::http::{Retry, Timeouts};
use sixpotify_sources::lastfm::LastFmConfig;
use sixpotify_sources::listenbrainz::ListenBrainzConfig;
use sixpotify_sources::musicbrainz::MusicBrainzConfig;
use sixpotify_sources::reccobeats::ReccoBeatsConfig;

use super::Settings;
use crate::failure::Failure;

/// Budgets from 0, which is none of our own.
const BUDGETS: std::ops::RangeInclusive<u32> = 0..=100_000;

impl Settings {
    /// How we behave towards open sources, waiting for `max_wait` at most while one is blocked.
    ///
    /// # Errors
    /// Values that are not what they should be.
    pub(crate) fn manners(&self, max_wait: Duration) -> Result<Manners, Failure> {
        let delay = Duration::from_millis(self.number("SIXPOTIFY_RETRY_DELAY_MS", 0..=60_000)?.into());
        let usual = Manners::default();
        Ok(Manners {
            contact: self.contact().map(str::to_owned),
            max_wait,
            // Four times the usual delay, so that tests which shorten the one shorten the other.
            unsaid_wait: delay * 4,
            retry: Retry { base: delay, ..usual.retry },
            timeouts: Timeouts::default(),
        })
    }

    /// Whom to ask; empty where that depends on the keys.
    ///
    /// # Errors
    /// A word that is no source.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, Failure> {
        let Some(text) = self.get("SIXPOTIFY_SOURCES") else { return Ok(Vec::new()) };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| crate::cli::source(part).map_err(|e| Failure::usage(format!("setting SIXPOTIFY_SOURCES: {e}"))))
            .collect()
    }

    /// Who is asked for what first: `albums=deezer,spotify; genres=lastfm`, the usual order for facets that are not named.
    ///
    /// # Errors
    /// A word that is no facet or no source, a facet twice, and a source that does not have the facet.
    pub(crate) fn order(&self) -> Result<Order, Failure> {
        let Some(text) = self.get("SIXPOTIFY_ORDER") else { return Ok(Order::default()) };
        let wrong = |error: String| {
            Failure::usage(format!("setting SIXPOTIFY_ORDER: {error}"))
                .hint("facets with their sources, the first first: `albums=deezer,spotify; genres=lastfm`")
        };
        let mut order = Order::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (facet, sources) = part.split_once('=').ok_or_else(|| wrong(format!("`{part}` names no sources")))?;
            let facet = crate::cli::facet(facet).map_err(wrong)?;
            if order.is_chosen(facet) {
                return Err(wrong(format!("`{facet}` stands there twice")));
            }
            let sources = sources.split(',').map(str::trim).filter(|source| !source.is_empty());
            let sources: Vec<Source> = sources.map(crate::cli::source).collect::<Result<_, _>>().map_err(wrong)?;
            if sources.is_empty() {
                return Err(wrong(format!("nobody is asked for `{facet}`")));
            }
            order = order.with(facet, &sources).map_err(|e| wrong(e.to_string()))?;
        }
        Ok(order)
    }

    /// Whether there are keys for Spotify, or half of them.
    pub(crate) fn has_spotify_keys(&self) -> bool {
        self.get("SPOTIFY_CLIENT_ID").is_some() || self.get("SPOTIFY_CLIENT_SECRET").is_some()
    }

    /// Whom a source may write to; MusicBrainz asks for it.
    pub(crate) fn contact(&self) -> Option<&str> {
        self.get("SIXPOTIFY_CONTACT").map(str::trim).filter(|contact| !contact.is_empty())
    }

    /// Everything that the MusicBrainz client needs.
    ///
    /// # Errors
    /// Values that are not what they should be.
    pub(crate) fn musicbrainz(&self, max_wait: Duration) -> Result<MusicBrainzConfig, Failure> {
        Ok(MusicBrainzConfig {
            api_url: self.url("MUSICBRAINZ_API_URL")?,
            spacing: Duration::from_millis(self.number("MUSICBRAINZ_SPACING_MS", 0..=600_000)?.into()),
            manners: self.manners(max_wait)?,
        })
    }

    /// Everything that the ListenBrainz client needs.
    ///
    /// # Errors
    /// Values that are not what they should be.
    pub(crate) fn listenbrainz(&self, max_wait: Duration) -> Result<ListenBrainzConfig, Failure> {
        Ok(ListenBrainzConfig {
            api_url: self.url("LISTENBRAINZ_API_URL")?,
            labs_url: self.url("LISTENBRAINZ_LABS_URL")?,
            token: self.get("LISTENBRAINZ_TOKEN").map(Into::into),
            budget: self.budget("LISTENBRAINZ_BUDGET_10S")?,
            manners: self.manners(max_wait)?,
        })
    }

    /// Everything that the Deezer client needs.
    ///
    /// # Errors
    /// Values that are not what they should be.
    pub(crate) fn deezer(&self, max_wait: Duration) -> Result<DeezerConfig, Failure> {
        let (api_url, budget) = (self.url("DEEZER_API_URL")?, self.budget("DEEZER_BUDGET_5S")?);
        Ok(DeezerConfig { api_url, budget, manners: self.manners(max_wait)? })
    }

    /// Everything that the ReccoBeats client needs.
    ///
    /// # Errors
    /// Values that are not what they should be.
    pub(crate) fn reccobeats(&self, max_wait: Duration) -> Result<ReccoBeatsConfig, Failure> {
        let (api_url, budget) = (self.url("RECCOBEATS_API_URL")?, self.budget("RECCOBEATS_BUDGET_10S")?);
        Ok(ReccoBeatsConfig { api_url, budget, manners: self.manners(max_wait)? })
    }

    /// Everything that the Last.fm client needs; `None` without a key.
    ///
    /// # Errors
    /// Values that are not what they should be.
    pub(crate) fn lastfm(&self, max_wait: Duration) -> Result<Option<LastFmConfig>, Failure> {
        let Some(key) = self.get("LASTFM_API_KEY") else { return Ok(None) };
        Ok(Some(LastFmConfig {
            api_url: self.url("LASTFM_API_URL")?,
            api_key: key.into(),
            budget: self.budget("LASTFM_BUDGET_5S")?,
            manners: self.manners(max_wait)?,
        }))
    }

    /// A budget; 0 is none.
    fn budget(&self, key: &'static str) -> Result<Option<u32>, Failure> {
        Ok(Some(self.number(key, BUDGETS)?).filter(|budget| *budget > 0))
    }
}

#[cfg(test)]
mod tests {
    use sixpotify_core::Facet;

    use super::*;
    use crate::settings::Origin;

    const WAIT: Duration = Duration::from_secs(1);

    #[test]
    fn every_open_source_works_without_any_setting_but_the_one_that_needs_a_key() {
        let settings = Settings::default();
        assert_eq!(settings.musicbrainz(WAIT).unwrap().spacing, Duration::from_millis(1100));
        assert_eq!(settings.deezer(WAIT).unwrap().budget, Some(40));
        assert_eq!(settings.listenbrainz(WAIT).unwrap().budget, None);
        assert!(settings.reccobeats(WAIT).unwrap().api_url.as_str().starts_with("https://"));
        assert!(settings.lastfm(WAIT).unwrap().is_none());
        assert_eq!(settings.contact(), None);
    }

    #[test]
    fn an_order_is_read_and_mistakes_name_what_is_nearest() {
        let order = |text: &str| {
            let mut settings = Settings::default();
            settings.insert("SIXPOTIFY_ORDER", text.to_owned(), Origin::Environment);
            settings.order()
        };
        let read = order(" albums = deezer , spotify;genres=lastfm;").unwrap();
        assert_eq!(read.of(Facet::Albums), [Source::Deezer, Source::Spotify]);
        assert_eq!(read.of(Facet::Genres), [Source::LastFm]);
        assert_eq!(read.of(Facet::TopTracks), Order::default().of(Facet::TopTracks));
        for (text, why) in [
            ("album=deezer", "unknown facet `album`; the nearest known one is `albums`"),
            ("albums=dezer", "unknown source `dezer`; the nearest known one is `deezer`"),
            ("albums=lastfm", "lastfm has no albums; it is to be had from spotify, deezer"),
            ("albums", "`albums` names no sources"),
            ("albums=", "nobody is asked for `albums`"),
            ("albums=deezer;albums=spotify", "`albums` stands there twice"),
        ] {
            let error = format!("{:?}", order(text).unwrap_err());
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn keys_stay_secret_and_the_contact_is_sent() {
        let mut settings = Settings::default();
        for (key, value) in
            [("LASTFM_API_KEY", "hush"), ("LISTENBRAINZ_TOKEN", "hush"), ("SIXPOTIFY_CONTACT", " me@x ")]
        {
            settings.insert(key, value.to_owned(), Origin::Environment);
        }
        let shown = format!("{:?} {:?}", settings.lastfm(WAIT).unwrap(), settings.listenbrainz(WAIT).unwrap());
        assert!(!shown.contains("hush"), "{shown}");
        assert!(settings.shown().iter().all(|(_, value, _)| !value.contains("hush")));
        assert!(settings.manners(WAIT).unwrap().user_agent().ends_with("( me@x )"));
    }
}
