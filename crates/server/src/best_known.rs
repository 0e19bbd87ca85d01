//! Whom most people know, of everybody and of a genre: asked for with every greeting, and read from all artists each time.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use sixpotify_core::{Artist, fold};
use sixpotify_store::{Result, SharedStore};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How old an answer may be.
const FRESH: Duration = Duration::from_secs(60);

/// Artists that are kept for each genre; nobody is shown more.
const MOST: usize = 10;

/// Lists of well-known artists, a minute old at most.
pub(crate) struct BestKnown {
    store: SharedStore,
    /// Of everybody, and of these genres.
    artists: Kept<Option<Vec<String>>, Vec<Artist>>,
    /// Spellings of genres by their folded form.
    genres: Kept<(), HashMap<String, Vec<String>>>,
}

impl BestKnown {
    pub(crate) fn new(store: SharedStore) -> Self {
        Self { store, artists: Kept::new(FRESH), genres: Kept::new(FRESH) }
    }

    /// The best known artists of the catalogue, at most `count` and [`MOST`].
    pub(crate) async fn of_all(&self, count: usize) -> Result<Vec<Artist>> {
        let artists = self.artists.get(None, Vec::is_empty, async || self.store.best_known_artists(MOST).await).await?;
        Ok(artists.into_iter().take(count).collect())
    }

    /// The genre that is spelt like `said` but for case, blanks and signs, and its best known artists; `None` where there are none.
    pub(crate) async fn of_genre(&self, said: &str, count: usize) -> Result<Option<(String, Vec<Artist>)>> {
        let spellings = async || {
            let mut spellings: HashMap<String, Vec<String>> = HashMap::new();
            for genre in self.store.genres().await? {
                spellings.entry(fold(&genre)).or_default().push(genre);
            }
            Ok(spellings)
        };
        let mut genres = self.genres.get((), HashMap::is_empty, spellings).await?;
        let Some(genres) = genres.remove(&fold(said)) else { return Ok(None) };
        let name = genres[0].clone();
        let read = async || self.store.best_known_of_genres(&genres, MOST).await;
        let artists = self.artists.get(Some(genres.clone()), Vec::is_empty, read).await?;
        Ok((!artists.is_empty()).then(|| (name, artists.into_iter().take(count).collect())))
    }
}

/// Answers with when they were read. One question at a time: those who ask the same meanwhile wait for its answer.
struct Kept<K, V> {
    fresh: Duration,
    answers: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Hash + Eq, V: Clone> Kept<K, V> {
    fn new(fresh: Duration) -> Self {
        Self { fresh, answers: Mutex::default() }
    }

    /// The answer, read anew where it is not fresh. One that `is_nothing` is not kept: the catalogue may be filled any moment.
    async fn get(&self, key: K, is_nothing: impl Fn(&V) -> bool, read: impl AsyncFnOnce() -> Result<V>) -> Result<V> {
        let mut kept = self.answers.lock().await;
        if let Some((at, answer)) = kept.get(&key)
            && at.elapsed() < self.fresh
        {
            return Ok(answer.clone());
        }
        let answer = read().await?;
        if !is_nothing(&answer) {
            kept.retain(|_, (at, _)| at.elapsed() < self.fresh);
            kept.insert(key, (Instant::now(), answer.clone()));
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How often three questions, the first of them answered by nothing, were read.
    async fn read(fresh: Duration) -> u32 {
        let (kept, read) = (Kept::new(fresh), Cell::new(0));
        for answer in [Vec::new(), vec![1], vec![2]] {
            let ask = async || {
                read.set(read.get() + 1);
                Ok(answer.clone())
            };
            kept.get("key", Vec::is_empty, ask).await.unwrap();
        }
        let failed = kept.get("other", Vec::is_empty, async || Err(sixpotify_store::StoreError::Other("away".into())));
        assert!(failed.await.is_err());
        read.get()
    }

    #[tokio::test]
    async fn an_answer_is_read_once_while_it_is_fresh_and_nothing_is_no_answer() {
        assert_eq!(read(Duration::MAX).await, 2);
        assert_eq!(read(Duration::ZERO).await, 3);
    }
}
