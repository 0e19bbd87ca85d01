//! What a name means in this catalogue: one service for commands, the server and the chat.

use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use sixpotify_core::{Artist, ArtistId, Source, fold, spotify_artist_id};
use sixpotify_resolve::{Answer, Candidate, Entry, How, Index, Named, Reach, Verdict, among_named, known_as};
use sixpotify_store::{NamedArtist, SharedStore, StoreError};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// Artists that are put into the index at once.
const AT_ONCE: usize = 20_000;

/// Writers commit a little later than the time with which they write.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);

/// Texts longer than this are no names, and not looked up.
const LONGEST: usize = 4096;

/// Resolves names in one catalogue. Ids, links, names and aliases are asked of the database; the index is loaded only when
/// these miss, and then stays: see [`Self::follow`]. Cheap to make.
pub struct Resolver {
    store: SharedStore,
    index: RwLock<Index>,
    /// How far the index has come; `None` before it is loaded. Locked while it is loaded or brought up to date.
    loaded: Mutex<Option<Followed>>,
}

/// How far an index has come.
#[derive(Clone, Debug, Default)]
struct Followed {
    /// When the newest change was written that it knows.
    changed_at: DateTime<Utc>,
    /// The store's mark before it was looked at last, and before that: where it did not move in between, and has not since,
    /// all that was written was seen.
    marks: [Option<String>; 2],
}

impl Resolver {
    /// A resolver over `store`; nothing is read yet.
    pub fn new(store: SharedStore) -> Self {
        Self { store, index: RwLock::new(Index::new()), loaded: Mutex::new(None) }
    }

    /// What `text` means by its id, link, name or alias, by the database alone; `None` where it is none of them.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub async fn named(&self, text: &str) -> Result<Option<Answer>, StoreError> {
        let text = text.trim();
        match self.by_id(text).await? {
            Some(answer) => Ok(Some(answer)),
            None => self.by_name(text).await,
        }
    }

    /// What `text` means: an id or link, a name or alias, or what is near one.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub async fn resolve(&self, text: &str) -> Result<Answer, StoreError> {
        let text = text.trim();
        if let Some(answer) = self.named(text).await? {
            return Ok(answer);
        }
        if text.len() > LONGEST || fold(text).is_empty() {
            // The index knows how to say that, and need not be loaded for it.
            return Ok(Index::new().find(text));
        }
        self.load().await?;
        Ok(self.with_index(|index| index.find(text)))
    }

    /// What each of `texts` means, in order; as [`Self::resolve`], on all processors. Loads the index.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub async fn resolve_all(&self, texts: Vec<String>) -> Result<Vec<Answer>, StoreError> {
        self.load().await?;
        let mut by_id = Vec::new();
        for (at, text) in texts.iter().enumerate().filter(|(_, text)| id_in(text.trim()).is_some()) {
            if let Some(answer) = self.by_id(text.trim()).await? {
                by_id.push((at, answer));
            }
        }
        let mut answers = self.with_index(|index| on_all_processors(index, &texts));
        for (at, answer) in by_id {
            answers[at] = answer;
        }
        Ok(answers)
    }

    /// Loads the index, unless it is there.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub async fn load(&self) -> Result<(), StoreError> {
        let mut loaded = self.loaded.lock().await;
        if loaded.is_none() {
            *loaded = Some(Followed { changed_at: self.build().await?, ..Followed::default() });
        }
        Ok(())
    }

    /// Brings the index up to date with the catalogue; nothing where it was not loaded yet. For programs that run long:
    /// call it every half a minute or so. Costs nothing while nothing is written, else a count of artists and a look at those
    /// that changed; where some are gone all are read anew. Returns how many artists were entered anew.
    ///
    /// # Errors
    /// When the catalogue cannot be read; the index stays as it was.
    pub async fn follow(&self) -> Result<usize, StoreError> {
        let mut loaded = self.loaded.lock().await;
        let Some(followed) = loaded.clone() else { return Ok(0) };
        let mark = self.store.names_mark().await?;
        if mark.is_some() && followed.marks.iter().all(|seen| *seen == mark) {
            return Ok(0);
        }
        let [last, _] = followed.marks;
        let (since, marks) = (followed.changed_at, [mark, last]);
        let state = self.store.names_state().await?;
        let changed = self.store.names_changed_since(since - OVERLAP).await?;
        let entered = self.enter(&changed);
        // Artists that went leave no time behind, only a smaller number.
        let (artists, worn) = self.with_index(|index| (index.len() as u64, index.is_worn()));
        if artists > state.artists || worn {
            *loaded = Some(Followed { changed_at: self.build().await?, marks });
        } else {
            *loaded = Some(Followed { changed_at: state.changed_at.unwrap_or(since).max(since), marks });
        }
        Ok(entered)
    }

    /// Bytes of memory that the index takes.
    pub fn memory(&self) -> usize {
        self.with_index(Index::memory)
    }

    fn enter(&self, changed: &[NamedArtist]) -> usize {
        let mut entered = 0;
        for artist in changed {
            let aliases: Vec<&str> = artist.aliases.iter().map(String::as_str).collect();
            let entry = entry(artist, &aliases);
            if !self.with_index(|index| index.has(&entry)) {
                self.index.write().unwrap_or_else(PoisonError::into_inner).insert(&entry);
                entered += 1;
            }
        }
        entered
    }

    /// Builds the index anew; the old one answers meanwhile.
    async fn build(&self) -> Result<DateTime<Utc>, StoreError> {
        // What is written while the names are read is newer than this.
        let changed_at = self.store.names_state().await?.changed_at.unwrap_or_default();
        let mut artists = self.store.all_names();
        let mut some: Vec<NamedArtist> = Vec::with_capacity(AT_ONCE);
        // What was read goes into the index while the next is read.
        let mut index = loaded_with(Index::new(), Vec::new());
        while let Some(artist) = artists.try_next().await? {
            some.push(artist);
            if some.len() == AT_ONCE {
                let read = std::mem::replace(&mut some, Vec::with_capacity(AT_ONCE));
                index = loaded_with(joined(index).await?, read);
            }
        }
        let index = joined(loaded_with(joined(index).await?, some)).await?;
        let index = joined(tokio::task::spawn_blocking(move || settled(index))).await?;
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = index;
        Ok(changed_at)
    }

    fn with_index<T>(&self, read: impl FnOnce(&Index) -> T) -> T {
        read(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The artist with this id in the catalogue, or with this id at a source.
    async fn by_id(&self, text: &str) -> Result<Option<Answer>, StoreError> {
        let Some((own, source, source_id)) = id_in(text) else { return Ok(None) };
        let mut found = self.store.artist_details(&[own]).await?.pop();
        if found.is_none() {
            // An id that became another, or that is one of another source.
            if let Some((_, artist)) = self.store.artists_by_link(source, &[source_id]).await?.pop() {
                found = self.store.artist_details(&[artist]).await?.pop();
            }
        }
        Ok(found.map(|detail| {
            let artist = detail.artist;
            let candidate = Candidate {
                id: artist.id.clone(),
                matched: artist.id.to_string(),
                reach: reach(&artist),
                name: artist.name,
                how: How::Id,
                score: 1.0,
            };
            let steps = vec![format!("id: {}", candidate.id)];
            Answer { verdict: Verdict::Found(How::Id), candidates: vec![candidate], steps }
        }))
    }

    /// Artists of that folded name or alias.
    async fn by_name(&self, text: &str) -> Result<Option<Answer>, StoreError> {
        let key = fold(text);
        if key.is_empty() || text.len() > LONGEST {
            return Ok(None);
        }
        let keys = [key];
        let named = |artist: Artist, alias| Named { reach: reach(&artist), id: artist.id, name: artist.name, alias };
        let mut all: Vec<Named> =
            self.store.artists_by_name_keys(&keys).await?.into_iter().map(|artist| named(artist, None)).collect();
        let by_alias = self.store.artists_by_alias_keys(&keys).await?;
        all.extend(by_alias.into_iter().map(|(artist, alias)| named(artist, Some(alias))));
        let known = known_as(text);
        if !known.is_empty() {
            let names: Vec<String> = known.iter().map(|(name, _)| name.clone()).collect();
            for artist in self.store.artists_by_name_keys(&names).await? {
                let name = fold(&artist.name);
                let alias = known.iter().find(|(known, _)| *known == name).map(|(_, alias)| alias.clone());
                all.push(named(artist, alias));
            }
        }
        Ok(among_named(text, all))
    }
}

fn entry<'a>(artist: &'a NamedArtist, aliases: &'a [&'a str]) -> Entry<'a> {
    let reach = Reach { followers: artist.followers, popularity: artist.popularity.map(u32::from) };
    Entry { id: artist.id.as_str(), name: &artist.name, reach, aliases }
}

