//! Which artist of the catalogue an artist of MusicBrainz is: one that a link joins to it, or a new one.

use std::collections::{HashMap, HashSet};

use sixpotify_core::{ArtistId, Source};
use sixpotify_sources::musicbrainz::ArtistRecord;
use sixpotify_store::{DumpArtist, SharedStore, StoreError};

use crate::patience::patiently;

/// Joins of artists and ids that a person undid.
pub(crate) type Rejected = HashSet<(ArtistId, Source, String)>;

/// Joins that a person undid, as far as the catalogue has any.
pub(crate) async fn rejected(store: &SharedStore) -> Result<Rejected, StoreError> {
    let links = patiently(|| store.rejected_links()).await?;
    Ok(links.into_iter().map(|link| (link.artist_id, link.source, link.source_id)).collect())
}

/// What became of some artists of a dump.
#[derive(Debug, Default)]
pub(crate) struct Identified {
    pub(crate) artists: Vec<DumpArtist>,
    /// Those that are joined to an artist of another source only now.
    pub(crate) joined: u64,
    /// Those that a person removed.
    pub(crate) forgotten: u64,
    /// Those whose links lead to several artists.
    pub(crate) in_doubt: u64,
    /// Artists whose ids elsewhere are said to be another artist's: who has them, and who should.
    pub(crate) contested: Vec<(ArtistId, ArtistId)>,
}

/// What is being written and may not be found in the catalogue yet.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Whose ids will be whose.
    owner_of: HashMap<(Source, String), ArtistId>,
    artists: HashSet<ArtistId>,
}

impl Pending {
    /// These artists.
    pub(crate) fn of(artists: &[DumpArtist]) -> Self {
        let owned = |artist: &'_ DumpArtist| {
            artist.links.iter().map(|link| (link.clone(), artist.id.clone())).collect::<Vec<_>>()
        };
        Self {
            owner_of: artists.iter().flat_map(owned).collect(),
            artists: artists.iter().map(|artist| artist.id.clone()).collect(),
        }
    }

    /// Whether one of `artists` is among them: whoever writes it, too, has to wait.
    pub(crate) fn has_any(&self, artists: &[DumpArtist]) -> bool {
        artists.iter().any(|artist| self.artists.contains(&artist.id))
    }
}

