//! What similarity needs of a catalogue: imports of whole tables, all signals as streams, and the ranking as a whole.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use sixpotify_core::{ArtistId, AudioFeatures, Credit, Source, TrackId};

use crate::{Link, RelatedRow, Result};

/// Number of audio features: the length of [`MeanFeatures::values`].
pub const FEATURE_COUNT: usize = 13;

/// The part of a catalogue that imports of tables, `relate`, `similar` and `eval` work with.
#[async_trait]
pub trait SimilarityStore: Send + Sync {
    /// Writes all of `import` in one transaction, set by set; twice is the same as once. Rows that repeat a key within the
    /// batch are merged, the later one winning; a `None` never overwrites a value that is there.
    async fn write_import(&self, import: Arc<ImportBatch>, now: DateTime<Utc>) -> Result<()>;

    /// Every pair of one of `names` and an artist that has this name to the letter, by name and id.
    async fn artists_named(&self, names: &[String]) -> Result<Vec<(String, ArtistId)>>;

    /// What names of listeners are hashed with in this catalogue: `candidate`, if there was nothing yet.
    async fn listener_salt(&self, candidate: &str) -> Result<String>;

    /// What `relate` needs of every artist, in the byte order of ids.
    fn relate_input(&self) -> BoxStream<'_, Result<RelateInput>>;

    /// All co-listening, by user and artist.
    fn listens(&self) -> BoxStream<'_, Result<ListenRow>>;

    /// Whom sources say to be related, as far as both are in the catalogue; by artist, source and rank.
    fn said_related(&self) -> BoxStream<'_, Result<SaidRelated>>;

    /// Pairs of artists of the catalogue that are credited on the same tracks, each pair once, the smaller id first.
    fn shared_tracks(&self) -> BoxStream<'_, Result<SharedTracks>>;

    /// All tracks, in the byte order of ids.
    fn songs(&self) -> BoxStream<'_, Result<SongInput>>;

    /// The stored ranking of all artists, of one moment: by artist and rank, at most `depth` each.
    fn ranking(&self, depth: u32) -> BoxStream<'_, Result<RankedPair>>;

    /// Where the stored list of each artist that has one ends, in the byte order of ids.
    fn related_ends(&self) -> BoxStream<'_, Result<RelatedEnd>>;

    /// Replaces the stored neighbours of one artist and, if `entry` says so, enters it into those of others, in one transaction; of
    /// all rows, those of artists that are there. All other lists stay as they are.
    async fn replace_related(&self, artist: &ArtistId, rows: &[RelatedRow], entry: Option<&Entry>) -> Result<Replaced>;

    /// The middle of all known popularities of artists, the upper one of two; `None` where nobody's is known.
    async fn median_popularity(&self) -> Result<Option<u8>>;
}

/// The last neighbour of a stored list.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedEnd {
    /// Whose list it is.
    pub artist_id: ArtistId,
    /// How many neighbours are stored.
    pub rank: u32,
    /// The distance of the last one, 0 to 1.
    pub distance: f32,
}

/// An artist enters the stored lists of others, each at its place by distance and then by id. It leaves all lists that are not named; such
/// a list is shorter by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// The artist as a neighbour of others, each of them once; what `rank` says does not matter.
    pub rows: Vec<RelatedRow>,
    /// Neighbours that a list holds at most; whoever is pushed beyond goes.
    pub depth: u32,
}

/// What [`SimilarityStore::replace_related`] wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Neighbours of the artist itself.
    pub rows: u64,
    /// Lists of others that hold the artist now; 0 without an [`Entry`].
    pub lists: u64,
}

/// One transaction's worth of a table that is imported.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportBatch {
    /// Who says all this.
    pub source: Source,
    /// Artists; who is in [`Self::listens`] must be here or in the catalogue, others are left out.
    pub artists: Vec<ImportedArtist>,
    /// Ids of artists at the source.
    pub links: Vec<Link>,
    /// Tracks.
    pub tracks: Vec<ImportedTrack>,
    /// Co-listening.
    pub listens: Vec<ImportedListen>,
}

impl ImportBatch {
    /// Nothing yet, of `source`.
    pub fn new(source: Source) -> Self {
        Self { source, artists: Vec::new(), links: Vec::new(), tracks: Vec::new(), listens: Vec::new() }
    }

