//! All songs of the catalogue in memory, for what no table can tell: which songs are near one, and which have a title.

use std::sync::Arc;
use std::time::Duration;

use sixpotify_core::{ArtistId, TrackId, fold};
use sixpotify_pipeline::{Songs, Sources};
use sixpotify_resolve::Typed;
use sixpotify_similar::{Reason, SongFilter};
use sixpotify_store::{SharedStore, StoreError};
use tokio::sync::watch;

/// Songs that are looked at closer where a title has a slip in it.
const MOST_NEAR: usize = 50;

/// How long a question waits for songs that are still being read.
const PATIENCE: Duration = Duration::from_secs(2);

/// The songs, once they are read.
pub struct Shelf {
    store: SharedStore,
    sources: Sources,
    songs: watch::Sender<Option<Arc<Titled>>>,
}

/// Songs, ready to be searched.
pub(crate) struct Titled {
    songs: Songs,
    /// A hash of the title, the position, and which letters the title has, sorted: 16 bytes a song.
    titles: Vec<(u64, u32, u32)>,
}

/// A song near another.
pub(crate) struct NearSong {
    pub(crate) id: TrackId,
    /// 0 to 1, lower is nearer.
    pub(crate) distance: f32,
    pub(crate) why: Vec<Reason>,
}

impl Shelf {
    /// Empty, over `store`; facts of `sources` enter. See [`Shelf::refresh`].
    pub fn new(store: SharedStore, sources: Sources) -> Self {
        Self { store, sources, songs: watch::Sender::new(None) }
    }

    /// Reads all songs (again); until they are read, answers come from what was read before.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let songs = Songs::read(&self.store, &self.sources).await?;
        let made = tokio::task::spawn_blocking(move || {
            let hash = |position: u32| {
                let key = title_key(&songs.facts(position as usize).title);
                Some((hash_of(&key)?, position, Typed::signature(&key)))
            };
            let count = u32::try_from(songs.space().len()).unwrap_or(u32::MAX);
            let mut titles: Vec<(u64, u32, u32)> = (0..count).filter_map(hash).collect();
            titles.sort_unstable();
            Titled { songs, titles }
        });
        // The task ends early only when the program does.
        if let Ok(songs) = made.await {
            self.songs.send_replace(Some(Arc::new(songs)));
        }
        Ok(())
    }

    /// Whether songs were read.
    pub fn ready(&self) -> bool {
        self.songs.borrow().is_some()
    }

    /// Songs near a song, nearest first, of other artists; from the `from`th on, at most `count`. Empty where the song, or its
    /// sound, is not known.
    pub(crate) async fn near(&self, id: &TrackId, from: usize, count: usize) -> Vec<NearSong> {
        let Some(songs) = self.songs().await else { return Vec::new() };
        let id = id.clone();
        // Looks at every song once: not for the threads that serve.
        let near = tokio::task::spawn_blocking(move || songs.near(&id, from, count)).await;
        near.unwrap_or_default()
    }

    /// Songs whose title may be `title`; a few may have another one.
    pub(crate) async fn titled(&self, title: &str) -> Vec<TrackId> {
        match self.songs().await {
            Some(songs) => songs.titled(title),
            None => Vec::new(),
        }
    }

    /// Songs whose title may be meant by `title`, which has a slip in it, with what the slip costs; the nearest ones first.
    pub(crate) async fn nearly_titled(&self, title: &str, by: Option<&ArtistId>) -> Vec<(TrackId, f32)> {
        let Some(songs) = self.songs().await else { return Vec::new() };
        let (title, by) = (title.to_owned(), by.cloned());
        // Looks at every title once.
        let near = tokio::task::spawn_blocking(move || songs.nearly_titled(&title, by.as_ref())).await;
        near.unwrap_or_default()
    }

    /// The songs; `None` where they are not there in time.
    async fn songs(&self) -> Option<Arc<Titled>> {
        let mut songs = self.songs.subscribe();
        let read = tokio::time::timeout(PATIENCE, songs.wait_for(Option::is_some)).await;
        read.ok()?.ok()?.clone()
    }
}

impl Titled {
    fn near(&self, id: &TrackId, from: usize, count: usize) -> Vec<NearSong> {
        let space = self.songs.space();
        let Some(position) = space.position(id.as_str()) else { return Vec::new() };
        let near = space.near(position, from.saturating_add(count), &SongFilter::default()).unwrap_or_default();
        let named = |n: sixpotify_similar::Neighbour| NearSong {
            id: self.songs.facts(n.index).id.clone(),
            distance: n.distance,
            why: n.why,
        };
        near.into_iter().skip(from).map(named).collect()
    }

    fn titled(&self, title: &str) -> Vec<TrackId> {
        let Some(hash) = hash_of(&title_key(title)) else { return Vec::new() };
        let start = self.titles.partition_point(|(other, ..)| *other < hash);
        let found = self.titles[start..].iter().take_while(|(other, ..)| *other == hash);
        found.map(|(_, position, _)| self.songs.facts(*position as usize).id.clone()).collect()
    }

    fn nearly_titled(&self, title: &str, by: Option<&ArtistId>) -> Vec<(TrackId, f32)> {
        let typed = Typed::new(&title_key(title));
        let near = |position: usize| {
            let song = self.songs.facts(position);
            let cost = typed.cost(&title_key(&song.title)).filter(|cost| *cost > 0.0)?;
            Some((song.id.clone(), cost))
        };
        let mut found: Vec<(TrackId, f32)> = match by {
            Some(artist) => {
                let own = self.songs.space().of_artist(artist.as_str(), usize::MAX, &SongFilter::default());
                own.unwrap_or_default().into_iter().filter_map(near).collect()
            }
            None => {
                let candidates = self.titles.iter().filter(|(.., letters)| typed.may_mean(*letters));
                candidates.filter_map(|(_, position, _)| near(*position as usize)).collect()
            }
        };
        found.sort_by(|x, y| x.1.total_cmp(&y.1).then_with(|| x.0.cmp(&y.0)));
        found.truncate(MOST_NEAR);
        found
    }
}

/// The title under which takes of one work meet: folded, without what stands in brackets or after a dash (guests, `Remastered`).
pub(crate) fn title_key(title: &str) -> String {
    let plain = title.split(" - ").next().unwrap_or(title);
    let plain = plain.find(['(', '[']).filter(|at| *at > 0).map_or(plain, |at| &plain[..at]);
    let key = fold(plain);
    if key.is_empty() { fold(title) } else { key }
}

/// FNV-1a of a [`title_key`]; who reads the song checks its title.
fn hash_of(key: &str) -> Option<u64> {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    (!key.is_empty()).then(|| key.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_of_one_work_have_one_title() {
        for title in ["Dynamite", "dynamite - Tropical Remix", "DYNAMITE (feat. X)", "Dynamite [Live]"] {
            assert_eq!(title_key(title), "dynamite", "{title}");
        }
        assert_eq!(title_key("봄날"), "봄날");
        assert!(title_key("(I Can't Get No) Satisfaction").contains("satisfaction"));
        assert_eq!(hash_of(""), None);
    }
}
