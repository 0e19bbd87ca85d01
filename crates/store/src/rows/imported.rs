//! Rows of tables that are imported as a whole.

use sixpotify_core::{AudioFeatures, fold};

use super::{FeatureRow, LinkRow, TrackCreditRow, key, made, profile, take_later, unify};
use crate::similarity::FEATURE_COUNT;
use crate::text::{Text, clean, clean_option, saturated};
use crate::{ImportBatch, ImportedArtist, ImportedListen, ImportedTrack, Result};

/// The rows of an [`ImportBatch`].
#[derive(Debug)]
pub(crate) struct ImportRows<'a> {
    /// Who says all this.
    pub(crate) source: &'static str,
    pub(crate) artists: Vec<ImportArtistRow<'a>>,
    /// By artist and genre.
    pub(crate) genres: Vec<(Text<'a>, Text<'a>)>,
    pub(crate) links: Vec<LinkRow<'a>>,
    pub(crate) tracks: Vec<ImportTrackRow<'a>>,
    /// By track and artist.
    pub(crate) credits: Vec<TrackCreditRow<'a>>,
    pub(crate) listens: Vec<ImportListenRow<'a>>,
}

/// An artist, and the row of `artist_features`.
#[derive(Debug)]
pub(crate) struct ImportArtistRow<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) popularity: Option<i32>,
    /// Whether the table says something of genres, be it that there are none.
    pub(crate) says_genres: bool,
    /// Whether it names any.
    pub(crate) has_genres: bool,
    /// Whether there is anything for `artist_features`.
    pub(crate) has_features: bool,
    pub(crate) n_tracks: Option<i64>,
    pub(crate) values: [Option<f32>; FEATURE_COUNT],
}

impl ImportArtistRow<'_> {
    /// The folded name.
    pub(crate) fn name_key(&self) -> String {
        fold(&self.name)
    }
}

/// A row of `tracks`, and that of `audio_features`.
#[derive(Debug)]
pub(crate) struct ImportTrackRow<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) release_date: Option<Text<'a>>,
    pub(crate) release_date_precision: Option<&'static str>,
    pub(crate) popularity: Option<i32>,
    pub(crate) explicit: Option<bool>,
    pub(crate) features: AudioFeatures,
}

/// A row of `listens`.
#[derive(Debug)]
pub(crate) struct ImportListenRow<'a> {
    pub(crate) user_key: Text<'a>,
    pub(crate) artist_id: Text<'a>,
    pub(crate) plays: i64,
}

impl<'a> ImportRows<'a> {
    /// The rows of `batch`.
    ///
    /// # Errors
    /// [`StoreError::Other`](crate::StoreError::Other) when a key is longer than an index can hold.
    pub(crate) fn of(batch: &'a ImportBatch) -> Result<Self> {
        let (artists, genres) = artists(&batch.artists);
        let (tracks, credits) = tracks(&batch.tracks);
        let rows = Self {
            source: batch.source.as_str(),
            artists,
            genres,
            links: profile::links(&batch.links),
            tracks,
            credits,
            listens: listens(&batch.listens),
        };
        rows.check_keys()?;
        Ok(rows)
    }

    /// The rows of `audio_features`: of the tracks of which any feature is known.
    pub(crate) fn feature_rows(&self) -> Vec<FeatureRow<'_>> {
        let known = self.tracks.iter().filter(|r| !r.features.is_empty());
        known.map(|r| FeatureRow { track_id: r.id.clone(), features: r.features, source: self.source }).collect()
    }

    fn check_keys(&self) -> Result<()> {
        for row in &self.artists {
            key("artists", [&row.id, ""])?;
        }
        for (artist, genre) in &self.genres {
            key("artist_genre", [artist, genre])?;
        }
        for row in &self.links {
            key("artist_link", [row.source, &row.source_id])?;
        }
        for row in &self.tracks {
            key("tracks", [&row.id, ""])?;
        }
        for row in &self.credits {
            key("track_artist", [&row.track_id, &row.artist_id])?;
        }
        for row in &self.listens {
            key("listens", [&row.user_key, &row.artist_id])?;
        }
        Ok(())
    }
}

