//! The port by which a recording is filtered: a piece at a time, so that nothing waits for the whole.

use std::ops::Range;

use kuberewind_model::{Lineage, Result};

use super::plan::Plan;

/// Which of a run of places of a lineage pass, a bit for each; the lowest bit of the first word is the first place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// The places that were looked at, from 0. The start is a multiple of 64.
    pub places: Range<u64>,
    /// Those that pass.
    pub all: Vec<u64>,
    /// Of these, calls that ask for a change.
    pub writes: Vec<u64>,
    /// Of these, watch events.
    pub watch_events: Vec<u64>,
    /// Of these, those that failed.
    pub errors: Vec<u64>,
    /// Of these, the first of their reconciles.
    pub reconciles: Vec<u64>,
}

impl Matches {
    /// None of these places yet.
    #[must_use]
    pub fn none(places: Range<u64>) -> Matches {
        let words = usize::try_from(places.end.saturating_sub(places.start).div_ceil(64)).unwrap_or(0);
        let empty = || vec![0; words];
        Matches { places, all: empty(), writes: empty(), watch_events: empty(), errors: empty(), reconciles: empty() }
    }
}

/// How far the search of texts has come that goes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchProgress {
    /// The last body that was looked at.
    pub body: i64,
    /// The last log line that was looked at.
    pub line: i64,
    /// How much of it is done, of 100.
    pub percent: u8,
    /// Whether all of it is done.
    pub done: bool,
}

/// Filters operations.
pub trait FilterScan {
    /// Goes on with the search of texts that the plan asks for, about a megabyte at a time.
    ///
    /// # Errors
    /// When the recording cannot be read.
    fn search_texts(&self, lineage: &Lineage, plan: &mut Plan, searched: SearchProgress) -> Result<SearchProgress>;

    /// Filters the operations at these places of a lineage, counted without holes; `places` begins at a multiple of 64.
    ///
    /// # Errors
    /// When the recording cannot be read.
    fn scan(&self, lineage: &Lineage, plan: &mut Plan, places: Range<u64>) -> Result<Matches>;
}
