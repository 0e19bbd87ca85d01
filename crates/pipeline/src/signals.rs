//! From the catalogue's facts to what `similar` compares: whose facts may enter, and what each artist's are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use futures_util::TryStreamExt as _;
use sixpotify_core::{ArtistId, AudioFeatures, Source, UnknownWord, fold};
use sixpotify_similar::{AudioMean, AudioProfile, Feature, Item, Listen};
use sixpotify_store::{MeanFeatures, RelateInput, SaidRelated, SharedStore, StoreError};

/// Whose facts may enter a computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources(BTreeSet<Source>);

impl Sources {
    /// Everybody's.
    #[must_use]
    pub fn all() -> Self {
        Self(Source::ALL.iter().copied().collect())
    }

    /// Everybody's but Spotify's, whose terms restrict what may be computed from its content.
    #[must_use]
    pub fn open() -> Self {
        Self(Source::ALL.iter().copied().filter(|source| *source != Source::Spotify).collect())
    }

    /// Whether facts of `source` may enter.
    #[must_use]
    pub fn allow(&self, source: Source) -> bool {
        self.0.contains(&source)
    }
}

impl Default for Sources {
    fn default() -> Self {
        Self::all()
    }
}

impl FromStr for Sources {
    type Err = UnknownWord;

    /// `all`, `open`, or names of sources parted by commas; several add up.
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut sources = BTreeSet::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "all" => sources.extend(Self::all().0),
                "open" => sources.extend(Self::open().0),
                name => {
                    sources.insert(name.parse()?);
                }
            }
        }
        Ok(Self(sources))
    }
}

impl fmt::Display for Sources {
    /// As [`FromStr`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::all() {
            return f.write_str("all");
        }
        if *self == Self::open() {
            return f.write_str("open");
        }
        f.write_str(&self.0.iter().map(|source| source.as_str()).collect::<Vec<_>>().join(","))
    }
}

/// What is known of all artists, ready to be compared.
#[derive(Debug, Default)]
pub struct Signals {
    /// Who the items are, in the byte order of ids.
    pub ids: Vec<ArtistId>,
    /// What is known of each.
    pub items: Vec<Item>,
    /// How popular each is, whoever says so: for filters of what is shown, not for comparing.
    pub popularities: Vec<Option<u8>>,
    /// Co-listening; users are numbered.
    pub listens: Vec<Listen>,
    /// Number of listeners.
    pub listeners: u32,
    /// Sources whose facts entered.
    pub from: BTreeSet<Source>,
}

impl Signals {
    /// Reads the catalogue; facts of sources that are not allowed stay outside.
    ///
    /// # Errors
    /// [`StoreError`] when the catalogue fails.
    pub async fn read(store: &SharedStore, sources: &Sources) -> Result<Self, StoreError> {
        let mut signals = Self::default();
        let mut input = store.relate_input();
        while let Some(artist) = input.try_next().await? {
            let item = signals.item(&artist, sources);
            signals.popularities.push(artist.popularity);
            signals.ids.push(artist.id);
            signals.items.push(item);
        }
        drop(input);
        let positions: HashMap<&ArtistId, u32> = signals.ids.iter().zip(0..).collect();
        let (mut from, mut listens, mut users) = (BTreeSet::new(), Vec::new(), 0_u32);
        let mut last = String::new();
        let mut rows = store.listens();
        // By user, so that a user's number is how many there were before.
        while let Some(row) = rows.try_next().await? {
            let Some(item) = positions.get(&row.artist_id).filter(|_| sources.allow(row.source)) else { continue };
            if users == 0 || row.user_key != last {
                users += 1;
                last = row.user_key;
            }
            from.insert(row.source);
            listens.push(Listen { user: users, item: *item, plays: plays(row.plays) });
        }
        drop(rows);
        let mut said = store.said_related();
        let mut list: Vec<SaidRelated> = Vec::new();
        while let Some(row) = said.try_next().await? {
            if !sources.allow(row.source) {
                continue;
            }
            if list.first().is_some_and(|first| (&first.artist_id, first.source) != (&row.artist_id, row.source)) {
                related(&mut signals.items, &positions, &mut list);
            }
            from.insert(row.source);
            list.push(row);
        }
        drop(said);
        related(&mut signals.items, &positions, &mut list);
        let mut shared = store.shared_tracks();
        while let Some(pair) = shared.try_next().await? {
            let (Some(a), Some(b)) = (positions.get(&pair.a), positions.get(&pair.b)) else { continue };
            if sources.allow(pair.source) {
                from.insert(pair.source);
                add(&mut signals.items[*a as usize].worked_with, *b, pair.tracks);
                add(&mut signals.items[*b as usize].worked_with, *a, pair.tracks);
            }
        }
        drop(shared);
        signals.listens = listens;
        signals.listeners = users;
        signals.from.extend(from);
        Ok(signals)
    }

