//! A small library in memory, for tests of the bot and of the channels: real artists with a few songs, related by the same
//! crate as everybody's, a resolver that knows case, aliases and small typos, and sources that can be slow or blocked.
//!
//! Nothing in it is a prepared reply: what a test sees is what the bot makes of the music.

mod data;
mod ledger;
mod sources;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future;
use sixpotify_core::{ArtistId, Credit, Source, TrackId, fold};
use sixpotify_similar::{AudioProfile, Feature, Item, Method, Song as SongItem, SongFilter, SongSpace, Space};

pub use self::ledger::MemoryLedger;
pub use self::sources::{Abroad, Weather};
use crate::incoming::Asker;
use crate::learning::{Learner, Now, Rules, Spawn};
use crate::library::{
    ArtistBrief, Found, Learned, Library, LibraryError, OfGenre, Page, Profile, SimilarArtist, SimilarSong, Song,
    Unfurled, Wanted,
};
use crate::link::{Link, LinkKind};
use crate::reply::Listen;

type Result<T> = std::result::Result<T, LibraryError>;

/// The small library. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct SmallLibrary {
    shelf: Arc<Mutex<Shelf>>,
    abroad: Arc<Abroad>,
    ledger: Arc<MemoryLedger>,
    learner: Learner,
}

/// What is in the library now.
struct Shelf {
    artists: Vec<data::Artist>,
    songs: Vec<data::Song>,
    space: Space,
    song_space: SongSpace,
    broken: bool,
}

