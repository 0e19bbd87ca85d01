//! How the signals make one distance, and what happens when one of them is missing.
//!
//! A distance is a weighted mean of two, each 0 to 1: that of the sounds ([`crate::sound`]) and that of the genres ([`crate::genres`]).
//! Where a pair lacks one of the two (either artist does), a constant stands in for it. The constants are close to what two artists
//! picked at random have, so that an unknown artist ranks behind those who are known to be near and before those known to be far.
//!
//! An artist without genres borrows those of its neighbours (module `spread`): they make it nearer to some, by their cosine less than the
//! constant. So a guess makes a pair as near as knowledge does, and by what the constant is below 1 even a little nearer: two are at 0 from
//! a cosine of 0.95 on, where known genres are only from 1 on. A mean of many neighbours' genres is rarely that near to anybody's.
//!
//! A pair about which nothing is known (no signal that both have, or no more than two sets of genres without a common or related one) is
//! not ranked at all. So an artist without features and without genres gets no neighbours and is nobody's neighbour.
//!
//! A signal that nobody in the catalogue has takes no part; the other then counts for all.

/// Which signals make the distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Method {
    /// Sound, popularity and genres together.
    #[default]
    Blend,
    /// The audio features alone.
    Audio,
    /// The genres alone: artists without a common genre are not neighbours.
    Genres,
    /// Listeners, sources' lists and shared work alone: artists whom nothing of the kind joins are not neighbours.
    Behaviour,
}

impl Method {
    /// All methods.
    pub const ALL: [Self; 4] = [Self::Blend, Self::Audio, Self::Genres, Self::Behaviour];

    /// The name under which it is typed and recorded, such as `blend`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blend => "blend",
            Self::Audio => "audio",
            Self::Genres => "genres",
            Self::Behaviour => "behaviour",
        }
    }

    /// The method of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// Share of the sound in a blended distance; the genres have the rest. Anything from 0.4 to 0.6 ranks nearly as well.
const SOUND_SHARE: f32 = 0.5;

/// Stands in for the genre distance where either artist has no genres; two random sets of genres are nearly always at 1.
const UNKNOWN_GENRES: f32 = 0.95;

/// Share of sound and genres where the catalogue has behaviour. As a pair that nothing joins has strength 0, an artist whom nobody is
/// known to hear is ranked by its content alone, and a well connected one mostly by its listeners.
const CONTENT_SHARE: f32 = 0.32;

/// Stands in for the content of a pair that behaviour joins and nothing else can compare.
const UNKNOWN_CONTENT: f32 = 0.75;

/// Stands in for the sound distance where either artist has no features; the median of random pairs is near it.
const UNKNOWN_SOUND: f32 = 0.6;

/// Share of the genres in the distance of two songs.
const SONG_GENRE_SHARE: f32 = 0.35;

/// As [`UNKNOWN_GENRES`], for songs.
const SONG_UNKNOWN_GENRES: f32 = 0.85;

/// As [`CONTENT_SHARE`], for songs, of which it is the artists that are joined.
const SONG_CONTENT_SHARE: f32 = 0.8;

/// The rule that makes one distance of a pair's signals, for one method and catalogue.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Blend {
    /// Share of the sound.
    share: f32,
    /// Share of sound and genres beside the behaviour.
    content: f32,
    unknown_genres: f32,
    unknown_sound: f32,
}

impl Blend {
    /// The rule for a catalogue in which somebody has a sound, and somebody has genres, or nobody does.
    pub(crate) const fn new(method: Method, has_sound: bool, has_genres: bool, has_behaviour: bool) -> Self {
        let share = match (method, has_sound, has_genres) {
            (Method::Audio, ..) | (Method::Blend, true, false) => 1.0,
            (Method::Genres | Method::Behaviour, ..) | (Method::Blend, false, _) => 0.0,
            (Method::Blend, true, true) => SOUND_SHARE,
        };
        let content = match method {
            Method::Behaviour => 0.0,
            Method::Blend if has_behaviour => CONTENT_SHARE,
            _ => 1.0,
        };
        Self { share, content, unknown_genres: UNKNOWN_GENRES, unknown_sound: UNKNOWN_SOUND }
    }

    /// The rule for songs.
    pub(crate) const fn of_songs(has_sound: bool, has_genres: bool, has_behaviour: bool) -> Self {
        let share = match (has_sound, has_genres) {
            (_, false) => 1.0,
            (false, true) => 0.0,
            (true, true) => 1.0 - SONG_GENRE_SHARE,
        };
        let content = if has_behaviour { SONG_CONTENT_SHARE } else { 1.0 };
        // An unknown sound is taken to be as far as can be: behind every pair of known sounds with the same genres.
        Self { share, content, unknown_genres: SONG_UNKNOWN_GENRES, unknown_sound: 1.0 }
    }

    /// Whether sound and genres count.
    pub(crate) fn has_content(self) -> bool {
        self.content > 0.0
    }

    /// The genre distance to an artist with genres but none in common, or to one without genres, for an asker with or without.
    #[inline]
    pub(crate) const fn apart(self, asker_has: bool, other_has: bool) -> f32 {
        if asker_has && other_has { 1.0 } else { self.unknown_genres }
    }

    /// The distance of a pair whose sounds are both known.
    #[inline]
    pub(crate) fn with_sound(self, sound: f32, genres: f32) -> f32 {
        self.share * sound + (1.0 - self.share) * genres
    }

    /// The distance of a pair of which one sound or both are unknown; infinite where their own genres are not even related.
    #[inline]
    pub(crate) fn without_sound(self, genres: f32, comparable: bool) -> f32 {
        if comparable { self.with_sound(self.unknown_sound, genres) } else { f32::INFINITY }
    }

    /// The distance with the strength of what joins the pair, 0 for nothing; infinite where there is neither content nor that.
    #[inline]
    pub(crate) fn with_behaviour(self, content: f32, strength: f32) -> f32 {
        if self.content == 1.0 {
            return content;
        }
        if strength <= 0.0 && (self.content == 0.0 || content.is_infinite()) {
            return f32::INFINITY;
        }
        let content = if content.is_finite() { content } else { UNKNOWN_CONTENT };
        self.content * content + (1.0 - self.content) * (1.0 - strength)
    }

    /// The most that sound and genres can be apart if nothing joins the pair and its distance is at most `distance`; rounding included.
    pub(crate) fn content_within(self, distance: f32) -> f32 {
        (distance - (1.0 - self.content)) / self.content + MARGIN
    }

    /// The most that a sound can be at if content is at most `content` and the genres are at least `genres` apart; rounding included.
    pub(crate) fn sound_within(self, content: f32, genres: f32) -> f32 {
        if self.share > 0.0 { (content - (1.0 - self.share) * genres) / self.share + MARGIN } else { f32::INFINITY }
    }
}

/// More than single precision can lose in a blended distance.
const MARGIN: f32 = 4e-6;
