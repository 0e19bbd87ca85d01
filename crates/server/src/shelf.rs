//! All songs of the catalogue in memory, for what no table can tell: which songs are near one, and which have a title.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sixpotify_core::{AudioFeatures, TrackId, fold};
use sixpotify_similar::{AudioProfile, Feature, Neighbour, Song, SongFilter, SongSpace};
use sixpotify_store::{SharedStore, SongInput, StoreError};
use tokio::sync::watch;

/// How long a question waits for songs that are still being read.
const PATIENCE: Duration = Duration::from_secs(2);

/// The songs, once they are read.
pub struct Shelf {
    store: SharedStore,
    songs: watch::Sender<Option<Arc<Songs>>>,
}

/// Songs, ready to be searched.
pub(crate) struct Songs {
    space: SongSpace,
    /// A hash of the title and the position, sorted: 16 bytes a song.
    titles: Vec<(u64, u32)>,
}

impl Shelf {
    /// Empty, over `store`; see [`Shelf::refresh`].
    pub fn new(store: SharedStore) -> Self {
        Self { store, songs: watch::Sender::new(None) }
    }

    /// Reads all songs (again); until they are read, answers come from what was read before.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let mut builder = SongSpace::builder();
        let mut titles = Vec::new();
        let mut input = self.store.songs();
        while let Some(song) = input.try_next().await? {
            let title = title_hash(&song.name);
            let position = builder.push(to_song(song));
            if let (Some(title), Ok(position)) = (title, u32::try_from(position)) {
                titles.push((title, position));
            }
        }
        drop(input);
        let made = tokio::task::spawn_blocking(move || {
            titles.sort_unstable();
            Songs { space: builder.finish(), titles }
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

    /// The songs; `None` where they are not there in time.
    pub(crate) async fn songs(&self) -> Option<Arc<Songs>> {
        let mut songs = self.songs.subscribe();
        let read = tokio::time::timeout(PATIENCE, songs.wait_for(Option::is_some)).await;
        read.ok()?.ok()?.clone()
    }
}

impl Songs {
    /// Songs near a song, nearest first, of other artists; from the `from`th on, at most `count`. Takes about as long as it
    /// takes to look at every song once: not for the threads that serve.
    pub(crate) fn near(&self, id: &TrackId, from: usize, count: usize) -> Vec<(TrackId, Neighbour)> {
        let Some(position) = self.space.position(id.as_str()) else { return Vec::new() };
        let near = self.space.near(position, from.saturating_add(count), &SongFilter::default()).unwrap_or_default();
        let named = |neighbour: Neighbour| Some((TrackId::from_stored(self.space.id(neighbour.index)?), neighbour));
        near.into_iter().skip(from).filter_map(named).collect()
    }

    /// Songs whose title may be `title`; a few may have another one.
    pub(crate) fn titled(&self, title: &str) -> Vec<TrackId> {
        let Some(hash) = title_hash(title) else { return Vec::new() };
        let start = self.titles.partition_point(|(other, _)| *other < hash);
        let found = self.titles[start..].iter().take_while(|(other, _)| *other == hash);
        found.filter_map(|(_, position)| self.space.id(*position as usize).map(TrackId::from_stored)).collect()
    }
}

/// The title under which takes of one work meet: folded, without what stands in brackets or after a dash (guests, `Remastered`).
pub(crate) fn title_key(title: &str) -> String {
    let plain = title.split(" - ").next().unwrap_or(title);
    let plain = plain.find(['(', '[']).filter(|at| *at > 0).map_or(plain, |at| &plain[..at]);
    let key = fold(plain);
    if key.is_empty() { fold(title) } else { key }
}

/// FNV-1a of the key; who reads the song checks its title.
fn title_hash(title: &str) -> Option<u64> {
    let key = title_key(title);
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    (!key.is_empty()).then(|| key.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

fn to_song(song: SongInput) -> Song {
    let mut genres: Vec<String> = song.genres.into_iter().map(|(genre, _)| genre).collect();
    genres.dedup();
    Song {
        id: song.id.to_string(),
        artists: song.artists.iter().map(|credit| credit.id.to_string()).collect(),
        title: song.name,
        audio: song.features.map_or(AudioProfile::UNKNOWN, |(features, _)| profile(&features)),
        year: song.year.map(f32::from),
        genres,
        popularity: song.popularity.map(f32::from),
        explicit: song.explicit,
        markets: song.markets,
    }
}

fn profile(f: &AudioFeatures) -> AudioProfile {
    let values = [
        (Feature::Danceability, f.danceability),
        (Feature::Energy, f.energy),
        (Feature::Key, f.key.map(f32::from)),
        (Feature::Loudness, f.loudness),
        (Feature::Mode, f.mode.map(f32::from)),
        (Feature::Speechiness, f.speechiness),
        (Feature::Acousticness, f.acousticness),
        (Feature::Instrumentalness, f.instrumentalness),
        (Feature::Liveness, f.liveness),
        (Feature::Valence, f.valence),
        (Feature::Tempo, f.tempo),
        (Feature::TimeSignature, f.time_signature.map(f32::from)),
        (Feature::DurationMs, f.duration_ms.map(|ms| ms as f32)),
    ];
    let mut profile = AudioProfile::UNKNOWN;
    for (feature, value) in values {
        profile.set(feature, value);
    }
    profile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_of_one_work_have_one_title() {
        for title in ["Dynamite", "dynamite - Tropical Remix", "DYNAMITE (feat. X)", "Dynamite [Live]"] {
            assert_eq!(title_key(title), "dynamite", "{title}");
        }
        assert_eq!(title_key("(I Can't Get No) Satisfaction"), "icantgetnosatisfaction");
        assert_eq!(title_key("봄날"), "봄날");
        assert_eq!(title_hash(""), None);
    }
}