impl SmallLibrary {
    /// The library with its first artists, and sources that answer at once. `spawn` runs what goes on by itself.
    pub fn new(rules: Rules, spawn: Spawn, now: Now) -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::of(data::artists())));
        let abroad = Arc::new(Abroad::new(shelf.clone()));
        let ledger = Arc::new(MemoryLedger::default());
        let learner = Learner::new(abroad.clone(), ledger.clone(), rules, spawn, now);
        Self { shelf, abroad, ledger, learner }
    }

    /// What the library does not have: the sources.
    pub fn abroad(&self) -> &Abroad {
        &self.abroad
    }

    /// What was looked up.
    pub fn ledger(&self) -> &MemoryLedger {
        &self.ledger
    }

    /// Whether every call fails, as when the database is away.
    pub fn set_broken(&self, broken: bool) {
        lock(&self.shelf).broken = broken;
    }

    /// How many artists there are.
    pub fn artists(&self) -> usize {
        lock(&self.shelf).artists.len()
    }

    /// Takes an artist away.
    pub fn remove(&self, name: &str) {
        let mut shelf = lock(&self.shelf);
        let artists = shelf.artists.iter().filter(|artist| artist.name != name).cloned().collect();
        *shelf = Shelf::of(artists);
    }

    fn shelf(&self) -> Result<MutexGuard<'_, Shelf>> {
        let shelf = lock(&self.shelf);
        if shelf.broken { Err("the database is away".into()) } else { Ok(shelf) }
    }
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    fn of(artists: Vec<data::Artist>) -> Self {
        let sound = |artist: &data::Artist, nudge: f32| {
            let [energy, dance, acoustic, valence] = artist.sound;
            AudioProfile::UNKNOWN
                .with(Feature::Energy, (energy + nudge).clamp(0.0, 1.0))
                .with(Feature::Danceability, (dance - nudge).clamp(0.0, 1.0))
                .with(Feature::Acousticness, acoustic)
                .with(Feature::Valence, valence)
        };
        let genres = |artist: &data::Artist| artist.genres.iter().map(|genre| (*genre).to_owned()).collect::<Vec<_>>();
        let items: Vec<Item> = artists
            .iter()
            .map(|artist| Item {
                audio: Some(sound(artist, 0.0)),
                genres: genres(artist),
                popularity: Some(artist.popularity),
                name_key: fold(artist.name),
                ..Item::default()
            })
            .collect();
        let mut songs = Vec::new();
        let mut song_items = Vec::new();
        for artist in &artists {
            for (at, title) in artist.songs.iter().enumerate() {
                let song = data::Song::of(artist, at, title);
                #[expect(clippy::cast_precision_loss, reason = "a handful of songs")]
                let step = at as f32;
                song_items.push(SongItem {
                    id: song.id.clone(),
                    artists: vec![artist.id.to_owned()],
                    title: (*title).to_owned(),
                    audio: sound(artist, 0.02 * step),
                    genres: genres(artist),
                    popularity: Some(artist.popularity - step),
                    ..SongItem::default()
                });
                songs.push(song);
            }
        }
        let space = Space::build(&items, Method::Blend);
        Self { artists, songs, space, song_space: SongSpace::build(song_items), broken: false }
    }

    /// Adds an artist and relates everybody anew.
    fn add(&mut self, artist: data::Artist) {
        let mut artists = std::mem::take(&mut self.artists);
        if !artists.iter().any(|known| known.id == artist.id) {
            artists.push(artist);
        }
        *self = Self::of(artists);
    }

    fn index(&self, id: &ArtistId) -> Option<usize> {
        self.artists.iter().position(|artist| artist.id == id.as_str())
    }

    fn song_index(&self, id: &TrackId) -> Option<usize> {
        self.songs.iter().position(|song| song.id == id.as_str())
    }

    fn song(&self, index: usize) -> Song {
        let song = &self.songs[index];
        Song {
            id: TrackId::from_stored(song.id.as_str()),
            title: song.title.to_owned(),
            artists: vec![Credit { id: ArtistId::from_stored(song.artist_id), name: song.artist.to_owned() }],
            year: None,
            image_url: None,
            listen: listen(&song.id, "track"),
        }
    }

    fn find(&self, name: &str) -> Found {
        let key = fold(name);
        let keys = |artist: &data::Artist| {
            std::iter::once(artist.name).chain(artist.aliases.iter().copied()).map(fold).collect::<Vec<_>>()
        };
        let with = |test: &dyn Fn(&str) -> bool| {
            self.artists.iter().filter(|artist| keys(artist).iter().any(|key| test(key))).collect::<Vec<_>>()
        };
        let same = with(&|known| known == key && !key.is_empty());
        if let [artist] = same.as_slice() {
            return Found::Artist { artist: artist.brief(), certain: true };
        }
        if !same.is_empty() {
            return Found::Ambiguous(same.into_iter().map(data::Artist::brief).collect());
        }
        let letters = key.chars().count();
        let near = with(&|known| letters > 4 && strsim::osa_distance(known, &key) == 1);
        let far = with(&|known| letters > 6 && strsim::osa_distance(known, &key) == 2);
        match (near.as_slice(), far.as_slice()) {
            ([artist], _) => Found::Artist { artist: artist.brief(), certain: false },
            ([], []) => Found::Unknown,
            _ => Found::Ambiguous(near.into_iter().chain(far).map(data::Artist::brief).collect()),
        }
    }
}

fn page<T>(all: Vec<T>, from: usize, count: usize) -> Page<T> {
    let more = all.len() > from + count;
    Page { items: all.into_iter().skip(from).take(count).collect(), more }
}

fn listen(id: &str, kind: &str) -> Option<Listen> {
    (id.len() == 22).then(|| Listen { source: Source::Spotify, url: format!("https://open.spotify.com/{kind}/{id}") })
}

#[async_trait]
impl Library for SmallLibrary {
    async fn find_artist(&self, name: &str) -> Result<Found> {
        Ok(self.shelf()?.find(name))
    }

    async fn artist(&self, id: &ArtistId) -> Result<Option<Profile>> {
        let shelf = self.shelf()?;
        Ok(shelf.index(id).map(|at| shelf.artists[at].profile()))
    }

    async fn similar(&self, id: &ArtistId, from: usize, count: usize) -> Result<Page<SimilarArtist>> {
        let shelf = self.shelf()?;
        let neighbours = shelf.index(id).and_then(|at| shelf.space.neighbours(at, 50)).unwrap_or_default();
        let similar = neighbours.into_iter().map(|neighbour| {
            let Profile { id, name, image_url, listen, .. } = shelf.artists[neighbour.index].profile();
            SimilarArtist { id, name, image_url, listen, why: neighbour.why }
        });
        Ok(page(similar.collect(), from, count))
    }

