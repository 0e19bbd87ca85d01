//! Relate: from the catalogue's facts to every artist's neighbours.

use futures_util::TryStreamExt as _;
use serde::Serialize;
use sixpotify_core::{ArtistId, AudioFeatures, fold};
use sixpotify_similar::{AudioMean, AudioProfile, Feature, Item, Method, Space, encode};
use sixpotify_store::{RelateInput, RelatedRow, SharedStore, StoreError};
use tokio::sync::mpsc;

/// Rows written to the catalogue at once.
const ROWS: usize = 20_000;

/// What `relate` did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RelateReport {
    /// Artists in the catalogue.
    pub artists: usize,
    /// Those with audio features.
    pub with_audio: usize,
    /// Those with genres.
    pub with_genres: usize,
    /// Those that got neighbours.
    pub related: usize,
    /// Rows of the ranking.
    pub rows: u64,
    /// Artists left out because nothing is known of them to compare.
    pub without_signal: usize,
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
}

/// Computes the `depth` nearest neighbours of every artist and swaps them in.
///
/// # Errors
/// See [`RelateError`].
pub async fn relate(store: &SharedStore, method: Method, depth: usize) -> Result<RelateReport, RelateError> {
    let started = tokio::time::Instant::now();
    let mut report = RelateReport::default();
    let mut ids: Vec<ArtistId> = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let mut input = store.relate_input();
    while let Some(artist) = input.try_next().await? {
        let item = item(&artist);
        report.artists += 1;
        report.with_audio += usize::from(item.audio.is_some());
        report.with_genres += usize::from(!item.genres.is_empty());
        ids.push(artist.id);
        items.push(item);
    }
    drop(input);

    // The computation fills the cores; rows go through a short queue, so that only a few batches are ever in memory.
    let mut writer = store.begin_related().await?;
    let (rows_out, mut rows_in) = mpsc::channel::<Vec<RelatedRow>>(4);
    let computing = tokio::task::spawn_blocking(move || {
        let space = Space::build(&items, method);
        let mut waiting = Vec::with_capacity(ROWS);
        let mut related = 0;
        for batch in space.all(depth) {
            for (index, neighbours) in (batch.first..).zip(batch.lists) {
                related += usize::from(!neighbours.is_empty());
                waiting.extend((1..).zip(neighbours).map(|(rank, n)| RelatedRow {
                    artist_id: ids[index].clone(),
                    rank,
                    related_id: ids[n.index].clone(),
                    distance: n.distance,
                    why: encode(&n.why),
                }));
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

/// An artist as `similar` sees it: the mean of its tracks' features, and its genres.
fn item(artist: &RelateInput) -> Item {
    let mut mean = AudioMean::default();
    for (track, _) in &artist.tracks {
        mean.add(&profile(track));
    }
    Item {
        audio: mean.finish(),
        genres: artist.genres.iter().map(|(genre, _)| genre.clone()).collect(),
        popularity: artist.popularity.map(f32::from),
        name_key: fold(&artist.name),
        ..Item::default()
    }
}

fn profile(track: &AudioFeatures) -> AudioProfile {
    let values = [
        (Feature::Danceability, track.danceability),
        (Feature::Energy, track.energy),
        (Feature::Key, track.key.map(f32::from)),
        (Feature::Loudness, track.loudness),
        (Feature::Mode, track.mode.map(f32::from)),
        (Feature::Speechiness, track.speechiness),
        (Feature::Acousticness, track.acousticness),
        (Feature::Instrumentalness, track.instrumentalness),
        (Feature::Liveness, track.liveness),
        (Feature::Valence, track.valence),
        (Feature::Tempo, track.tempo),
        (Feature::TimeSignature, track.time_signature.map(f32::from)),
        // Exact up to four and a half hours, which is nearer than it matters.
        (Feature::DurationMs, track.duration_ms.map(|d| d as f32)),
    ];
    let mut profile = AudioProfile::UNKNOWN;
    for (feature, value) in values {
        profile.set(feature, value);
    }
    profile
}