    /// Number of rows of all kinds.
    pub fn len(&self) -> usize {
        self.artists.len() + self.links.len() + self.tracks.len() + self.listens.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An artist of an imported table.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedArtist {
    /// Id. One that another source gave keeps the name and popularity that it has.
    pub id: ArtistId,
    /// Name.
    pub name: String,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// All genres. An empty list takes away those of the same source only; `None` says nothing.
    pub genres: Option<Vec<String>>,
    /// Means over the artist's tracks.
    pub features: Option<MeanFeatures>,
}

/// Audio features of an artist as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanFeatures {
    /// Over how many tracks.
    pub n_tracks: Option<u32>,
    /// Danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness, liveness, valence, tempo, time
    /// signature and duration in milliseconds, in the units of [`AudioFeatures`]; finite.
    pub values: [Option<f32>; FEATURE_COUNT],
}

/// A track of an imported table.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedTrack {
    /// Id.
    pub id: TrackId,
    /// Title; an empty one is none and never overwrites one.
    pub name: String,
    /// Its artists, in order; none at all say nothing. Credits that another source gave stay.
    pub artists: Vec<Credit>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub release_date: Option<String>,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// Whether its words are explicit.
    pub explicit: Option<bool>,
    /// Audio features.
    pub features: AudioFeatures,
}

/// One listener's plays of one artist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedListen {
    /// Hash of the source's name for the listener, never that name.
    pub user_key: String,
    /// The artist.
    pub artist_id: ArtistId,
    /// How often.
    pub plays: u64,
}

/// What `relate` needs of one artist. Every fact says who states it.
#[derive(Clone, Debug, PartialEq)]
pub struct RelateInput {
    /// The artist.
    pub id: ArtistId,
    /// Name.
    pub name: String,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// Sources that gave the profile, and so perhaps the popularity; the id's own where nothing else is known.
    pub profile_from: Vec<Source>,
    /// Genres, sorted.
    pub genres: Vec<(String, Source)>,
    /// Features of the tracks on which the artist is credited, by track id; tracks without any are left out.
    pub tracks: Vec<(AudioFeatures, Source)>,
    /// Features of the artist as a whole, by source.
    pub features: Vec<(MeanFeatures, Source)>,
    /// Years in which these tracks were released, as far as known, by track id.
    pub years: Vec<(u16, Source)>,
}

/// A row of `listens`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenRow {
    /// Hash of the source's name for the listener.
    pub user_key: String,
    /// The artist.
    pub artist_id: ArtistId,
    /// Who says so.
    pub source: Source,
    /// How often.
    pub plays: u64,
}

/// A row of `source_related` whose other side is in the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct SaidRelated {
    /// Whose list.
    pub artist_id: ArtistId,
    /// Who says so.
    pub source: Source,
    /// 1 is the first.
    pub rank: u32,
    /// Who is in the list.
    pub related_id: ArtistId,
    /// The source's score, in the source's own scale.
    pub score: Option<f32>,
}

/// How many tracks two artists made together, by who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedTracks {
    /// The artist with the smaller id.
    pub a: ArtistId,
    /// The other one.
    pub b: ArtistId,
    /// Who says so.
    pub source: Source,
    /// On how many tracks both are credited.
    pub tracks: u32,
}

/// What song neighbours are computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct SongInput {
    /// The track.
    pub id: TrackId,
    /// Title; empty where none is known.
    pub name: String,
    /// Who says that the track is there.
    pub source: Source,
    /// Its artists, in order.
    pub artists: Vec<Credit>,
    /// Genres of these artists, with who says so.
    pub genres: Vec<(String, Source)>,
    /// Audio features, with who says so.
    pub features: Option<(AudioFeatures, Source)>,
    /// Year of release.
    pub year: Option<u16>,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// Whether its words are explicit.
    pub explicit: Option<bool>,
    /// Markets in whose rankings it stands.
    pub markets: Vec<String>,
}

/// A pair of the stored ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedPair {
    /// Whose neighbour.
    pub artist_id: ArtistId,
    /// The artist's name.
    pub artist: String,
    /// 1 is the nearest.
    pub rank: u32,
    /// The neighbour.
    pub neighbour_id: ArtistId,
    /// The neighbour's name.
    pub neighbour: String,
    /// 0 to 1, lower is nearer.
    pub distance: f32,
}