    /// Where an artist is.
    #[must_use]
    pub fn position(&self, artist: &ArtistId) -> Option<usize> {
        self.ids.binary_search(artist).ok()
    }

    fn item(&mut self, artist: &RelateInput, sources: &Sources) -> Item {
        let allowed = |(_, source): &&(_, Source)| sources.allow(*source);
        let genres: Vec<&(String, Source)> =
            artist.genres.iter().filter(|(_, source)| sources.allow(*source)).collect();
        self.from.extend(genres.iter().map(|(_, source)| *source));
        let mut mean = AudioMean::default();
        for (track, source) in artist.tracks.iter().filter(allowed) {
            mean.add(&profile(track));
            self.from.insert(*source);
        }
        let whole: Vec<&(MeanFeatures, Source)> =
            artist.features.iter().filter(|(_, source)| sources.allow(*source)).collect();
        self.from.extend(whole.iter().map(|(_, source)| *source));
        let mut years: Vec<u16> =
            artist.years.iter().filter(|(_, s)| sources.allow(*s)).map(|(year, _)| *year).collect();
        years.sort_unstable();
        let popularity = artist.popularity.filter(|_| artist.profile_from.iter().any(|s| sources.allow(*s)));
        if popularity.is_some() {
            self.from.extend(artist.profile_from.iter().copied().filter(|s| sources.allow(*s)));
        }
        Item {
            audio: audio(mean.tracks(), mean.finish(), whole.into_iter().map(|(means, _)| means)),
            genres: genres.into_iter().map(|(genre, _)| genre.clone()).collect(),
            popularity: popularity.map(f32::from),
            name_key: fold(&artist.name),
            year: years.get(years.len() / 2).map(|year| f32::from(*year)),
            ..Item::default()
        }
    }
}

/// The sound of an artist: the mean over the most tracks, be it ours or what a source says of the artist as a whole; what it does not
/// know is taken from the others.
fn audio<'a>(
    tracks: u32,
    ours: Option<AudioProfile>,
    whole: impl Iterator<Item = &'a MeanFeatures>,
) -> Option<AudioProfile> {
    let theirs = whole.map(|means| {
        let values = Feature::ALL.into_iter().zip(means.values);
        // A mean of so many tracks as it does not say is one, if ours is of none.
        (means.n_tracks.unwrap_or(1), values.collect::<AudioProfile>())
    });
    let mut all: Vec<(u32, AudioProfile)> = ours.map(|mean| (tracks, mean)).into_iter().chain(theirs).collect();
    // Stable: ours comes before an equal one.
    all.sort_by_key(|(tracks, _)| std::cmp::Reverse(*tracks));
    let mut profiles = all.into_iter().map(|(_, profile)| profile);
    let mut best = profiles.next()?;
    for other in profiles {
        for feature in Feature::ALL.into_iter().filter(|feature| other.get(*feature).is_some()) {
            if best.get(feature).is_none() {
                best.set(feature, other.get(feature));
            }
        }
    }
    (!best.is_unknown()).then_some(best)
}

