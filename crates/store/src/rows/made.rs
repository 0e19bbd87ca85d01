//! Rows of what artists made: albums, tracks, their credits, rankings and audio features.

use std::collections::HashSet;

use sixpotify_core::{Album, AudioFeatures, Credit, Track, TrackId};

use super::{take_later, unify};
use crate::text::{Text, clean, clean_option, position};
use crate::{AlbumList, Features, TopTracks};

/// A row of `albums`.
#[derive(Debug)]
pub(crate) struct AlbumRow<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) album_type: Option<Text<'a>>,
    pub(crate) release_date: Option<Text<'a>>,
    pub(crate) release_date_precision: Option<Text<'a>>,
    pub(crate) total_tracks: Option<i64>,
    pub(crate) url: Option<Text<'a>>,
    pub(crate) image_url: Option<Text<'a>>,
}

/// A row of `album_artist`. Without a name where the artist's own list says that the album is theirs, but no credit does.
#[derive(Debug)]
pub(crate) struct AlbumCreditRow<'a> {
    pub(crate) album_id: Text<'a>,
    pub(crate) artist_id: Text<'a>,
    pub(crate) artist_name: Option<Text<'a>>,
    pub(crate) position: Option<i32>,
    pub(crate) album_group: Option<Text<'a>>,
}

/// A row of `tracks`.
#[derive(Debug)]
pub(crate) struct TrackRow<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) album_id: Option<Text<'a>>,
    pub(crate) duration_ms: Option<i64>,
    pub(crate) explicit: Option<bool>,
    pub(crate) isrc: Option<Text<'a>>,
    pub(crate) popularity: Option<i32>,
    pub(crate) url: Option<Text<'a>>,
    pub(crate) preview_url: Option<Text<'a>>,
}

/// A row of `track_artist`.
#[derive(Debug)]
pub(crate) struct TrackCreditRow<'a> {
    pub(crate) track_id: Text<'a>,
    pub(crate) artist_id: Text<'a>,
    pub(crate) artist_name: Text<'a>,
    pub(crate) position: i32,
}

/// A ranking that is replaced.
#[derive(Debug)]
pub(crate) struct TopList<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) market: Text<'a>,
    pub(crate) source: &'static str,
    /// How many tracks it has now.
    pub(crate) length: i32,
}

/// A row of `top_tracks`.
#[derive(Debug)]
pub(crate) struct TopTrackRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) market: Text<'a>,
    pub(crate) rank: i32,
    pub(crate) track_id: Text<'a>,
    pub(crate) source: &'static str,
}

/// A row of `audio_features`.
#[derive(Debug)]
pub(crate) struct FeatureRow<'a> {
    pub(crate) track_id: Text<'a>,
    pub(crate) features: AudioFeatures,
    pub(crate) source: &'static str,
}

fn album_row(album: &Album) -> AlbumRow<'_> {
    AlbumRow {
        id: clean(album.id.as_str()),
        name: clean(&album.name),
        album_type: clean_option(album.album_type.as_ref()),
        release_date: clean_option(album.release_date.as_ref()),
        release_date_precision: clean_option(album.release_date_precision.as_ref()),
        total_tracks: album.total_tracks.map(i64::from),
        url: clean_option(album.url.as_ref()),
        image_url: clean_option(album.image_url.as_ref()),
    }
}

fn album_credits(album: &Album) -> impl Iterator<Item = AlbumCreditRow<'_>> {
    album.artists.iter().enumerate().map(|(at, credit)| AlbumCreditRow {
        album_id: clean(album.id.as_str()),
        artist_id: clean(credit.id.as_str()),
        artist_name: Some(clean(&credit.name)),
        position: Some(position(at, 0)),
        album_group: None,
    })
}

