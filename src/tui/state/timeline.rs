//! The rows: a window onto the recording. Row 0 is the start; operations follow at their places.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Lineage, Seq};
use crate::session::Ordinals;
use crate::tui::row::Row;
use crate::tui::worker::BLOCK;

/// The most blocks of rows that are kept.
const MAX_BLOCKS: usize = 24;

/// The window.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// The first row on the screen.
    pub top: u64,
    /// Columns that are scrolled away.
    pub left: u16,
    /// Whether times are of the clock rather than since the start.
    pub clock: bool,
    /// The blocks of rows that are there.
    blocks: BTreeMap<u64, Arc<[Row]>>,
    /// The blocks that were asked for and are still wanted.
    asked: BTreeSet<u64>,
}

/// The row of a moment.
#[must_use]
pub fn index_of(lineage: &Lineage, seq: Seq) -> u64 {
    if seq < lineage.first() || lineage.is_empty() { 0 } else { lineage.ordinal(seq).saturating_add(1).min(lineage.len()) }
}

/// The moment of a row.
#[must_use]
pub fn moment_of(lineage: &Lineage, index: u64) -> Seq {
    if index == 0 { lineage.first().prev() } else { lineage.nth(index - 1) }
}

impl Timeline {
    /// The row at `index`, if it is there.
    #[must_use]
    pub fn row(&self, index: u64) -> Option<&Row> {
        let place = index.checked_sub(1)?;
        self.blocks.get(&(place / BLOCK))?.get(usize::try_from(place % BLOCK).ok()?)
    }

    /// Takes a block; those furthest from it are forgotten.
    pub fn take(&mut self, block: u64, rows: Arc<[Row]>) {
        self.asked.remove(&block);
        self.blocks.insert(block, rows);
        while self.blocks.len() > MAX_BLOCKS {
            let first = self.blocks.keys().next().copied().unwrap_or(block);
            let last = self.blocks.keys().next_back().copied().unwrap_or(block);
            let furthest = if block.abs_diff(first) > block.abs_diff(last) { first } else { last };
            self.blocks.remove(&furthest);
        }
    }

    /// The blocks that are newly wanted for `height` rows from the top.
    pub fn missing(&mut self, len: u64, height: u16) -> Vec<u64> {
        if len == 0 {
            return Vec::new();
        }
        let first = self.top.saturating_sub(1);
        let last = self.top.saturating_add(u64::from(height)).min(len).saturating_sub(1).max(first);
        let wanted: BTreeSet<u64> = (first / BLOCK..=last / BLOCK).filter(|block| !self.blocks.contains_key(block)).collect();
        let new = wanted.difference(&self.asked).copied().collect();
        self.asked = wanted;
        new
    }

    /// Forgets everything: another session, or a new reading.
    pub fn forget(&mut self) {
        self.blocks.clear();
        self.asked.clear();
    }

    /// Forgets the blocks that are not full: the recording has grown.
    pub fn grown(&mut self) {
        self.blocks.retain(|_, rows| u64::try_from(rows.len()).is_ok_and(|len| len == BLOCK));
        self.asked.clear();
    }

    /// Scrolls so that `index` is on the screen.
    pub fn show(&mut self, index: u64, len: u64, height: u16) {
        let height = u64::from(height.max(1));
        let margin = (height / 6).min(3);
        if index < self.top.saturating_add(margin) {
            self.top = index.saturating_sub(margin);
        }
        if index.saturating_add(margin) >= self.top.saturating_add(height) {
            self.top = (index + margin + 1).saturating_sub(height);
        }
        self.top = self.top.min((len + 1).saturating_sub(height));
    }
}
