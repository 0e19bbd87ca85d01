//! Relate: from the catalogue's facts to every artist's neighbours.

use serde::Serialize;
use sixpotify_core::{ArtistId, Source};
use sixpotify_similar::{Method, Neighbour, Space, encode};
use sixpotify_store::{RelatedRow, SharedStore, StoreError};
use tokio::sync::mpsc;

use crate::signals::{Signals, Sources};

/// Rows written to the catalogue at once.
const ROWS: usize = 20_000;

/// How to relate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelateOptions {
    /// What is compared.
    pub method: Method,
    /// Neighbours to keep of each artist.
    pub depth: usize,
    /// Whose facts may enter.
    pub sources: Sources,
}

/// What `relate` did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RelateReport {
    /// Artists in the catalogue.
    pub artists: usize,
    /// Those with audio features.
    pub with_audio: usize,
    /// Those with genres.
    pub with_genres: usize,
    /// Those that somebody is known to hear.
    pub with_listeners: usize,
    /// Listeners.
    pub listeners: u32,
    /// Those that a source's list or shared tracks join to others.
    pub with_relations: usize,
    /// Those that got neighbours.
    pub related: usize,
    /// Rows of the ranking.
    pub rows: u64,
    /// Artists left out because nothing is known of them to compare.
    pub without_signal: usize,
    /// Neighbours that were to be kept of each artist.
    pub depth: usize,
    /// The only artist whose neighbours were computed, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<ArtistId>,
    /// Whose facts were allowed to enter.
    pub allowed: String,
    /// Whose facts entered.
    pub sources: Vec<Source>,
    /// Seconds that it took.
    pub seconds: f64,
}

/// Why there is no new ranking; the old one is in place.
#[derive(Debug, thiserror::Error)]
pub enum RelateError {
    /// The catalogue failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The computation ended before its end.
    #[error("computing related artists was interrupted")]
    Interrupted,
    /// The one artist whose neighbours were wanted is not there.
    #[error("`{0}` is not in the catalogue")]
    NoSuchArtist(ArtistId),
}

/// Computes the nearest neighbours of every artist and swaps them in.
///
/// # Errors
/// See [`RelateError`].
pub async fn relate(store: &SharedStore, options: &RelateOptions) -> Result<RelateReport, RelateError> {
    let started = tokio::time::Instant::now();
    let signals = Signals::read(store, &options.sources).await?;
    let mut report = report(&signals, options);

    // The computation fills the cores; rows go through a short queue, so that only a few batches are ever in memory.
    let mut writer = store.begin_related().await?;
    let (rows_out, mut rows_in) = mpsc::channel::<Vec<RelatedRow>>(4);
    let (method, depth) = (options.method, options.depth);
    let computing = tokio::task::spawn_blocking(move || {
        let Signals { ids, items, listens, .. } = signals;
        let space = Space::with_listens(&items, &listens, method);
        drop((items, listens));
        let mut waiting = Vec::with_capacity(ROWS);
        let mut related = 0;
        for batch in space.all(depth) {
            for (index, neighbours) in (batch.first..).zip(batch.lists) {
                related += usize::from(!neighbours.is_empty());
                waiting.extend(rows(&ids, index, neighbours));
            }
            if waiting.len() >= ROWS && rows_out.blocking_send(std::mem::take(&mut waiting)).is_err() {
                return related;
            }
        }
        // The other end is gone only when writing failed, which is reported there.
        let _ = rows_out.blocking_send(waiting);
        related
    });
    while let Some(rows) = rows_in.recv().await {
        writer.write(&rows).await?;
    }
    report.related = computing.await.map_err(|_| RelateError::Interrupted)?;
    report.rows = writer.finish().await?;
    report.without_signal = report.artists - report.related;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// Computes the nearest neighbours of one artist and replaces its own; nobody else's ranking changes.
///
/// # Errors
/// See [`RelateError`].
pub async fn relate_one(
    store: &SharedStore,
    artist: &ArtistId,
    options: &RelateOptions,
) -> Result<RelateReport, RelateError> {
    let started = tokio::time::Instant::now();
    let signals = Signals::read(store, &options.sources).await?;
    let mut report = report(&signals, options);
    let position = signals.position(artist).ok_or_else(|| RelateError::NoSuchArtist(artist.clone()))?;
    let (method, depth) = (options.method, options.depth);
    let found = tokio::task::spawn_blocking(move || {
        let space = Space::with_listens(&signals.items, &signals.listens, method);
        let near = space.neighbours(position, depth).unwrap_or_default();
        rows(&signals.ids, position, near).collect::<Vec<_>>()
    })
    .await
    .map_err(|_| RelateError::Interrupted)?;
    report.related = usize::from(!found.is_empty());
    report.without_signal = 1 - report.related;
    report.rows = store.replace_related(artist, &found).await?;
    report.only = Some(artist.clone());
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// What is known before anything is computed.
fn report(signals: &Signals, options: &RelateOptions) -> RelateReport {
    let items = &signals.items;
    let mut heard = vec![false; items.len()];
    for listen in &signals.listens {
        heard[listen.item as usize] = true;
    }
    RelateReport {
        artists: items.len(),
        with_audio: items.iter().filter(|item| item.audio.is_some()).count(),
        with_genres: items.iter().filter(|item| !item.genres.is_empty()).count(),
        with_listeners: heard.into_iter().filter(|heard| *heard).count(),
        listeners: signals.listeners,
        with_relations: items.iter().filter(|item| !item.related.is_empty() || !item.worked_with.is_empty()).count(),
        depth: options.depth,
        allowed: options.sources.to_string(),
        sources: signals.from.iter().copied().collect(),
        ..RelateReport::default()
    }
}

/// The neighbours of one item as rows.
fn rows(ids: &[ArtistId], index: usize, neighbours: Vec<Neighbour>) -> impl Iterator<Item = RelatedRow> {
    (1..).zip(neighbours).map(move |(rank, near)| RelatedRow {
        artist_id: ids[index].clone(),
        rank,
        related_id: ids[near.index].clone(),
        distance: near.distance,
        why: encode(&near.why),
    })
}