/// All albums that a batch speaks of, their credits, and the artists whose lists of albums are replaced.
pub(super) fn albums<'a>(
    lists: &'a [AlbumList],
    tracks: &'a [Track],
) -> (Vec<AlbumRow<'a>>, Vec<AlbumCreditRow<'a>>, Vec<Text<'a>>) {
    let mut last: Vec<(&AlbumList, usize)> = lists.iter().zip(0..).collect();
    unify(&mut last, |a, b| a.0.artist_id.cmp(&b.0.artist_id), |kept, later| *kept = later);
    let owners = last.iter().map(|(list, _)| clean(list.artist_id.as_str())).collect();
    let last: HashSet<usize> = last.into_iter().map(|(_, at)| at).collect();

    let mut rows = Vec::new();
    let mut credits = Vec::new();
    for (at, list) in lists.iter().enumerate() {
        for (group, album) in &list.albums {
            rows.push(album_row(album));
            // A list that a later one of the same artist replaces still tells about albums and other artists.
            credits
                .extend(album_credits(album).filter(|c| last.contains(&at) || c.artist_id != list.artist_id.as_str()));
            if last.contains(&at) {
                credits.push(AlbumCreditRow {
                    album_id: clean(album.id.as_str()),
                    artist_id: clean(list.artist_id.as_str()),
                    artist_name: None,
                    position: None,
                    album_group: Some(clean(group)),
                });
            }
        }
    }
    for album in tracks.iter().filter_map(|t| t.album.as_ref()) {
        rows.push(album_row(album));
        credits.extend(album_credits(album));
    }
    unify(
        &mut rows,
        |a, b| a.id.cmp(&b.id),
        |kept, later| {
            kept.name = later.name;
            take_later(&mut kept.album_type, later.album_type);
            take_later(&mut kept.release_date, later.release_date);
            take_later(&mut kept.release_date_precision, later.release_date_precision);
            take_later(&mut kept.total_tracks, later.total_tracks);
            take_later(&mut kept.url, later.url);
            take_later(&mut kept.image_url, later.image_url);
        },
    );
    unify(
        &mut credits,
        |a, b| (&a.album_id, &a.artist_id).cmp(&(&b.album_id, &b.artist_id)),
        |kept, later| {
            take_later(&mut kept.artist_name, later.artist_name);
            take_later(&mut kept.position, later.position);
            take_later(&mut kept.album_group, later.album_group);
        },
    );
    (rows, credits, owners)
}

/// Tracks, those of them whose credits are replaced, and the credits. A track without credits says nothing of them.
pub(super) fn tracks(tracks: &[Track]) -> (Vec<TrackRow<'_>>, Vec<Text<'_>>, Vec<TrackCreditRow<'_>>) {
    let mut rows: Vec<TrackRow<'_>> = tracks
        .iter()
        .map(|t| TrackRow {
            id: clean(t.id.as_str()),
            name: clean(&t.name),
            album_id: t.album.as_ref().map(|a| clean(a.id.as_str())),
            duration_ms: t.duration_ms.map(i64::from),
            explicit: t.explicit,
            isrc: clean_option(t.isrc.as_ref()),
            popularity: t.popularity.map(i32::from),
            url: clean_option(t.url.as_ref()),
            preview_url: clean_option(t.preview_url.as_ref()),
        })
        .collect();
    unify(
        &mut rows,
        |a, b| a.id.cmp(&b.id),
        |kept, later| {
            kept.name = later.name;
            take_later(&mut kept.album_id, later.album_id);
            take_later(&mut kept.duration_ms, later.duration_ms);
            take_later(&mut kept.explicit, later.explicit);
            take_later(&mut kept.isrc, later.isrc);
            take_later(&mut kept.popularity, later.popularity);
            take_later(&mut kept.url, later.url);
            take_later(&mut kept.preview_url, later.preview_url);
        },
    );

    let (ids, credits) = track_credits(tracks, |t| (&t.id, &t.artists));
    (rows, ids, credits)
}

