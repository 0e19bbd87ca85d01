//! Relate: from the catalogue's facts to every artist's neighbours.

use futures_util::TryStreamExt as _;
use serde::Serialize;
use sixpotify_core::{ArtistId, Source};
use sixpotify_similar::{Method, Neighbour, Space, encode};
use sixpotify_store::{Entry, RelatedEnd, RelatedRow, RunRecord, SharedStore, StoreError};
use tokio::sync::mpsc;

use crate::signals::{Signals, Sources};

/// Rows written to the catalogue at once.
const ROWS: usize = 20_000;

/// Runs that are looked through for the one that made the stored ranking.
const RECENT_RUNS: usize = 5_000;

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

impl RelateOptions {
    /// Whether distances mean the same.
    fn compares_as(&self, other: &Self) -> bool {
        (self.method, &self.sources) == (other.method, &other.sources)
    }
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
    /// In how many lists of others that one artist stands now; none where those were made in another way and were left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entered: Option<u64>,
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

/// Computes the nearest neighbours of one artist, replaces its own, and enters it into the stored lists of those that it is nearer to than
/// the last of theirs; nothing else changes. Where the stored ranking was made in another way, distances do not compare, and others keep
/// their lists.
///
/// # Errors
/// See [`RelateError`].
pub async fn relate_one(
    store: &SharedStore,
    artist: &ArtistId,
    options: &RelateOptions,
) -> Result<RelateReport, RelateError> {
    let started = tokio::time::Instant::now();
    let stored = stored_ranking(store).await?;
    let enters = stored.as_ref().is_none_or(|stored| stored.compares_as(options));
    let ends: Vec<RelatedEnd> = if enters { store.related_ends().try_collect().await? } else { Vec::new() };
    let signals = Signals::read(store, &options.sources).await?;
    let mut report = report(&signals, options);
    let position = signals.position(artist).ok_or_else(|| RelateError::NoSuchArtist(artist.clone()))?;
    let (method, depth) = (options.method, options.depth);
    let theirs = stored.map_or(depth, |stored| stored.depth);
    let (found, entered) = tokio::task::spawn_blocking(move || {
        let space = Space::with_listens(&signals.items, &signals.listens, method);
        let near = space.neighbours(position, depth).unwrap_or_default();
        let entered = if enters { enter(&signals, &space, position, &near, &ends, theirs) } else { Vec::new() };
        (rows(&signals.ids, position, near).collect::<Vec<_>>(), entered)
    })
    .await
    .map_err(|_| RelateError::Interrupted)?;
    report.related = usize::from(!found.is_empty());
    report.without_signal = 1 - report.related;
    let entry = Entry { rows: entered, depth: u32::try_from(theirs).unwrap_or(u32::MAX) };
    let replaced = store.replace_related(artist, &found, enters.then_some(&entry)).await?;
    report.rows = replaced.rows;
    report.entered = enters.then_some(replaced.lists);
    report.only = Some(artist.clone());
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// The artist as a neighbour of those whose lists it belongs in. Lists end where `ends` says and hold `depth` at most. Who has no list has not
/// been related yet, as far as one can tell: only those nearest to the artist get one from it.
fn enter(
    signals: &Signals,
    space: &Space,
    position: usize,
    near: &[Neighbour],
    ends: &[RelatedEnd],
    depth: usize,
) -> Vec<RelatedRow> {
    let mut farthest = vec![-1.0; space.len()];
    for other in near {
        farthest[other.index] = f32::INFINITY;
    }
    for end in ends {
        if let Some(other) = signals.position(&end.artist_id) {
            let full = end.rank as usize >= depth;
            // At the distance of the last one, the ids decide.
            farthest[other] = if full { end.distance.next_up() } else { f32::INFINITY };
        }
    }
    let affected = space.affected(position, |other| farthest[other]).unwrap_or_default();
    let row = |other: Neighbour| RelatedRow {
        artist_id: signals.ids[other.index].clone(),
        rank: 0,
        related_id: signals.ids[position].clone(),
        distance: other.distance,
        why: encode(&other.why),
    };
    affected.into_iter().map(row).collect()
}

/// How the stored ranking was made, by the newest run that made one; `None` where no run is known.
///
/// # Errors
/// [`StoreError`] when the catalogue fails.
pub async fn stored_ranking(store: &SharedStore) -> Result<Option<RelateOptions>, StoreError> {
    let made = |run: &RunRecord| -> Option<RelateOptions> {
        let counts = run.counts.as_ref().filter(|_| run.job == "relate" && run.outcome.as_deref() == Some("done"))?;
        let method = Method::from_name(run.method.as_deref()?)?;
        let sources = counts["allowed"].as_str()?.parse().ok()?;
        let depth = usize::try_from(counts["depth"].as_u64()?).ok()?;
        counts["only"].is_null().then_some(RelateOptions { method, depth, sources })
    };
    Ok(store.recent_runs(RECENT_RUNS).await?.iter().find_map(made))
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
