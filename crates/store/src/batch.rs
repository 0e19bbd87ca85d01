//! What is written together: the facts and the marks that say they were asked for.

use chrono::{DateTime, Utc};
use sixpotify_core::{Album, Artist, ArtistId, AudioFeatures, Facet, FacetState, Source, Track, TrackId};

/// One transaction's worth of facts. Written in the order of the fields.
///
/// Text may hold anything: U+0000, which PostgreSQL cannot store, is left out (a name that is looked up, too). Keys
/// (ids, genres, a list and a name together) may have 2,400 bytes; a batch with a longer one is refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Profiles: inserted, or updated where something is new.
    pub artists: Vec<Artist>,
    /// What profiles lack, where a source has it that did not give the profile.
    pub fills: Vec<ProfileFill>,
    /// Ids of artists at sources.
    pub links: Vec<Link>,
    /// Complete lists of genres.
    pub genres: Vec<GenreList>,
    /// Complete lists of an artist's other names from a source.
    pub aliases: Vec<crate::AliasList>,
    /// All votes for genres that a source has.
    pub votes: Vec<VoteList>,
    /// Complete lists of whom a source calls related.
    pub related: Vec<RelatedList>,
    /// Complete lists of an artist's albums.
    pub albums: Vec<AlbumList>,
    /// Tracks, with their albums and credits; a track's credits are replaced as a whole (none at all say nothing).
    pub tracks: Vec<Track>,
    /// Complete rankings of an artist's tracks in a market.
    pub top_tracks: Vec<TopTracks>,
    /// Audio features, or the fact that there are none.
    pub features: Vec<Features>,
    /// What was asked, and how it went.
    pub facets: Vec<FacetMark>,
    /// What became of names.
    pub names: Vec<NameRecord>,
    /// Claims that are settled by all this: freed in the same transaction, if they are `worker`'s.
    pub released: Vec<crate::Claim>,
    /// The worker that writes, where there is one.
    pub worker: Option<i64>,
}

impl Batch {
    /// Whether there is nothing to write, whoever would write it.
    pub fn is_empty(&self) -> bool {
        *self == Self { worker: self.worker, ..Self::default() }
    }

    /// Adds all of `other` behind what is here.
    pub fn append(&mut self, other: Batch) {
        self.artists.extend(other.artists);
        self.fills.extend(other.fills);
        self.links.extend(other.links);
        self.votes.extend(other.votes);
        self.related.extend(other.related);
        self.genres.extend(other.genres);
        self.aliases.extend(other.aliases);
        self.albums.extend(other.albums);
        self.tracks.extend(other.tracks);
        self.top_tracks.extend(other.top_tracks);
        self.features.extend(other.features);
        self.facets.extend(other.facets);
        self.names.extend(other.names);
        self.released.extend(other.released);
        self.worker = self.worker.or(other.worker);
    }
}

/// Values for the profile of an artist that is in the catalogue; one that is not is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFill {
    /// The artist.
    pub artist_id: ArtistId,
    /// Whether the values replace those that are there: they are this source's own of an earlier day. Otherwise they only
    /// fill what is absent.
    pub replaces: bool,
    /// Number of followers.
    pub followers: Option<u64>,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// Page of the artist.
    pub url: Option<String>,
    /// Picture; linked, never copied.
    pub image_url: Option<String>,
}

/// All genres that `source` gives an artist, with their weight there (`genre_vote`). They become the artist's genres
/// (`artist_genre`) where no other source gave any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteList {
    /// The artist.
    pub artist_id: ArtistId,
    /// Who says so.
    pub source: Source,
    /// Genres and weights, each genre once.
    pub votes: Vec<(String, u32)>,
}

/// Whom `source` calls related to an artist, best first (`source_related`); replaces what it said before.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedList {
    /// The artist.
    pub artist_id: ArtistId,
    /// Who says so.
    pub source: Source,
    /// Id at the source, name there, and how strongly, in the source's scale.
    pub related: Vec<(Option<String>, Option<String>, Option<f32>)>,
}

/// An artist's id at a source (`artist_link`). An id that belongs to another artist already stays with that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The artist.
    pub artist_id: ArtistId,
    /// The source.
    pub source: Source,
    /// The artist's id there.
    pub source_id: String,
}

