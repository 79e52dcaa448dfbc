//! The matches of a filter or a search.

use std::ops::Range;

use kuberewind_file::filter::Matches;
use kuberewind_model::Density;

use super::bitmap::Bitmap;

/// Matching operations as bitmaps over ordinals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    pub all: Bitmap,
    /// Matching calls with a write verb.
    pub writes: Bitmap,
    pub watch_events: Bitmap,
    pub errors: Bitmap,
    /// Matching operations that are the first of their reconcile.
    pub reconciles: Bitmap,
    /// The ordinals scanned so far. Scans extend the range in both directions.
    pub covered: Range<u64>,
}

impl Matched {
    /// Adds the matches of an adjacent range.
    pub fn take(&mut self, found: &Matches) {
        for (bits, words) in [
            (&mut self.all, &found.all),
            (&mut self.writes, &found.writes),
            (&mut self.watch_events, &found.watch_events),
            (&mut self.errors, &found.errors),
            (&mut self.reconciles, &found.reconciles),
        ] {
            bits.put(found.places.start, words);
        }
        if self.covered.is_empty() {
            self.covered = found.places.clone();
        } else {
            self.covered = self.covered.start.min(found.places.start)..self.covered.end.max(found.places.end);
        }
    }

    /// True if all of `len` ordinals were scanned.
    #[must_use]
    pub fn is_whole(&self, len: u64) -> bool {
        self.covered.start == 0 && self.covered.end >= len
    }

    /// Counts of the matches in a range of ordinals.
    #[must_use]
    pub fn density(&self, from: u64, to: u64) -> Density {
        let writes = self.writes.between(from, to);
        let watch_events = self.watch_events.between(from, to);
        Density {
            reads: self.all.between(from, to).saturating_sub(writes + watch_events),
            writes,
            watch_events,
            errors: self.errors.between(from, to),
            reconciles: self.reconciles.between(from, to),
        }
    }
}