/// The index with more artists in it, made on a thread that may be blocked.
fn loaded_with(mut index: Index, artists: Vec<NamedArtist>) -> JoinHandle<Index> {
    tokio::task::spawn_blocking(move || {
        let aliases: Vec<Vec<&str>> =
            artists.iter().map(|artist| artist.aliases.iter().map(String::as_str).collect()).collect();
        let entries: Vec<Entry<'_>> =
            artists.iter().zip(&aliases).map(|(artist, aliases)| entry(artist, aliases)).collect();
        index.load(&entries);
        index
    })
}

fn settled(mut index: Index) -> Index {
    index.settle();
    index
}

async fn joined<T>(work: JoinHandle<T>) -> Result<T, StoreError> {
    work.await.map_err(|error| StoreError::Other(Box::new(error)))
}

fn on_all_processors(index: &Index, texts: &[String]) -> Vec<Answer> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = texts.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let find = |texts: &[String]| texts.iter().map(|text| index.find(text)).collect::<Vec<_>>();
        let work: Vec<_> = texts.chunks(share).map(|texts| scope.spawn(move || find(texts))).collect();
        let join = |work: std::thread::ScopedJoinHandle<'_, Vec<Answer>>| match work.join() {
            Ok(answers) => answers,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        work.into_iter().flat_map(join).collect()
    })
}

fn reach(artist: &Artist) -> Reach {
    Reach { followers: artist.followers, popularity: artist.popularity.map(u32::from) }
}

/// The id that `text` is, as the catalogue has it and as its source has it: a Spotify id, link or URI, or `source:id`.
fn id_in(text: &str) -> Option<(ArtistId, Source, String)> {
    if let Some(id) = spotify_artist_id(text) {
        let at_spotify = id.as_str().to_owned();
        return Some((id.into(), Source::Spotify, at_spotify));
    }
    let (source, id) = text.split_once(':')?;
    let source: Source = source.parse().ok()?;
    (text.len() <= LONGEST).then(|| (ArtistId::from_stored(text), source, id.to_owned()))
}
