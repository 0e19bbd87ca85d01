//! What reading gives back.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sixpotify_core::{AlbumId, Artist, ArtistId, AudioFeatures, Credit, Facet, FacetState, Source, TrackId};

/// One facet of one artist, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FacetRecord {
    /// The artist.
    pub artist_id: ArtistId,
    /// The facet.
    pub facet: Facet,
    /// The source that was asked.
    pub source: Source,
    /// The market; empty where the facet has none.
    pub market: String,
    /// How it went.
    pub state: FacetState,
    /// How it was found out, where there is more than one way.
    pub how: Option<String>,
    /// When it was asked last.
    pub fetched_at: DateTime<Utc>,
    /// When not to ask again before.
    pub retry_at: Option<DateTime<Utc>>,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// Why it failed.
    pub error: Option<String>,
}

/// All that the catalogue knows of an artist.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtistDetail {
    /// The profile.
    #[serde(flatten)]
    pub artist: Artist,
    /// `(genre, who says so)`, by genre.
    pub genres: Vec<(String, Source)>,
    /// `(source, id there)`, by source and id.
    pub links: Vec<(Source, String)>,
    /// The artist's own albums (rows with an `album_group`): newest first, undated last, then by id.
    pub albums: Vec<AlbumEntry>,
    /// Top tracks by market, source and rank.
    pub top_tracks: Vec<TrackEntry>,
    /// What was asked of whom, and when; by facet and source.
    pub facets: Vec<FacetRecord>,
    /// When the artist entered the catalogue.
    pub created_at: DateTime<Utc>,
    /// When the profile last changed.
    pub updated_at: DateTime<Utc>,
}

impl ArtistDetail {
    /// Whose facts these are, each with the words that it asks to be said where they are shown; in the order of sources. Sources that
    /// ask for nothing are not among them.
    pub fn attributions(&self) -> Vec<(Source, &'static str)> {
        let answered = || self.facets.iter().filter(|mark| mark.state == FacetState::Ok);
        let genres = |source: Source| {
            self.genres.iter().any(|(_, from)| *from == source)
                || answered().any(|mark| (mark.facet, mark.source) == (Facet::Genres, source))
        };
        let mut from: Vec<Source> = answered().map(|mark| mark.source).collect();
        from.extend(self.genres.iter().map(|(_, source)| *source));
        from.extend(self.top_tracks.iter().map(|track| track.source));
        from.extend(self.top_tracks.iter().filter_map(|track| Some(track.features.as_ref()?.1)));
        from.sort_unstable();
        from.dedup();
        from.into_iter().filter_map(|source| Some((source, source.attribution(genres(source))?))).collect()
    }
}

/// An album in an artist's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlbumEntry {
    /// Id.
    pub id: AlbumId,
    /// Title.
    pub name: String,
    /// `album`, `single`, `compilation`.
    pub album_type: Option<String>,
    /// How the album belongs to the artist.
    pub album_group: Option<String>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub release_date: Option<String>,
    /// Number of tracks.
    pub total_tracks: Option<u32>,
    /// Page at the source.
    pub url: Option<String>,
}

/// A track in an artist's ranking.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackEntry {
    /// Id.
    pub id: TrackId,
    /// Title.
    pub name: String,
    /// Market of the ranking.
    pub market: String,
    /// 1 is the most played.
    pub rank: u32,
    /// Who ranks.
    pub source: Source,
    /// All credited artists, in order.
    pub artists: Vec<Credit>,
    /// Title of its album.
    pub album: Option<String>,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// Page at the source.
    pub url: Option<String>,
    /// Recording code: the same at every source that knows the recording.
    pub isrc: Option<String>,
    /// Audio features with their source, where there are any.
    pub features: Option<(AudioFeatures, Source)>,
}

/// A stored neighbour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Related {
    /// 1 is the nearest.
    pub rank: u32,
    /// The neighbour's profile.
    #[serde(flatten)]
    pub artist: Artist,
    /// 0 to 1, lower is nearer.
    pub distance: f32,
    /// Compact reason codes, as `relate` wrote them.
    pub why: String,
}

