//! The search.

use kuberewind_model::{Direction, Seq};
use kuberewind_query::filter::Filter;

use super::filtering::ScanProgress;
use super::matched::Matched;

#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The search text; '' for none.
    pub pattern: String,
    /// The same as a filter.
    pub filter: Option<Filter>,
    pub matched: Matched,
    /// The generation of the first scan; later scans continue it.
    pub generation: u64,
    pub running: Option<ScanProgress>,
    /// The direction and start of a jump that waits for the next match.
    pub awaited: Option<(Direction, Seq)>,
}

/// The result of looking for the next match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextMatch {
    /// The match, and whether the search wrapped around the end.
    Found(Seq, bool),
    /// The scan has not covered the range yet.
    NotYet,
    /// There is no match.
    Nowhere,
}