/// All genres that `source` gives an artist; replaces the artist's genres (`artist_genre`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenreList {
    /// The artist.
    pub artist_id: ArtistId,
    /// Who says so.
    pub source: Source,
    /// The genres; repeats are stored once.
    pub genres: Vec<String>,
}

/// All albums of an artist at `source`, each with its group.
///
/// Stored in `albums` and `album_artist`. The rows of `album_artist` that belong to an artist's list are those whose
/// `album_group` is not null; those that the new list lacks are deleted. Credits of other artists on the same albums are
/// added with a null group (and never lose one that they have).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumList {
    /// The artist.
    pub artist_id: ArtistId,
    /// Who says so.
    pub source: Source,
    /// `(album_group, album)`: group `album`, `single`, `compilation` or `appears_on`.
    pub albums: Vec<(String, Album)>,
}

/// The most played tracks of an artist in a market; replaces the ranking of that artist, market and source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopTracks {
    /// The artist.
    pub artist_id: ArtistId,
    /// ISO 3166-1 alpha-2 country.
    pub market: String,
    /// Who says so.
    pub source: Source,
    /// Best first; rank 1 is the first. The tracks themselves are in [`Batch::tracks`] or stored already.
    pub track_ids: Vec<TrackId>,
}

/// Audio features of a track. An empty [`AudioFeatures`] says: asked, and the source has none. It never replaces
/// features that are there, and a `None` in it never replaces a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// The track.
    pub track_id: TrackId,
    /// Who says so.
    pub source: Source,
    /// The values.
    pub features: AudioFeatures,
}

/// What is known of one artist, facet, source and market (`facets`); replaces what was known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetMark {
    /// The artist.
    pub artist_id: ArtistId,
    /// The facet.
    pub facet: Facet,
    /// The source that was asked.
    pub source: Source,
    /// The market asked for; empty where the facet has none.
    pub market: String,
    /// How it went.
    pub state: FacetState,
    /// How it was found out, where there is more than one way: `search` for songs found by a track search.
    pub how: Option<String>,
    /// When not to ask again before; `None`: as freshness says.
    pub retry_at: Option<DateTime<Utc>>,
    /// Failed attempts in a row; 0 after success.
    pub attempts: u32,
    /// Why it failed.
    pub error: Option<String>,
}

/// Whether a name has become an artist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameState {
    /// Not decided yet. Written, it enters a name that is new and leaves one that is known as it is.
    Pending,
    /// Decided: see `artist_id` and `how`.
    Found,
    /// Several artists could be meant; see `candidates`.
    Ambiguous,
    /// No source has an artist of this name; see `candidates` for what it offered.
    NotFound,
    /// Asking failed after all retries; `candidates` is null.
    Failed,
}

impl NameState {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Pending, Self::Found, Self::Ambiguous, Self::NotFound, Self::Failed];

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Found => "found",
            Self::Ambiguous => "ambiguous",
            Self::NotFound => "not_found",
            Self::Failed => "failed",
        }
    }
}

impl std::str::FromStr for NameState {
    type Err = UnknownNameState;

    fn from_str(word: &str) -> Result<Self, UnknownNameState> {
        Self::ALL.iter().copied().find(|s| s.as_str() == word).ok_or_else(|| UnknownNameState(word.to_owned()))
    }
}

/// A word that is no [`NameState`].
#[derive(Debug, thiserror::Error)]
#[error("unknown name state `{0}`")]
pub struct UnknownNameState(String);

/// What became of one name of a list (`ingest_names`); replaces what was known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct NameRecord {
    /// Which list of names.
    pub list: String,
    /// The name as given.
    pub name: String,
    /// Whether it was found.
    pub state: NameState,
    /// The artist, when found.
    pub artist_id: Option<ArtistId>,
    /// How it was decided, for instance `exact`, `folded`, `id`, `source-rank`; for `Failed` the reason.
    pub how: Option<String>,
    /// JSON array of candidates, best first.
    pub candidates: Option<serde_json::Value>,
    /// Attempts that failed in a row.
    pub attempts: u32,
    /// When not to ask again before.
    pub retry_at: Option<DateTime<Utc>>,
}
