//! A space from items that come one by one.

use crate::behaviour::Listen;
use crate::blend::Method;
use crate::item::Item;
use crate::neighbours::Space;

/// Takes items in, one by one, as a store streams them; [`finish`](Self::finish) makes the space. Positions are the order of the pushes.
/// Lists of related artists may come later than the artists: by [`relate`](Self::relate) and [`worked`](Self::worked), when the
/// positions of all are known.
#[derive(Debug)]
pub struct SpaceBuilder {
    method: Method,
    items: Vec<Item>,
    listens: Vec<Listen>,
}

impl SpaceBuilder {
    /// Nothing yet.
    #[must_use]
    pub const fn new(method: Method) -> Self {
        Self { method, items: Vec::new(), listens: Vec::new() }
    }

    /// Adds an item and gives its position. At most `u32::MAX` items.
    pub fn push(&mut self, item: Item) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }

    /// A source says that `other` is related to `item`, with a score above 0 up to 1; either may be pushed later.
    pub fn relate(&mut self, item: u32, other: u32, score: f32) {
        if let Some(item) = self.items.get_mut(item as usize) {
            item.related.push((other, score));
        }
    }

    /// The two have `songs` songs in common; either may be pushed later.
    pub fn worked(&mut self, item: u32, other: u32, songs: f32) {
        if let Some(item) = self.items.get_mut(item as usize) {
            item.worked_with.push((other, songs));
        }
    }

    /// Adds the plays of a listener.
    pub fn listen(&mut self, listen: Listen) {
        self.listens.push(listen);
    }

    /// How many items were pushed.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether none was.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items, ready for the search.
    #[must_use]
    pub fn finish(self) -> Space {
        Space::with_listens(&self.items, &self.listens, self.method)
    }
}
