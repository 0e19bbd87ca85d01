//! Which source is asked for a facet first.

use std::collections::{BTreeMap, BTreeSet};

use sixpotify_core::{Facet, Source};

/// For each facet the sources that may have it: the first that has it wins. Facets that are lists of opinions (`related`,
/// votes for `genres`) and values that stand side by side (`profile`) are taken of all, and the first decides which is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    lists: BTreeMap<Facet, Vec<Source>>,
    /// Facets whose order somebody chose.
    chosen: BTreeSet<Facet>,
}

/// A source that was put in the order of a facet that it does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_name} has no {facet}; it is to be had from {known}")]
pub struct NotThere {
    source_name: Source,
    facet: Facet,
    known: String,
}

impl Default for Order {
    fn default() -> Self {
        use Source::{Deezer, LastFm, ListenBrainz, MusicBrainz, ReccoBeats, Spotify};
        let lists = BTreeMap::from([
            (Facet::Profile, vec![Spotify, MusicBrainz, ListenBrainz, Deezer]),
            (Facet::Genres, vec![Spotify, MusicBrainz, LastFm]),
            (Facet::Albums, vec![Spotify, Deezer]),
            (Facet::TopTracks, vec![Spotify, Deezer]),
            (Facet::AudioFeatures, vec![Spotify, ReccoBeats]),
            (Facet::Aliases, vec![MusicBrainz]),
            (Facet::Links, vec![MusicBrainz]),
            (Facet::Related, vec![ListenBrainz, LastFm]),
        ]);
        Self { lists, chosen: BTreeSet::new() }
    }
}

impl Order {
    /// The same with nobody but `sources`.
    #[must_use]
    pub fn only(mut self, sources: &[Source]) -> Self {
        for order in self.lists.values_mut() {
            order.retain(|source| sources.contains(source));
        }
        self
    }

    /// The same with these sources, and no others, asked for `facet` in this order.
    ///
    /// # Errors
    /// A source that does not have the facet.
    pub fn with(mut self, facet: Facet, sources: &[Source]) -> Result<Self, NotThere> {
        let usual = Self::default();
        let known = usual.of(facet);
        if let Some(other) = sources.iter().find(|source| !known.contains(source)) {
            let known = known.iter().map(|source| source.as_str()).collect::<Vec<_>>().join(", ");
            return Err(NotThere { source_name: *other, facet, known });
        }
        let mut list: Vec<Source> = Vec::with_capacity(sources.len());
        for source in sources {
            if !list.contains(source) {
                list.push(*source);
            }
        }
        self.lists.insert(facet, list);
        self.chosen.insert(facet);
        Ok(self)
    }

    /// The sources of `facet`, the first first.
    pub fn of(&self, facet: Facet) -> &[Source] {
        self.lists.get(&facet).map_or(&[][..], Vec::as_slice)
    }

    /// Whether somebody chose the order of `facet`.
    pub fn is_chosen(&self, facet: Facet) -> bool {
        self.chosen.contains(&facet)
    }

    /// Whether `source` may be asked for `facet`.
    pub fn has(&self, facet: Facet, source: Source) -> bool {
        self.of(facet).contains(&source)
    }

    /// The sources before `source` for `facet`; all, where it is not among them.
    pub fn before(&self, facet: Facet, source: Source) -> &[Source] {
        let order = self.of(facet);
        &order[..order.iter().position(|s| *s == source).unwrap_or(order.len())]
    }

    /// Whether `one` comes before `other` for `facet`, both being asked.
    pub fn prefers(&self, facet: Facet, one: Source, other: Source) -> bool {
        self.has(facet, other) && self.before(facet, other).contains(&one)
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

    #[test]
    fn an_order_is_chosen_among_those_who_have_the_facet() {
        let chosen = [Source::LastFm, Source::MusicBrainz, Source::LastFm];
        let order = Order::default().with(Facet::Genres, &chosen).unwrap();
        assert_eq!(order.of(Facet::Genres), [Source::LastFm, Source::MusicBrainz]);
        assert!(order.is_chosen(Facet::Genres) && !order.is_chosen(Facet::Albums));
        assert!(order.prefers(Facet::Genres, Source::LastFm, Source::MusicBrainz));
        assert!(!order.prefers(Facet::Genres, Source::LastFm, Source::Spotify), "who is not asked is not behind");
        let error = Order::default().with(Facet::Albums, &[Source::LastFm]).unwrap_err();
        assert_eq!(error.to_string(), "lastfm has no albums; it is to be had from spotify, deezer");
    }
}
