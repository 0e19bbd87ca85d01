//! An artist that a run works on: what is known of it, and what is due.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, DeezerId, Facet, FacetState, Mbid, Source, TrackId, fold};
use sixpotify_sources::reccobeats::TrackKey;
use sixpotify_store::{ArtistDetail, FacetRecord};

use super::OpenOptions;

/// How a mark says that a profile's followers and picture came from its source.
pub(super) const FILLED: &str = "filled";

/// An artist of the catalogue.
pub(super) struct Subject {
    pub(super) id: ArtistId,
    pub(super) name: String,
    /// Its names, folded: what a hit elsewhere must be called.
    pub(super) keys: BTreeSet<String>,
    pub(super) links: Vec<(Source, String)>,
    /// Sources whose genres, albums and top tracks it has.
    genres_from: Vec<Source>,
    albums_from: Vec<Source>,
    tracks_from: Vec<Source>,
    has_followers: bool,
    has_popularity: bool,
    has_image: bool,
    marks: HashMap<(Facet, Source), FacetRecord>,
    /// Tracks without features, and by what they are asked for.
    pub(super) tracks: Vec<(TrackId, TrackKey)>,
    /// Questions under way.
    pub(super) pieces: usize,
}

impl Subject {
    pub(super) fn new(detail: ArtistDetail) -> Self {
        let mut keys = BTreeSet::from([fold(&detail.artist.name)]);
        keys.remove("");
        let from = |sources: &mut dyn Iterator<Item = Source>| {
            let mut all: Vec<Source> = sources.collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let marks: HashMap<_, _> = detail.facets.into_iter().map(|mark| ((mark.facet, mark.source), mark)).collect();
        let albums = |source: Source| marks.get(&(Facet::Albums, source)).is_some_and(|m| m.state == FacetState::Ok);
        let albums_from = if detail.albums.is_empty() {
            Vec::new()
        } else {
            Source::ALL.iter().copied().filter(|source| albums(*source)).collect()
        };
        let without = detail.top_tracks.iter().filter(|track| track.features.is_none());
        Self {
            name: detail.artist.name.clone(),
            keys,
            genres_from: from(&mut detail.genres.iter().map(|(_, source)| *source)),
            albums_from,
            tracks_from: from(&mut detail.top_tracks.iter().map(|track| track.source)),
            tracks: without.filter_map(|t| Some((t.id.clone(), TrackKey::Spotify(t.id.spotify()?)))).collect(),
            has_followers: detail.artist.followers.is_some(),
            has_popularity: detail.artist.popularity.is_some(),
            has_image: detail.artist.image_url.is_some(),
            id: detail.artist.id,
            links: detail.links,
            marks,
            pieces: 0,
        }
    }

    /// The id at MusicBrainz.
    pub(super) fn mbid(&self) -> Option<Mbid> {
        self.ids(Source::MusicBrainz).find_map(|id| Mbid::parse(id).ok())
    }

    /// The id at Deezer; the first of several.
    pub(super) fn deezer(&self) -> Option<DeezerId> {
        self.ids(Source::Deezer).find_map(DeezerId::parse)
    }

    pub(super) fn ids(&self, source: Source) -> impl Iterator<Item = &str> {
        self.links.iter().filter(move |(s, _)| *s == source).map(|(_, id)| id.as_str())
    }

    /// Failed attempts in a row.
    pub(super) fn attempts(&self, facet: Facet, source: Source) -> u32 {
        self.marks.get(&(facet, source)).map_or(0, |mark| mark.attempts)
    }

    /// Whether the source filled values of the profile before, and so keeps them up to date.
    pub(super) fn filled_by(&self, source: Source) -> bool {
        self.marks.get(&(Facet::Profile, source)).is_some_and(|mark| mark.how.as_deref() == Some(FILLED))
    }

    /// Whether `source` is to be asked for `facet`: it may be, no source before it has it, and it is stale or was never asked for.
    pub(super) fn is_due(&self, options: &OpenOptions, facet: Facet, source: Source, now: DateTime<Utc>) -> bool {
        if !options.facets.contains(&facet) || !options.order.has(facet, source) {
            return false;
        }
        let before = options.order.before(facet, source);
        let has = |from: &[Source]| from.iter().any(|source| before.contains(source));
        let taken = match facet {
            Facet::Albums => has(&self.albums_from),
            Facet::TopTracks => has(&self.tracks_from),
            // Votes and values stand side by side; what is related is a list of each source.
            _ => false,
        };
        !taken && options.freshness.is_due(facet, self.marks.get(&(facet, source)), now)
    }

    /// Whether a source before `source` gave genres.
    pub(super) fn has_genres_before(&self, options: &OpenOptions, source: Source) -> bool {
        let before = options.order.before(Facet::Genres, source);
        self.genres_from.iter().any(|from| before.contains(from))
    }

    /// Whether the profile lacks what Deezer can fill.
    pub(super) fn lacks_profile(&self, source: Source) -> bool {
        match source {
            Source::ListenBrainz => !self.has_popularity || self.filled_by(source),
            _ => !self.has_followers || !self.has_image || self.filled_by(source),
        }
    }
}
