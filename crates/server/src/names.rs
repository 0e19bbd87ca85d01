//! Who is meant by a name: the seam between what is asked here and how it is found out.

use async_trait::async_trait;
use sixpotify_core::{Artist, ArtistId, fold};
use sixpotify_pipeline::{Decision, decide};
use sixpotify_sources::spotify::FoundArtist;
use sixpotify_store::{SharedStore, StoreError};

/// Finds artists of the catalogue by name.
#[async_trait]
pub trait Names: Send + Sync {
    /// Who is meant by `text`; candidates, the likeliest first, whether or not one was accepted.
    async fn find(&self, text: &str) -> Result<NameAnswer, StoreError>;

    /// Whether it can answer yet.
    fn ready(&self) -> bool {
        true
    }

    /// The catalogue has changed: what is kept of it is read again.
    async fn refresh(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Who is meant by a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NameAnswer {
    /// The artist that was accepted.
    pub accepted: Option<NameCandidate>,
    /// All that come into question, the likeliest first.
    pub candidates: Vec<NameCandidate>,
}

/// An artist that may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct NameCandidate {
    /// The artist.
    pub id: ArtistId,
    /// Its name.
    pub name: String,
    /// How it was found, in a word: `exact`, `folded`, `alias`, ..
    pub how: &'static str,
    /// Whether that is no guess.
    pub certain: bool,
    /// 0 to 1.
    pub score: f32,
}

/// Exact and folded names, as the catalogue's tables have them.
pub struct StoredNames {
    store: SharedStore,
}

impl StoredNames {
    /// Of `store`.
    pub fn new(store: SharedStore) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Names for StoredNames {
    async fn find(&self, text: &str) -> Result<NameAnswer, StoreError> {
        let text = text.trim();
        // What folds to nothing is no name, and would match whatever else folds to nothing.
        if fold(text).is_empty() {
            return Ok(NameAnswer::default());
        }
        let hits: Vec<FoundArtist> = self.store.artists_by_name(text).await?.into_iter().map(hit).collect();
        let candidate = |artist: &Artist, how| NameCandidate {
            id: artist.id.clone(),
            name: artist.name.clone(),
            how,
            certain: true,
            score: 1.0,
        };
        let how_spelt = |artist: &Artist| if artist.name == text { "exact" } else { "folded" };
        let accepted = match decide(text, &hits) {
            Decision::Found(hit, how) => Some(candidate(&hit.artist, how.as_str())),
            Decision::Ambiguous | Decision::NotFound => None,
        };
        let candidates = hits.iter().map(|hit| candidate(&hit.artist, how_spelt(&hit.artist))).collect();
        Ok(NameAnswer { accepted, candidates })
    }
}

fn hit(artist: Artist) -> FoundArtist {
    FoundArtist { artist, genres: None }
}
