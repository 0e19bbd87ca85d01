//! Which artist a name of a table is.
//!
//! In this order: the artist that the name was found to be before (`artist_link`, which moves with merged artists); the one that an
//! earlier import made of it; the only artist of the catalogue with exactly this name; otherwise a new one. Names are compared byte
//! for byte: two spellings are two artists.

use std::collections::{HashMap, HashSet};

use sixpotify_core::{ArtistId, Credit, Source};
use sixpotify_store::{ImportBatch, ImportedArtist, Link, SharedStore, StoreError};

use super::listener::artist_key;
use super::rows::{Parsed, ParsedRows};
use crate::patience::patiently;

/// Names that are remembered between batches; with more, remembering begins anew.
const REMEMBERED: usize = 100_000;

/// What a name is.
#[derive(Clone, Debug)]
enum Known {
    /// An artist of the catalogue.
    Artist(ArtistId),
    /// An artist that the catalogue does not have yet.
    New(ArtistId),
    /// One that is kept out.
    Forgotten,
}

/// Rows that are left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeftOut {
    pub(super) unknown: u64,
    pub(super) forgotten: u64,
}

/// Names of artists to artists.
pub(super) struct Naming {
    /// Whether artists that only tracks or co-listening name enter the catalogue.
    add: bool,
    known: HashMap<String, Known>,
}

impl Naming {
    pub(super) fn new(add: bool) -> Self {
        Self { add, known: HashMap::new() }
    }

    /// What the rows of a batch write, and what is left out of them.
    pub(super) async fn resolve(
        &mut self,
        store: &SharedStore,
        Parsed { names, rows }: Parsed,
    ) -> Result<(ImportBatch, LeftOut), StoreError> {
        let links = self.look_up(store, names).await?;
        let mut batch = ImportBatch { links, ..super::batch() };
        let mut left_out = LeftOut::default();
        match rows {
            ParsedRows::Artists(artists) => {
                for mut artist in artists {
                    match self.known.get(&artist.name) {
                        Some(Known::Artist(id) | Known::New(id)) => {
                            artist.id = id.clone();
                            batch.artists.push(artist);
                        }
                        Some(Known::Forgotten) | None => left_out.forgotten += 1,
                    }
                }
                self.entered(&batch);
            }
            ParsedRows::Tracks(tracks) => {
                let mut entering = HashSet::new();
                for (mut track, artist) in tracks {
                    if let Some(name) = artist {
                        let id = match self.known.get(&name) {
                            Some(Known::Artist(id)) => id.clone(),
                            Some(Known::New(id)) => {
                                if self.add && entering.insert(id.clone()) {
                                    batch.artists.push(bare(id, &name));
                                }
                                id.clone()
                            }
                            // Credited as anybody who is not in the catalogue.
                            Some(Known::Forgotten) | None => new_id(&name),
                        };
                        track.artists.push(Credit { id, name });
                    }
                    batch.tracks.push(track);
                }
                self.entered(&batch);
            }
            ParsedRows::Listens(listens) => {
                let mut entering = HashSet::new();
                for (mut listen, name) in listens {
                    match self.known.get(&name) {
                        Some(Known::New(_)) if !self.add => left_out.unknown += 1,
                        Some(Known::Artist(id) | Known::New(id)) => {
                            if matches!(self.known.get(&name), Some(Known::New(_))) && entering.insert(id.clone()) {
                                batch.artists.push(bare(id, &name));
                            }
                            listen.artist_id = id.clone();
                            batch.listens.push(listen);
                        }
                        Some(Known::Forgotten) | None => left_out.forgotten += 1,
                    }
                }
                self.entered(&batch);
            }
        }
        Ok((batch, left_out))
    }

    /// Artists that a batch brings are known for the next ones. Should it not be written, nothing after it is.
    fn entered(&mut self, batch: &ImportBatch) {
        for artist in &batch.artists {
            if let Some(known) = self.known.get_mut(&artist.name) {
                *known = Known::Artist(artist.id.clone());
            }
        }
    }

    /// Asks the catalogue for names that are not known yet. Gives back the links that make today's answer tomorrow's.
    async fn look_up(&mut self, store: &SharedStore, names: HashSet<String>) -> Result<Vec<Link>, StoreError> {
        if self.known.len() + names.len() > REMEMBERED {
            self.known.clear();
        }
        let names: Vec<String> = names.into_iter().filter(|name| !self.known.contains_key(name)).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = names.iter().map(|name| artist_key(name)).collect();
        let linked = patiently(|| store.artists_by_link(Source::Csv, &keys)).await?;
        let linked: HashMap<String, ArtistId> = linked.into_iter().collect();
        let mut named: HashMap<String, Vec<ArtistId>> = HashMap::new();
        for (name, id) in patiently(|| store.artists_named(&names)).await? {
            named.entry(name).or_default().push(id);
        }
        let mut links = Vec::new();
        let mut new = Vec::new();
        for (name, key) in names.into_iter().zip(keys) {
            let own = ArtistId::new(Source::Csv, &key);
            let known = match (linked.get(&key), named.remove(&name).as_deref()) {
                (Some(id), _) => Known::Artist(id.clone()),
                (None, Some(ids)) if ids.contains(&own) => Known::Artist(own),
                (None, Some([id])) => {
                    links.push(Link { artist_id: id.clone(), source: Source::Csv, source_id: key });
                    Known::Artist(id.clone())
                }
                (None, _) => {
                    new.push(own.clone());
                    Known::New(own)
                }
            };
            self.known.insert(name, known);
        }
        let forgotten: HashSet<ArtistId> = patiently(|| store.forgotten(&new)).await?.into_iter().collect();
        if !forgotten.is_empty() {
            for known in self.known.values_mut() {
                if matches!(known, Known::New(id) if forgotten.contains(id)) {
                    *known = Known::Forgotten;
                }
            }
        }
        Ok(links)
    }
}

fn new_id(name: &str) -> ArtistId {
    ArtistId::new(Source::Csv, &artist_key(name))
}

/// An artist of whom only the name is known.
fn bare(id: &ArtistId, name: &str) -> ImportedArtist {
    ImportedArtist { id: id.clone(), name: name.to_owned(), popularity: None, genres: None, features: None }
}
