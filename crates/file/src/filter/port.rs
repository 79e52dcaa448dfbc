//! The port for filtering a recording in pieces, so that the caller never waits for the whole.

use std::ops::Range;

use kuberewind_model::{Lineage, Result};

use super::plan::Plan;

/// The operations of a range of a lineage that pass, as bitmaps. The lowest bit of the first word is the first place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// The places that were tested, counted from 0. The start is a multiple of 64.
    pub places: Range<u64>,
    /// All operations that pass.
    pub all: Vec<u64>,
    /// Of these, writes.
    pub writes: Vec<u64>,
    /// Of these, watch events.
    pub watch_events: Vec<u64>,
    /// Of these, failed operations.
    pub errors: Vec<u64>,
    /// Of these, the first operations of reconciles.
    pub reconciles: Vec<u64>,
}

impl Matches {
    /// Returns empty bitmaps for a range of places.
    #[must_use]
    pub fn none(places: Range<u64>) -> Matches {
        let words = usize::try_from(places.end.saturating_sub(places.start).div_ceil(64)).unwrap_or(0);
        let empty = || vec![0; words];
        Matches { places, all: empty(), writes: empty(), watch_events: empty(), errors: empty(), reconciles: empty() }
    }
}

/// The progress of the text search that precedes a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchProgress {
    /// The last body that was searched.
    pub body: i64,
    /// The last log line that was searched.
    pub line: i64,
    /// From 0 to 100.
    pub percent: u8,
    /// True once everything has been searched.
    pub done: bool,
}

pub trait FilterScan {
    /// Continues the text search that the plan needs, about 1 MiB at a time.
    ///
    /// # Errors
    /// When the recording cannot be read.
    fn search_texts(&self, lineage: &Lineage, plan: &mut Plan, searched: SearchProgress) -> Result<SearchProgress>;

    /// Filters the operations at these places of a lineage. Places are counted without gaps; `places` begins at a multiple of
    /// 64.
    ///
    /// # Errors
    /// When the recording cannot be read.
    fn scan(&self, lineage: &Lineage, plan: &mut Plan, places: Range<u64>) -> Result<Matches>;
}
