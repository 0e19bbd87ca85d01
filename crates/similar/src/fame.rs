//! Known and hidden: a wish by popularity, for artists and songs.

/// Which are wanted by how known they are, against the median of the catalogue's known popularities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fame {
    /// All.
    #[default]
    Any,
    /// The known half: popularity at the median or above.
    Known,
    /// The hidden half, with those of unknown popularity.
    Hidden,
}

/// The popularities of a catalogue and their median.
#[derive(Debug, Default)]
pub(crate) struct Fames {
    known: Vec<bool>,
    median: f32,
}

impl Fames {
    /// From the popularities in the order of the items, unknown ones as `None`.
    pub(crate) fn measure(popularities: impl Iterator<Item = Option<f32>> + Clone) -> Self {
        let mut sorted: Vec<f32> = popularities.clone().flatten().collect();
        let half = sorted.len() / 2;
        let median = if sorted.is_empty() { 0.0 } else { *sorted.select_nth_unstable_by(half, f32::total_cmp).1 };
        let mut fames = Self { known: Vec::new(), median };
        for popularity in popularities {
            fames.push(popularity);
        }
        fames
    }

    /// One more, which leaves the median as it is.
    pub(crate) fn push(&mut self, popularity: Option<f32>) {
        self.known.push(popularity.is_some_and(|popularity| popularity >= self.median));
    }

    /// Whether the item is one of those that are wanted.
    pub(crate) fn pass(&self, item: usize, wanted: Fame) -> bool {
        match wanted {
            Fame::Any => true,
            Fame::Known => self.known[item],
            Fame::Hidden => !self.known[item],
        }
    }
}
