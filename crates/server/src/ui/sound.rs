//! The sound of an artist: means of what is known of its songs.

use sixpotify_core::AudioFeatures;
use sixpotify_store::TrackEntry;

use super::radar::{Radar, percent};
use super::words::Words;

/// The sound, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SoundView {
    /// Of how many songs it is the mean, and who measured.
    pub(crate) basis: String,
    /// All values in a sentence, for those who do not see the picture.
    pub(crate) text: String,
    /// The picture.
    pub(crate) radar: Radar,
    /// What is no share: tempo, loudness.
    pub(crate) more: Vec<(&'static str, String)>,
}

impl SoundView {
    /// The mean of those `tracks` whose features are known; `None` without any.
    pub(crate) fn new(tracks: &[&TrackEntry], words: &Words) -> Option<Self> {
        let known: Vec<&AudioFeatures> = tracks.iter().filter_map(|t| t.features.as_ref().map(|f| &f.0)).collect();
        let mut sources: Vec<&str> = Vec::new();
        for (_, source) in tracks.iter().filter_map(|t| t.features.as_ref()) {
            let name = super::words::source_name(*source, words);
            if !sources.contains(&name) {
                sources.push(name);
            }
        }
        let mean = |value: fn(&AudioFeatures) -> Option<f32>| mean(known.iter().filter_map(|f| value(f)));
        let shares: Vec<(&'static str, f32)> = [
            (words.energy, mean(|f| f.energy)),
            (words.danceability, mean(|f| f.danceability)),
            (words.valence, mean(|f| f.valence)),
            (words.acousticness, mean(|f| f.acousticness)),
            (words.instrumentalness, mean(|f| f.instrumentalness)),
            (words.speechiness, mean(|f| f.speechiness)),
        ]
        .into_iter()
        .filter_map(|(label, value)| Some((label, value?)))
        .collect();
        // Fewer make no picture.
        if shares.len() < 3 {
            return None;
        }
        let mut more = Vec::new();
        if let Some(tempo) = mean(|f| f.tempo) {
            more.push((words.tempo, format!("{tempo:.0} BPM")));
        }
        if let Some(loudness) = mean(|f| f.loudness) {
            more.push((words.loudness, format!("{loudness:.1} dB").replace('-', "−")));
        }
        let text = shares.iter().map(|(label, value)| format!("{label} {}", percent(*value)));
        Some(Self {
            basis: words.mean_of(known.len(), &sources.join(", ")),
            text: text.collect::<Vec<_>>().join(", "),
            radar: Radar::new(&shares),
            more,
        })
    }
}

fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, count) = values.fold((0.0, 0_u16), |(sum, count), value| (sum + value, count.saturating_add(1)));
    (count > 0).then(|| sum / f32::from(count))
}
