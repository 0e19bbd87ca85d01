//! Rows of few entries, one after the other.

use std::ops::Range;

/// Rows of (column, weight) pairs.
#[derive(Debug, Clone)]
pub(crate) struct Sparse {
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Default for Sparse {
    fn default() -> Self {
        Self { starts: vec![0], entries: Vec::new() }
    }
}

impl Sparse {
    pub(crate) fn from_rows(rows: impl IntoIterator<Item = Vec<(u32, f32)>>) -> Self {
        let mut sparse = Self::default();
        for row in rows {
            sparse.push(row);
        }
        sparse.entries.shrink_to_fit();
        sparse
    }

    /// One more row, the last.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        self.entries.extend(row);
        self.starts.push(self.entries.len());
    }

    /// More entries for the last row.
    pub(crate) fn extend_last(&mut self, entries: impl IntoIterator<Item = (u32, f32)>) {
        self.entries.extend(entries);
        if let Some(end) = self.starts.last_mut() {
            *end = self.entries.len();
        }
    }

    /// How many rows there are.
    pub(crate) const fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The entries of a row.
    #[inline]
    pub(crate) fn row(&self, at: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[at]..self.starts[at + 1]]
    }

    /// Columns as rows, without the old rows `without`; each has its entries in the order of the old rows.
    pub(crate) fn transposed(&self, columns: usize, without: &Range<usize>) -> Self {
        let kept = || (0..self.len()).zip(0_u32..).filter(|(at, _)| !without.contains(at));
        let mut starts = vec![0; columns + 1];
        for (column, _) in kept().flat_map(|(at, _)| self.row(at)) {
            starts[*column as usize + 1] += 1;
        }
        for at in 0..columns {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); starts[columns]];
        for (at, row) in kept() {
            for (column, weight) in self.row(at) {
                let place = &mut next[*column as usize];
                entries[*place] = (row, *weight);
                *place += 1;
            }
        }
        Self { starts, entries }
    }
}
