//! Which source is asked for a facet first.

use std::collections::BTreeMap;

use sixpotify_core::{Facet, Source};

/// For each facet the sources that may have it: the first that has it wins. Facets that are lists of opinions (`related`,
/// votes for `genres`) and values that stand side by side (`profile`) are taken of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order(BTreeMap<Facet, Vec<Source>>);

impl Default for Order {
    fn default() -> Self {
        use Source::{Deezer, LastFm, ListenBrainz, MusicBrainz, ReccoBeats, Spotify};
        Self(BTreeMap::from([
            (Facet::Profile, vec![Spotify, MusicBrainz, ListenBrainz, Deezer]),
            (Facet::Genres, vec![Spotify, MusicBrainz, LastFm]),
            (Facet::Albums, vec![Spotify, Deezer]),
            (Facet::TopTracks, vec![Spotify, Deezer]),
            (Facet::AudioFeatures, vec![Spotify, ReccoBeats]),
            (Facet::Aliases, vec![MusicBrainz]),
            (Facet::Links, vec![MusicBrainz]),
            (Facet::Related, vec![ListenBrainz, LastFm]),
        ]))
    }
}

impl Order {
    /// The same with nobody but `sources`.
    #[must_use]
    pub fn only(mut self, sources: &[Source]) -> Self {
        for order in self.0.values_mut() {
            order.retain(|source| sources.contains(source));
        }
        self
    }

    /// Whether `source` may be asked for `facet`.
    pub fn has(&self, facet: Facet, source: Source) -> bool {
        self.0.get(&facet).is_some_and(|order| order.contains(&source))
    }

    /// The sources before `source` for `facet`.
    pub fn before(&self, facet: Facet, source: Source) -> &[Source] {
        let order = self.0.get(&facet).map_or(&[][..], Vec::as_slice);
        &order[..order.iter().position(|s| *s == source).unwrap_or(order.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_that_are_left_out_are_not_asked() {
        let order = Order::default();
        assert_eq!(order.before(Facet::TopTracks, Source::Deezer), [Source::Spotify]);
        assert!(!order.has(Facet::Albums, Source::MusicBrainz));
        let order = order.only(&[Source::Deezer]);
        assert_eq!(order.before(Facet::TopTracks, Source::Deezer), []);
        assert!(order.has(Facet::Albums, Source::Deezer) && !order.has(Facet::Aliases, Source::MusicBrainz));
    }
}