fn artists(artists: &[ImportedArtist]) -> (Vec<ImportArtistRow<'_>>, Vec<(Text<'_>, Text<'_>)>) {
    let mut lists: Vec<(Text<'_>, &[String])> =
        artists.iter().filter_map(|a| Some((clean(a.id.as_str()), a.genres.as_deref()?))).collect();
    unify(&mut lists, |a, b| a.0.cmp(&b.0), |kept, later| kept.1 = later.1);
    let mut genres: Vec<(Text<'_>, Text<'_>)> =
        lists.iter().flat_map(|(id, list)| list.iter().map(|genre| (id.clone(), clean(genre)))).collect();
    unify(&mut genres, |a, b| a.cmp(b), |_, _| ());

    let mut rows: Vec<ImportArtistRow<'_>> = artists
        .iter()
        .map(|a| ImportArtistRow {
            id: clean(a.id.as_str()),
            name: clean(&a.name),
            popularity: a.popularity.map(i32::from),
            says_genres: a.genres.is_some(),
            has_genres: a.genres.as_ref().is_some_and(|genres| !genres.is_empty()),
            has_features: a.features.is_some(),
            n_tracks: a.features.and_then(|f| f.n_tracks).map(i64::from),
            values: a.features.map(|f| f.values.map(|n| n.filter(|n| n.is_finite()))).unwrap_or_default(),
        })
        .collect();
    unify(
        &mut rows,
        |a, b| a.id.cmp(&b.id),
        |kept, later| {
            kept.name = later.name;
            take_later(&mut kept.popularity, later.popularity);
            if later.says_genres {
                (kept.says_genres, kept.has_genres) = (true, later.has_genres);
            }
            kept.has_features |= later.has_features;
            take_later(&mut kept.n_tracks, later.n_tracks);
            for (mine, new) in kept.values.iter_mut().zip(later.values) {
                take_later(mine, new);
            }
        },
    );
    (rows, genres)
}

fn tracks(tracks: &[ImportedTrack]) -> (Vec<ImportTrackRow<'_>>, Vec<TrackCreditRow<'_>>) {
    let (_, credits) = made::track_credits(tracks, |t| (&t.id, &t.artists));
    let mut rows: Vec<ImportTrackRow<'_>> = tracks
        .iter()
        .map(|t| ImportTrackRow {
            id: clean(t.id.as_str()),
            name: clean(&t.name),
            release_date: clean_option(t.release_date.as_ref()),
            release_date_precision: t.release_date.as_ref().map(|date| precision(date)),
            popularity: t.popularity.map(i32::from),
            explicit: t.explicit,
            features: made::finite(t.features),
        })
        .collect();
    unify(
        &mut rows,
        |a, b| a.id.cmp(&b.id),
        |kept, later| {
            if !later.name.is_empty() {
                kept.name = later.name;
            }
            take_later(&mut kept.release_date, later.release_date);
            take_later(&mut kept.release_date_precision, later.release_date_precision);
            take_later(&mut kept.popularity, later.popularity);
            take_later(&mut kept.explicit, later.explicit);
            made::later_features(&mut kept.features, later.features);
        },
    );
    (rows, credits)
}

fn precision(date: &str) -> &'static str {
    match date.len() {
        0..=4 => "year",
        5..=7 => "month",
        _ => "day",
    }
}

fn listens(listens: &[ImportedListen]) -> Vec<ImportListenRow<'_>> {
    let mut rows: Vec<ImportListenRow<'_>> = listens
        .iter()
        .map(|l| ImportListenRow {
            user_key: clean(&l.user_key),
            artist_id: clean(l.artist_id.as_str()),
            plays: saturated(l.plays),
        })
        .collect();
    unify(&mut rows, |a, b| (&a.user_key, &a.artist_id).cmp(&(&b.user_key, &b.artist_id)), |kept, later| *kept = later);
    rows
}