/// One row of a new ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedRow {
    /// Whose neighbour.
    pub artist_id: ArtistId,
    /// 1 is the nearest.
    pub rank: u32,
    /// The neighbour.
    pub related_id: ArtistId,
    /// 0 to 1, lower is nearer.
    pub distance: f32,
    /// Compact reason codes.
    pub why: String,
}

/// Number of rows of the main tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Artists.
    pub artists: u64,
    /// Distinct genres.
    pub genres: u64,
    /// Artists with at least one genre.
    pub artists_with_genres: u64,
    /// Albums.
    pub albums: u64,
    /// Tracks.
    pub tracks: u64,
    /// Tracks with audio features (empty rows not counted).
    pub audio_features: u64,
    /// Artists that have related artists.
    pub artists_with_related: u64,
    /// Rows of related artists.
    pub related_artists: u64,
}

/// A list of names with something left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PendingList {
    /// The list.
    pub list: String,
    /// All its names.
    pub names: u64,
    /// Those found.
    pub found: u64,
    /// Those with several candidates.
    pub ambiguous: u64,
    /// Those that no source knows.
    pub not_found: u64,
    /// Those that failed after retries.
    pub failed: u64,
    /// Those not asked yet.
    pub pending: u64,
    /// Earliest time at which a failed one is due again.
    pub next_retry_at: Option<DateTime<Utc>>,
}

/// One execution of a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRecord {
    /// Number of the run.
    pub id: i64,
    /// `ingest`, `relate`, ..
    pub job: String,
    /// How, where the job has several ways.
    pub method: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it runs, or when it was killed.
    pub finished_at: Option<DateTime<Utc>>,
    /// `done`, `paused` or `failed`.
    pub outcome: Option<String>,
    /// What it counted.
    pub counts: Option<serde_json::Value>,
}

/// Which facets make an artist due.
#[derive(Clone, Debug, PartialEq)]
pub struct DueArtists {
    /// The source that is asked.
    pub source: Source,
    /// Market of `top_tracks`.
    pub market: String,
    /// The facets, with the time before which a fetched one is stale; `None`: never.
    pub facets: Vec<(Facet, Option<DateTime<Utc>>)>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// An artist that is due, with the time by which artists are ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueArtist {
    /// The earliest `fetched_at` among its due facets; `None`, first of all, where one was never asked for.
    pub since: Option<DateTime<Utc>>,
    /// The artist.
    pub id: ArtistId,
}

/// Something that failed and will be tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The name as given, or the artist's name.
    pub name: String,
    /// The list that the name is in, for a name.
    pub list: Option<String>,
    /// The artist, for a facet.
    pub artist_id: Option<ArtistId>,
    /// The facet that failed; `None`: the name itself.
    pub facet: Option<Facet>,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// When it is tried again.
    pub retry_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_with_the_facts_that_are_there() {
        let mark = |facet, source, state| FacetRecord {
            artist_id: ArtistId::from_stored("a"),
            facet,
            source,
            market: String::new(),
            state,
            how: None,
            fetched_at: DateTime::UNIX_EPOCH,
            retry_at: None,
            attempts: 0,
            error: None,
        };
        let mut detail = ArtistDetail {
            artist: Artist {
                id: ArtistId::from_stored("a"),
                name: "A".to_owned(),
                followers: None,
                popularity: None,
                url: None,
                image_url: None,
            },
            genres: vec![("pop".to_owned(), Source::LastFm), ("own".to_owned(), Source::Csv)],
            links: Vec::new(),
            albums: Vec::new(),
            top_tracks: Vec::new(),
            facets: vec![
                mark(Facet::Aliases, Source::MusicBrainz, FacetState::Ok),
                mark(Facet::Genres, Source::Spotify, FacetState::Withheld),
            ],
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let said =
            |detail: &ArtistDetail| detail.attributions().into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        let (core, last_fm) = (said(&detail)[0], Source::LastFm.attribution(true).unwrap());
        assert_eq!(said(&detail), ["MusicBrainz, https://musicbrainz.org: CC0", last_fm]);
        detail.facets.push(mark(Facet::Genres, Source::MusicBrainz, FacetState::Ok));
        assert!(said(&detail)[0].starts_with(core) && said(&detail)[0].contains("CC BY-NC-SA 3.0"), "{detail:?}");
    }
}