    async fn songs(&self, id: &ArtistId, from: usize, count: usize) -> Result<Page<Song>> {
        let shelf = self.shelf()?;
        let songs = shelf.song_space.of_artist(id.as_str(), 50, &SongFilter::default()).unwrap_or_default();
        Ok(page(songs.into_iter().map(|at| shelf.song(at)).collect(), from, count))
    }

    async fn song(&self, id: &TrackId) -> Result<Option<Song>> {
        let shelf = self.shelf()?;
        Ok(shelf.song_index(id).map(|at| shelf.song(at)))
    }

    async fn songs_titled(&self, title: &str, by: Option<&ArtistId>, count: usize) -> Result<Vec<Song>> {
        let shelf = self.shelf()?;
        let key = fold(title);
        let matches = (0..shelf.songs.len()).filter(|at| {
            let song = &shelf.songs[*at];
            !key.is_empty() && fold(song.title) == key && by.is_none_or(|id| id.as_str() == song.artist_id)
        });
        Ok(matches.take(count).map(|at| shelf.song(at)).collect())
    }

    async fn songs_nearly_titled(&self, title: &str, by: Option<&ArtistId>, count: usize) -> Result<Vec<Song>> {
        let shelf = self.shelf()?;
        let key = fold(title);
        let slips = |at: &usize| strsim::osa_distance(&fold(shelf.songs[*at].title), &key);
        let near = (0..shelf.songs.len()).filter(|at| {
            let song = &shelf.songs[*at];
            key.chars().count() > 4 && slips(at) == 1 && by.is_none_or(|id| id.as_str() == song.artist_id)
        });
        Ok(near.take(count).map(|at| shelf.song(at)).collect())
    }

    async fn songs_like(&self, id: &TrackId, from: usize, count: usize) -> Result<Page<SimilarSong>> {
        let shelf = self.shelf()?;
        let near = shelf.song_index(id).and_then(|at| shelf.song_space.near(at, 50, &SongFilter::default()));
        let similar = near.unwrap_or_default().into_iter();
        Ok(page(similar.map(|near| SimilarSong { song: shelf.song(near.index), why: near.why }).collect(), from, count))
    }

    async fn unfurl(&self, link: &Link) -> Result<Unfurled> {
        let shelf = self.shelf()?;
        Ok(match link.kind {
            LinkKind::Artist => {
                let id = ArtistId::new(link.source, &link.id);
                shelf.index(&id).map_or(Unfurled::Unknown, |_| Unfurled::Artist(id))
            }
            LinkKind::Song => {
                let id = TrackId::new(link.source, &link.id);
                shelf.song_index(&id).map_or(Unfurled::Unknown, |_| Unfurled::Song(id))
            }
        })
    }

    async fn to_start_with(&self, count: usize) -> Result<Vec<ArtistBrief>> {
        let shelf = self.shelf()?;
        let mut known: Vec<&data::Artist> = shelf.artists.iter().collect();
        known.sort_by(|a, b| b.popularity.total_cmp(&a.popularity));
        Ok(known.into_iter().take(count).map(data::Artist::brief).collect())
    }

    async fn of_genre(&self, said: &str, count: usize) -> Result<Option<OfGenre>> {
        let shelf = self.shelf()?;
        let key = fold(said);
        let genre = shelf.artists.iter().flat_map(|artist| artist.genres).find(|genre| fold(genre) == key);
        Ok(genre.map(|genre| {
            let mut artists: Vec<_> = shelf.artists.iter().filter(|artist| artist.genres.contains(genre)).collect();
            artists.sort_by(|a, b| b.popularity.total_cmp(&a.popularity));
            let artists = artists.into_iter().take(count).map(data::Artist::brief).collect();
            OfGenre { genre: (*genre).to_owned(), artists }
        }))
    }

    async fn learn(&self, wanted: &Wanted, asker: &Asker, _now: DateTime<Utc>) -> Result<Learned> {
        drop(self.shelf()?);
        // Time does not pass in tests: patience ends at once where the sources are slow, and never where they are not.
        let patience = if self.abroad.is_slow() {
            future::Either::Left(future::ready(()))
        } else {
            future::Either::Right(future::pending())
        };
        self.learner.learn(wanted, asker, patience).await
    }
}
