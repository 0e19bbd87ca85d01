//! What the bot asks of the rest of the program.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Credit, Source, TrackId};
use sixpotify_similar::Reason;

use crate::incoming::Asker;
use crate::link::Link;
use crate::reply::Listen;

/// The catalogue or its database failed; the message can be answered again later.
pub type LibraryError = Box<dyn std::error::Error + Send + Sync>;

/// What every method returns.
pub(crate) type Result<T, E = LibraryError> = std::result::Result<T, E>;

/// The music, as the conversation sees it. All methods but [`learn`](Self::learn) answer from the catalogue, in a few
/// milliseconds, and ask no source.
#[async_trait]
pub trait Library: Send + Sync {
    /// Who is meant by `name`, however it is spelt. Decides as the resolver does: a wrong artist is worse than none.
    async fn find_artist(&self, name: &str) -> Result<Found>;

    /// What is known of an artist; `None` where there is no such artist (any more).
    async fn artist(&self, id: &ArtistId) -> Result<Option<Profile>>;

    /// Neighbours of an artist, nearest first, from the `from`th on (0 is the nearest), at most `count`.
    async fn similar(&self, id: &ArtistId, from: usize, count: usize) -> Result<Page<SimilarArtist>>;

    /// Songs to start with for an artist, the most played first, from the `from`th on, at most `count`.
    async fn songs(&self, id: &ArtistId, from: usize, count: usize) -> Result<Page<Song>>;

    /// One song; `None` where there is no such song (any more).
    async fn song(&self, id: &TrackId) -> Result<Option<Song>>;

    /// Songs whose title is `title` (folded: case, accents, punctuation, `(feat. ..)` apart), of `by` or of anybody; one for
    /// each recording that a listener would call another song, the most popular first, at most `count`.
    async fn songs_titled(&self, title: &str, by: Option<&ArtistId>, count: usize) -> Result<Vec<Song>>;

    /// Songs whose title somebody may have meant who typed `title` with a slip, of `by` or of anybody: those that are as near as
    /// the nearest, the most popular first, at most `count`. Not those that are called so.
    async fn songs_nearly_titled(&self, title: &str, by: Option<&ArtistId>, count: usize) -> Result<Vec<Song>>;

    /// Songs near a song, nearest first, from the `from`th on, at most `count`; empty where nothing is known of its sound.
    async fn songs_like(&self, id: &TrackId, from: usize, count: usize) -> Result<Page<SimilarSong>>;

    /// What a link leads to, as far as the catalogue knows. The link itself is never fetched.
    async fn unfurl(&self, link: &Link) -> Result<Unfurled>;

    /// A few well-known artists of the catalogue, for somebody who does not know what to type.
    async fn to_start_with(&self, count: usize) -> Result<Vec<ArtistBrief>>;

    /// Well-known artists of the genre that `said` names by its letters and digits (`hip hop` is `hip-hop`), at most `count`;
    /// `None` where the catalogue has no artist of such a genre.
    async fn of_genre(&self, said: &str, count: usize) -> Result<Option<OfGenre>>;

    /// Asks the sources for what the catalogue does not have, stores it and relates it; gives up waiting, not asking, after
    /// about two seconds.
    async fn learn(&self, wanted: &Wanted, asker: &Asker, now: DateTime<Utc>) -> Result<Learned>;
}

/// Part of a longer list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// Whether there is more after it.
    pub more: bool,
}

/// Who is meant by a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// This one.
    Artist {
        /// The artist.
        artist: ArtistBrief,
        /// Whether the name is the artist's own but for case, accents and the like, or a known alias: no guess.
        certain: bool,
    },
    /// One of these, the likeliest first.
    Ambiguous(Vec<ArtistBrief>),
    /// Nobody.
    Unknown,
}

/// An artist, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtistBrief {
    /// Id in the catalogue.
    pub id: ArtistId,
    /// Name.
    pub name: String,
    /// What tells it from others of the same name: genres, a source's remark; may be empty.
    pub hint: String,
    /// Picture.
    pub image_url: Option<String>,
}

/// An artist, as far as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Id in the catalogue.
    pub id: ArtistId,
    /// Name.
    pub name: String,
    /// Genres, the most telling first.
    pub genres: Vec<String>,
    /// Picture.
    pub image_url: Option<String>,
    /// Where to listen.
    pub listen: Option<Listen>,
    /// Everybody whose facts these are.
    pub sources: Vec<Source>,
}

/// Artists of a genre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfGenre {
    /// The genre, as the catalogue spells it.
    pub genre: String,
    /// Artists, the best known first; at least one.
    pub artists: Vec<ArtistBrief>,
}

/// A neighbour of an artist.
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarArtist {
    /// Id in the catalogue.
    pub id: ArtistId,
    /// Name.
    pub name: String,
    /// Picture.
    pub image_url: Option<String>,
    /// Where to listen.
    pub listen: Option<Listen>,
    /// Why it is a neighbour.
    pub why: Vec<Reason>,
}

/// A song.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Song {
    /// Id in the catalogue.
    pub id: TrackId,
    /// Title.
    pub title: String,
    /// Artists, in the order of the credits.
    pub artists: Vec<Credit>,
    /// Year of its release.
    pub year: Option<u16>,
    /// Cover.
    pub image_url: Option<String>,
    /// Where to listen.
    pub listen: Option<Listen>,
}

/// A song near another.
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarSong {
    /// The song.
    pub song: Song,
    /// Why it is near.
    pub why: Vec<Reason>,
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfurled {
    /// An artist of the catalogue.
    Artist(ArtistId),
    /// A song of the catalogue.
    Song(TrackId),
    /// Nothing that the catalogue knows.
    Unknown,
}

/// What is to be learned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// An artist by name, as it was typed.
    Name(String),
    /// An artist or a song by the link to it.
    Link(Link),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Learned {
    /// An artist, now in the catalogue.
    Artist(ArtistId),
    /// A song, now in the catalogue.
    Song(TrackId),
    /// Several, the likeliest first, all of them in the catalogue now.
    Ambiguous(Vec<ArtistBrief>),
    /// No source knows it; nobody is asked again for a while.
    NotFound,
    /// There is no source to ask: what the catalogue has is all there is.
    NobodyToAsk,
    /// No source can be asked now.
    Blocked {
        /// When the first one can be, where that is known.
        until: Option<DateTime<Utc>>,
    },
    /// It takes longer; the look-up goes on.
    Later,
    /// This person has asked for enough new names.
    AskedEnough {
        /// When the next one is looked up.
        until: DateTime<Utc>,
    },
    /// The chat has used up its share of what the sources allow a day.
    ShareUsed {
        /// When there is some again.
        until: DateTime<Utc>,
    },
}