/// Enters one source's list of one artist, and empties it. Scores are divided by the list's best; without scores, places count.
fn related(items: &mut [Item], positions: &HashMap<&ArtistId, u32>, list: &mut Vec<SaidRelated>) {
    let best = list.iter().filter_map(|row| row.score).filter(|score| score.is_finite()).fold(0.0, f32::max);
    let length = ratio(list.len());
    let mut scores: BTreeMap<u32, f32> = BTreeMap::new();
    for (place, row) in list.iter().enumerate() {
        let score = if best > 0.0 { row.score.unwrap_or(0.0) / best } else { 1.0 - ratio(place) / length };
        if let Some(position) = positions.get(&row.related_id) {
            let kept = scores.entry(*position).or_default();
            *kept = kept.max(score);
        }
    }
    if let Some(position) = list.first().and_then(|row| positions.get(&row.artist_id)) {
        // Of two sources' scores the higher one: they are not on one scale.
        let known = &mut items[*position as usize].related;
        for (other, score) in scores {
            match known.iter_mut().find(|(known, _)| *known == other) {
                Some((_, kept)) => *kept = kept.max(score),
                None => known.push((other, score)),
            }
        }
    }
    list.clear();
}

fn add(counts: &mut Vec<(u32, f32)>, other: u32, tracks: u32) {
    let tracks = ratio(tracks as usize);
    match counts.iter_mut().find(|(known, _)| *known == other) {
        Some((_, count)) => *count += tracks,
        None => counts.push((other, tracks)),
    }
}

/// A small count as a number; larger ones do not matter.
fn ratio(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// A number of plays, of which a logarithm is taken: precise enough.
fn plays(plays: u64) -> f32 {
    plays as f32
}

/// A track's features as `similar` sees them.
pub(crate) fn profile(track: &AudioFeatures) -> AudioProfile {
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
    values.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_read_back() {
        for text in ["all", "open", "spotify", "musicbrainz,csv"] {
            assert_eq!(text.parse::<Sources>().unwrap().to_string(), text);
        }
        assert_eq!("open,spotify".parse::<Sources>().unwrap(), Sources::all());
        assert!("opne".parse::<Sources>().is_err());
        assert!(!Sources::open().allow(Source::Spotify));
        assert!(Sources::open().allow(Source::Csv));
    }

    #[test]
    fn the_mean_of_more_tracks_is_the_sound() {
        let ours = AudioProfile::UNKNOWN.with(Feature::Energy, 0.2).with(Feature::Tempo, 100.0);
        let mut whole = MeanFeatures { n_tracks: Some(10), ..MeanFeatures::default() };
        whole.values[Feature::Energy as usize] = Some(0.8);
        let expected = AudioProfile::UNKNOWN.with(Feature::Energy, 0.8).with(Feature::Tempo, 100.0);
        assert_eq!(audio(3, Some(ours), [whole].iter()), Some(expected));
        assert_eq!(audio(11, Some(ours), [whole].iter()), Some(ours));
        assert_eq!(audio(0, None, [whole].iter()), Some(AudioProfile::UNKNOWN.with(Feature::Energy, 0.8)));
        assert_eq!(audio(0, None, [MeanFeatures::default()].iter()), None);
    }

    #[test]
    fn a_sources_list_becomes_scores_up_to_one() {
        let ids = ["a", "b", "c"].map(ArtistId::from_stored);
        let positions: HashMap<&ArtistId, u32> = ids.iter().zip(0..).collect();
        let row = |rank: u32, other: usize, score| SaidRelated {
            artist_id: ids[0].clone(),
            source: Source::LastFm,
            rank,
            related_id: ids[other].clone(),
            score,
        };
        let mut items = vec![Item::default(); 3];
        let mut list = vec![row(1, 1, Some(40.0)), row(2, 2, Some(10.0))];
        related(&mut items, &positions, &mut list);
        assert!(list.is_empty());
        assert_eq!(items[0].related, [(1, 1.0), (2, 0.25)]);
        let mut list = vec![row(1, 2, None), row(2, 1, None)];
        related(&mut items, &positions, &mut list);
        assert_eq!(items[0].related, [(1, 1.0), (2, 1.0)], "the higher of two");
    }
}
