//! An artist that a run works on: what is known of it, and what is due.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sixpotify_core::{Artist, ArtistId, DeezerId, Facet, FacetState, Mbid, Source, TrackId, fold};
use sixpotify_sources::reccobeats::TrackKey;
use sixpotify_store::{ArtistDetail, FacetRecord, TrackEntry};

use super::OpenOptions;

/// How a mark says that a profile's followers and picture came from its source.
pub(in crate::ingest) const FILLED: &str = "filled";

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
    /// Tracks at Deezer without features of which the recording code is not known, either.
    pub(super) uncoded: Vec<DeezerId>,
    /// Recording codes of its tracks, by which it can be told from others of its name.
    pub(super) codes: Vec<String>,
    /// What was asked for in this run.
    noted: BTreeSet<(Facet, Source)>,
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
        let without = || detail.top_tracks.iter().filter(|track| track.features.is_none());
        let uncoded = without().filter(|track| track.isrc.is_none());
        let at_deezer = |track: &TrackEntry| DeezerId::parse(track.id.as_str().strip_prefix("deezer:")?);
        let key = |track: &TrackEntry| match track.id.spotify() {
            Some(id) => Some(TrackKey::Spotify(id)),
            None => track.isrc.clone().map(TrackKey::Isrc),
        };
        Self {
            name: detail.artist.name.clone(),
            keys,
            genres_from: from(&mut detail.genres.iter().map(|(_, source)| *source)),
            albums_from,
            tracks_from: from(&mut detail.top_tracks.iter().map(|track| track.source)),
            uncoded: uncoded.filter_map(at_deezer).collect(),
            tracks: without().filter_map(|track| Some((track.id.clone(), key(track)?))).collect(),
            codes: detail.top_tracks.iter().filter_map(|track| track.isrc.clone()).collect(),
            has_followers: detail.artist.followers.is_some(),
            has_popularity: detail.artist.popularity.is_some(),
            has_image: detail.artist.image_url.is_some(),
            id: detail.artist.id,
            links: detail.links,
            marks,
            noted: BTreeSet::new(),
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

    /// Whether `source` keeps its values of the profile up to date: it filled them before, and nobody who comes first in the
    /// order has done so since; or it comes first itself.
    pub(super) fn keeps(&self, options: &OpenOptions, source: Source) -> bool {
        let filled = |by| self.marks.get(&(Facet::Profile, by)).is_some_and(|mark| mark.how.as_deref() == Some(FILLED));
        let first = options.order.prefers(Facet::Profile, source, Source::Spotify);
        first || filled(source) && !filled(Source::Spotify)
    }

    /// Whether Spotify gives its picture and its page, and comes first.
    pub(super) fn has_face(&self, options: &OpenOptions, source: Source) -> bool {
        let known = self
            .marks
            .get(&(Facet::Profile, Source::Spotify))
            .is_some_and(|mark| mark.state == FacetState::Ok && self.ids(Source::Spotify).next().is_some());
        known && !options.order.prefers(Facet::Profile, source, Source::Spotify)
    }

    /// Notes that `source` was asked for `facet`, whatever it said.
    pub(super) fn note(&mut self, facet: Facet, source: Source) {
        self.noted.insert((facet, source));
    }

    /// Whether `source`, if it were there, would be asked for `facet`: [`Self::is_due`], and what it needs for that is known.
    pub(super) fn wants(&self, options: &OpenOptions, facet: Facet, source: Source, now: DateTime<Utc>) -> bool {
        let can = match (source, facet) {
            // Its profile comes with the rest.
            (Source::MusicBrainz, Facet::Profile) => false,
            (Source::MusicBrainz, _) => {
                [Source::MusicBrainz, Source::Spotify, Source::Deezer].iter().any(|s| self.ids(*s).next().is_some())
            }
            (Source::ListenBrainz, Facet::Profile) => self.mbid().is_some() && self.lacks_profile(options, source),
            (Source::ListenBrainz, _) => self.mbid().is_some(),
            (Source::ReccoBeats, _) => !self.tracks.is_empty() || !self.uncoded.is_empty(),
            _ => true,
        };
        can && self.is_due(options, facet, source, now)
    }

    /// Whether `source` is to be asked for `facet`: it may be, no source before it has it, and it is stale or was never asked for.
    pub(super) fn is_due(&self, options: &OpenOptions, facet: Facet, source: Source, now: DateTime<Utc>) -> bool {
        if self.noted.contains(&(facet, source)) || !options.allows(facet, source) {
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

    /// Whether genres of a source before `source` are those that are shown.
    pub(super) fn has_genres_before(&self, options: &OpenOptions, source: Source) -> bool {
        let before = options.order.before(Facet::Genres, source);
        self.genres_from.iter().any(|from| before.contains(from))
    }

    /// Notes that genres of `source` are shown from now on.
    pub(super) fn shows_genres_of(&mut self, source: Source) {
        self.genres_from = vec![source];
    }

    /// Whether the profile lacks what `source` can fill.
    pub(super) fn lacks_profile(&self, options: &OpenOptions, source: Source) -> bool {
        let lacks = match source {
            Source::ListenBrainz => !self.has_popularity,
            _ => !self.has_followers || !self.has_image,
        };
        lacks || self.keeps(options, source)
    }
}

/// An artist of whom the catalogue has nothing yet.
pub(super) fn nobody_yet(artist: Artist, links: Vec<(Source, String)>, now: DateTime<Utc>) -> ArtistDetail {
    ArtistDetail {
        artist,
        genres: Vec::new(),
        links,
        albums: Vec::new(),
        top_tracks: Vec::new(),
        facets: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}
