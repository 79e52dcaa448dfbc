//! What a filter or a search has found so far.

use std::ops::Range;

use kuberewind_file::filter::Matches;
use kuberewind_model::Density;

use super::bitmap::Bitmap;

/// The operations that pass, and which of them are what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    /// Those that pass.
    pub all: Bitmap,
    /// Of these, calls that ask for a change.
    pub writes: Bitmap,
    /// Of these, watch events.
    pub watch_events: Bitmap,
    /// Of these, those that failed.
    pub errors: Bitmap,
    /// Of these, the first of their reconciles.
    pub reconciles: Bitmap,
    /// The places that were looked at: from where the cursor stood to both sides.
    pub covered: Range<u64>,
}

impl Matched {
    /// Takes what was found in a run of places beside those that were looked at before.
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

    /// Whether all of `len` places were looked at.
    #[must_use]
    pub fn is_whole(&self, len: u64) -> bool {
        self.covered.start == 0 && self.covered.end >= len
    }

    /// Counts of those that pass from one place up to, not including, another.
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
