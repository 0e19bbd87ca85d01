//! Filling an index with many artists at once, on all processors.

use super::{Entry, Index};
use crate::postings::Postings;

/// Artists that one processor takes at a time, at least: fewer are not worth a thread.
const SHARE: usize = 1_000;

/// Artists that [`Index::build`] puts in at once: what is held besides the index is as much.
const AT_ONCE: usize = 50_000;

impl Index {
    /// Builds an index of many artists at once.
    pub fn build<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Self {
        let mut index = Self::new();
        let mut entries = entries.into_iter();
        loop {
            let some: Vec<Entry<'a>> = entries.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            index.load(&some);
        }
        index.settle();
        index
    }

    /// Adds artists that are not there yet; they are found after [`Self::settle`] only. The index is the same whatever
    /// the number of processors.
    pub fn load(&mut self, entries: &[Entry<'_>]) {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let share = entries.len().div_ceil(processors).max(SHARE);
        if entries.len() <= share {
            entries.iter().for_each(|entry| self.enter(entry, Postings::add_later));
            return;
        }
        let part = |entries: &[Entry<'_>]| {
            let mut part = Self::new();
            entries.iter().for_each(|entry| part.enter(entry, Postings::add_later));
            part
        };
        std::thread::scope(|scope| {
            let work: Vec<_> = entries.chunks(share).map(|some| scope.spawn(move || part(some))).collect();
            for work in work {
                match work.join() {
                    Ok(part) => self.absorb(&part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
    }

    /// Makes all that was loaded known.
    pub fn settle(&mut self) {
        std::thread::scope(|scope| {
            for list in self.postings() {
                scope.spawn(|| list.settle());
            }
        });
        self.text.shrink_to_fit();
        self.forms.shrink_to_fit();
        self.spoken.shrink_to_fit();
        self.rows.shrink_to_fit();
        self.mark();
    }

    /// Takes over another index that was only loaded. What no longer fits into the numbers of this one is left out, as
    /// [`Self::enter`] does.
    fn absorb(&mut self, part: &Self) {
        let first = |len: usize, more: usize| u32::try_from(len + more).ok().and_then(|_| u32::try_from(len).ok());
        let (Some(text), Some(form), Some(spoken), Some(row)) = (
            first(self.text.len(), part.text.len()),
            first(self.forms.len(), part.forms.len()),
            first(self.spoken.len(), part.spoken.len()),
            first(self.rows.len(), part.rows.len()),
        ) else {
            return;
        };
        self.text.extend_from_slice(&part.text);
        for other in &part.forms {
            let mut own = *other;
            own.artist += row;
            own.key += text;
            own.raw += text;
            self.forms.push(own);
        }
        for other in &part.spoken {
            let mut own = *other;
            own.form += form;
            own.at += text;
            self.spoken.push(own);
        }
        for other in &part.rows {
            let mut own = *other;
            own.id += text;
            own.first += form;
            self.rows.push(own);
        }
        self.live += part.live;
        self.ids.absorb(&part.ids, row);
        self.sound.absorb(&part.sound, spoken);
        for (own, other) in [
            (&mut self.exact, &part.exact),
            (&mut self.loose, &part.loose),
            (&mut self.words, &part.words),
            (&mut self.pieces, &part.pieces),
        ] {
            own.absorb(other, form);
        }
    }

    /// Puts the signatures of forms in the order of the pieces that lead to them, so that most are told apart without a look
    /// at the forms, which lie all over the memory.
    pub(super) fn mark(&mut self) {
        if self.marks.len() == self.pieces.settled().len() {
            return;
        }
        self.marks = Vec::with_capacity(self.pieces.settled().len());
        let signature = |form: u32| self.forms.get(form as usize).map_or(0, |form| form.signature);
        self.marks.extend(self.pieces.settled().map(signature));
    }
}