/// Those of `tracks` that say who made them, the last word counting, and their credits.
pub(super) fn track_credits<T>(
    tracks: &[T],
    of: impl Fn(&T) -> (&TrackId, &Vec<Credit>),
) -> (Vec<Text<'_>>, Vec<TrackCreditRow<'_>>) {
    let mut credited: Vec<(&TrackId, &Vec<Credit>)> = tracks.iter().map(of).filter(|(_, by)| !by.is_empty()).collect();
    unify(&mut credited, |a, b| a.0.cmp(b.0), |kept, later| *kept = later);
    let ids = credited.iter().map(|(id, _)| clean(id.as_str())).collect();
    let mut credits: Vec<TrackCreditRow<'_>> = credited
        .into_iter()
        .flat_map(|(id, by)| {
            by.iter().enumerate().map(|(at, credit)| TrackCreditRow {
                track_id: clean(id.as_str()),
                artist_id: clean(credit.id.as_str()),
                artist_name: clean(&credit.name),
                position: position(at, 0),
            })
        })
        .collect();
    // An artist credited twice on one track keeps the first place.
    unify(&mut credits, |a, b| (&a.track_id, &a.artist_id).cmp(&(&b.track_id, &b.artist_id)), |_, _| ());
    (ids, credits)
}

/// Rankings that are replaced, and their rows. A track that a ranking names twice keeps the better rank.
pub(super) fn top_tracks(lists: &[TopTracks]) -> (Vec<TopList<'_>>, Vec<TopTrackRow<'_>>) {
    let mut lists: Vec<&TopTracks> = lists.iter().collect();
    unify(
        &mut lists,
        |a, b| (&a.artist_id, &a.market, a.source.as_str()).cmp(&(&b.artist_id, &b.market, b.source.as_str())),
        |kept, later| *kept = later,
    );
    let mut owners = Vec::with_capacity(lists.len());
    let mut rows = Vec::new();
    for list in lists {
        let mut seen = HashSet::new();
        let tracks = list.track_ids.iter().filter(|t| seen.insert(*t));
        let before = rows.len();
        rows.extend(tracks.enumerate().map(|(at, track)| TopTrackRow {
            artist_id: clean(list.artist_id.as_str()),
            market: clean(&list.market),
            rank: position(at, 1),
            track_id: clean(track.as_str()),
            source: list.source.as_str(),
        }));
        owners.push(TopList {
            artist_id: clean(list.artist_id.as_str()),
            market: clean(&list.market),
            source: list.source.as_str(),
            length: position(rows.len() - before, 0),
        });
    }
    (owners, rows)
}

pub(super) fn features(features: &[Features]) -> Vec<FeatureRow<'_>> {
    let mut rows: Vec<FeatureRow<'_>> = features
        .iter()
        .map(|f| FeatureRow {
            track_id: clean(f.track_id.as_str()),
            features: finite(f.features),
            source: f.source.as_str(),
        })
        .collect();
    unify(
        &mut rows,
        |a, b| a.track_id.cmp(&b.track_id),
        |kept, later| {
            if later.features.is_empty() {
                return;
            }
            kept.source = later.source;
            later_features(&mut kept.features, later.features);
        },
    );
    rows
}

/// Puts the values of `new` over those of `mine` where there are any.
pub(super) fn later_features(mine: &mut AudioFeatures, new: AudioFeatures) {
    take_later(&mut mine.danceability, new.danceability);
    take_later(&mut mine.energy, new.energy);
    take_later(&mut mine.key, new.key);
    take_later(&mut mine.loudness, new.loudness);
    take_later(&mut mine.mode, new.mode);
    take_later(&mut mine.speechiness, new.speechiness);
    take_later(&mut mine.acousticness, new.acousticness);
    take_later(&mut mine.instrumentalness, new.instrumentalness);
    take_later(&mut mine.liveness, new.liveness);
    take_later(&mut mine.valence, new.valence);
    take_later(&mut mine.tempo, new.tempo);
    take_later(&mut mine.time_signature, new.time_signature);
    take_later(&mut mine.duration_ms, new.duration_ms);
}

/// Features without values that are no numbers: SQLite would store them as null, PostgreSQL as they are.
pub(super) fn finite(features: AudioFeatures) -> AudioFeatures {
    let number = |n: Option<f32>| n.filter(|n| n.is_finite());
    AudioFeatures {
        danceability: number(features.danceability),
        energy: number(features.energy),
        loudness: number(features.loudness),
        speechiness: number(features.speechiness),
        acousticness: number(features.acousticness),
        instrumentalness: number(features.instrumentalness),
        liveness: number(features.liveness),
        valence: number(features.valence),
        tempo: number(features.tempo),
        ..features
    }
}