/// Finds the artist of each of `records`, with the catalogue as it will be when all `pending` is written. One whose id, or one of whose links, belongs to an artist already is that artist; where
/// links lead to several artists, or to one that is another artist of MusicBrainz, it is none of them.
pub(crate) async fn identify(
    store: &SharedStore,
    records: Vec<ArtistRecord>,
    pending: &[&Pending],
    rejected: &Rejected,
    open_licence: bool,
) -> Result<Identified, StoreError> {
    let mut ids: Vec<(Source, String)> = Vec::with_capacity(2 * records.len());
    for record in &records {
        ids.push((Source::MusicBrainz, record.mbid.to_string()));
        ids.extend(record.links.iter().flatten().map(|link| (link.source, link.source_id.clone())));
    }
    let owners = patiently(|| store.owners_of(&ids)).await?;
    let mut owner_of: HashMap<(Source, String), ArtistId> =
        owners.into_iter().map(|(source, id, artist)| ((source, id), artist)).collect();
    for pending in pending {
        let owned = ids.iter().filter_map(|id| pending.owner_of.get_key_value(id));
        owner_of.extend(owned.map(|(id, owner)| (id.clone(), owner.clone())));
    }
    let removed = forgotten(store, &ids).await?;
    let taken = with_other_ids(store, &owner_of).await?;

    let mut found = Identified::default();
    let mut used: HashSet<ArtistId> = HashSet::new();
    let is_pending = |artist: &ArtistId| pending.iter().any(|pending| pending.artists.contains(artist));
    for record in records {
        let own = (Source::MusicBrainz, record.mbid.to_string());
        let own_id = ArtistId::new(own.0, &own.1);
        let links: Vec<(Source, String)> =
            record.links.iter().flatten().map(|link| (link.source, link.source_id.clone())).collect();
        if [&own].into_iter().chain(&links).any(|(source, id)| removed.contains(&ArtistId::new(*source, id))) {
            found.forgotten += 1;
            continue;
        }
        let (id, new) = match owner_of.get(&own) {
            Some(owner) => (owner.clone(), false),
            None => {
                let mut candidates: Vec<&ArtistId> = links
                    .iter()
                    .filter_map(|link| owner_of.get(link))
                    .filter(|owner| !rejected.contains(&((*owner).clone(), own.0, own.1.clone())))
                    .collect();
                candidates.sort_unstable();
                candidates.dedup();
                match candidates[..] {
                    [] => (own_id.clone(), true),
                    [owner] if !taken.contains(owner) && !used.contains(owner) && !is_pending(owner) => {
                        found.joined += 1;
                        (owner.clone(), false)
                    }
                    _ => {
                        found.in_doubt += 1;
                        (own_id.clone(), true)
                    }
                }
            }
        };
        used.insert(id.clone());
        let free = |link: &(Source, String)| {
            owner_of.get(link).is_none_or(|owner| *owner == id)
                && !rejected.contains(&(id.clone(), link.0, link.1.clone()))
        };
        let (kept, others): (Vec<_>, Vec<_>) = [own].into_iter().chain(links).partition(free);
        let owners = others.iter().filter_map(|link| owner_of.get(link)).filter(|owner| **owner != id);
        found.contested.extend(owners.map(|owner| (owner.clone(), id.clone())));
        // Whoever comes later in the same batch finds these taken.
        owner_of.extend(kept.iter().map(|link| (link.clone(), id.clone())));
        let is_own = id == own_id;
        let mut aliases: Vec<(String, Option<String>)> = Vec::new();
        if !is_own {
            // The artist keeps its own name; this one is another.
            aliases.push((record.artist.name.clone(), None));
        }
        let mut others = record.aliases.unwrap_or_default();
        // Of two that are spelt alike, the usual name in a language comes first.
        others.sort_by_key(|alias| (!alias.primary, alias.locale.is_none()));
        for alias in others {
            if is_own && alias.name == record.artist.name && alias.locale.is_none() {
                continue;
            }
            aliases.push((alias.name, alias.locale));
        }
        let genres = if open_licence { Vec::new() } else { record.genres.unwrap_or_default() };
        found.artists.push(DumpArtist {
            new,
            name: is_own.then_some(record.artist.name),
            url: if is_own { record.artist.url } else { None },
            links: kept,
            aliases,
            genres: genres.into_iter().map(|vote| (vote.genre, vote.weight)).collect(),
            id,
        });
    }
    Ok(found)
}

async fn forgotten(store: &SharedStore, ids: &[(Source, String)]) -> Result<HashSet<ArtistId>, StoreError> {
    let ids: Vec<ArtistId> = ids.iter().map(|(source, id)| ArtistId::new(*source, id)).collect();
    Ok(patiently(|| store.forgotten(&ids)).await?.into_iter().collect())
}

/// Those owners that have an id at MusicBrainz already.
async fn with_other_ids(
    store: &SharedStore,
    owner_of: &HashMap<(Source, String), ArtistId>,
) -> Result<HashSet<ArtistId>, StoreError> {
    let elsewhere = owner_of.iter().filter(|((source, _), _)| *source != Source::MusicBrainz);
    let mut owners: Vec<ArtistId> = elsewhere.map(|(_, owner)| owner.clone()).collect();
    if owners.is_empty() {
        return Ok(HashSet::new());
    }
    owners.sort_unstable();
    owners.dedup();
    let ids = patiently(|| store.ids_at(Source::MusicBrainz, &owners)).await?;
    Ok(ids.into_iter().map(|(artist, _)| artist).collect())
}
