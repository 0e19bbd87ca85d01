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
    /// The same artists with their ids, for those that come while they are being written.
    pub(crate) pending: Pending,
}

/// What is being written and may not be found in the catalogue yet.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Whose ids will be whose.
    owner_of: HashMap<(Source, String), ArtistId>,
    artists: HashSet<ArtistId>,
}

impl Pending {
    /// Whether one of `artists` is among them: whoever writes it, too, has to wait.
    pub(crate) fn has_any(&self, artists: &[DumpArtist]) -> bool {
        artists.iter().any(|artist| self.artists.contains(&artist.id))
    }
}

/// Finds the artist of each of `records`, with the catalogue as it will be when all `pending` is written. One whose id, or one of
/// whose links, belongs to an artist already is that artist; where links lead to several artists, or to one that is another artist
/// of MusicBrainz, it is none of them.
pub(crate) async fn identify(
    store: &SharedStore,
    mut records: Vec<ArtistRecord>,
    pending: &[&Pending],
    rejected: &Rejected,
    open_licence: bool,
) -> Result<Identified, StoreError> {
    // All ids one after the other: of each record its own, then its links.
    let mut ids: Vec<(Source, String)> = Vec::with_capacity(3 * records.len());
    let mut counts: Vec<usize> = Vec::with_capacity(records.len());
    for record in &mut records {
        let links = record.links.take().unwrap_or_default();
        counts.push(1 + links.len());
        ids.push((Source::MusicBrainz, record.mbid.to_string()));
        ids.extend(links.into_iter().map(|link| (link.source, link.source_id)));
    }
    let owners = patiently(|| store.owners_of(&ids)).await?;
    let mut owner_of: HashMap<(Source, String), ArtistId> =
        owners.into_iter().map(|(source, id, artist)| ((source, id), artist)).collect();
    for pending in pending {
        let owned = ids.iter().filter_map(|id| pending.owner_of.get_key_value(id));
        owner_of.extend(owned.map(|(id, owner)| (id.clone(), owner.clone())));
    }
    let removed = forgotten(store, &ids).await?;
    let is_pending = |artist: &ArtistId| pending.iter().any(|pending| pending.artists.contains(artist));
    let taken = with_other_ids(store, &owner_of, is_pending).await?;

    let mut found = Identified::default();
    found.pending.owner_of.reserve(ids.len());
    let mut ids = ids.into_iter();
    for (record, count) in records.into_iter().zip(counts) {
        let ids: Vec<(Source, String)> = ids.by_ref().take(count).collect();
        let Some((own, links)) = ids.split_first() else { continue };
        let is_removed = |(source, id): &(Source, String)| removed.contains(&ArtistId::new(*source, id));
        if !removed.is_empty() && ids.iter().any(is_removed) {
            found.forgotten += 1;
            continue;
        }
        let own_id = ArtistId::new(own.0, &own.1);
        // Whoever comes later in the same batch finds the ids of those before it taken.
        let Pending { owner_of: owned, artists: used } = &mut found.pending;
        let owner = |id: &(Source, String)| owned.get(id).or_else(|| owner_of.get(id));
        let (id, new) = match owner(own) {
            Some(owner) => (owner.clone(), false),
            None => {
                let mut candidates: Vec<&ArtistId> = links
                    .iter()
                    .filter_map(owner)
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
        let free = |link: &(Source, String)| {
            owner(link).is_none_or(|owner| *owner == id)
                && (rejected.is_empty() || !rejected.contains(&(id.clone(), link.0, link.1.clone())))
        };
        let (kept, others): (Vec<_>, Vec<_>) = ids.into_iter().partition(free);
        let owners = others.iter().filter_map(owner).filter(|owner| **owner != id);
        found.contested.extend(owners.map(|owner| (owner.clone(), id.clone())));
        owned.extend(kept.iter().map(|link| (link.clone(), id.clone())));
        used.insert(id.clone());
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

/// Artists with these ids that a person removed.
async fn forgotten(store: &SharedStore, ids: &[(Source, String)]) -> Result<HashSet<ArtistId>, StoreError> {
    if !patiently(|| store.any_forgotten()).await? {
        return Ok(HashSet::new());
    }
    let ids: Vec<ArtistId> = ids.iter().map(|(source, id)| ArtistId::new(*source, id)).collect();
    Ok(patiently(|| store.forgotten(&ids)).await?.into_iter().collect())
}

/// Those owners that have an id at MusicBrainz already; of those that are being written nobody asks.
async fn with_other_ids(
    store: &SharedStore,
    owner_of: &HashMap<(Source, String), ArtistId>,
    is_pending: impl Fn(&ArtistId) -> bool,
) -> Result<HashSet<ArtistId>, StoreError> {
    let elsewhere = owner_of.iter().filter(|((source, _), _)| *source != Source::MusicBrainz);
    let mut owners: Vec<ArtistId> =
        elsewhere.map(|(_, owner)| owner).filter(|owner| !is_pending(owner)).cloned().collect();
    owners.sort_unstable();
    owners.dedup();
    // Whose id here is that at MusicBrainz has it there, as a rule: that is found by the key of links.
    let prefix = format!("{}:", Source::MusicBrainz);
    let own = |owner: &ArtistId| Some((Source::MusicBrainz, owner.as_str().strip_prefix(&prefix)?.to_owned()));
    let own: Vec<(Source, String)> = owners.iter().filter_map(own).collect();
    let mut found: HashSet<ArtistId> = HashSet::new();
    if !own.is_empty() {
        let theirs = patiently(|| store.owners_of(&own)).await?;
        found.extend(theirs.into_iter().map(|(_, _, artist)| artist));
    }
    owners.retain(|owner| !found.contains(owner));
    if !owners.is_empty() {
        let ids = patiently(|| store.ids_at(Source::MusicBrainz, &owners)).await?;
        found.extend(ids.into_iter().map(|(artist, _)| artist));
    }
    Ok(found)
}
