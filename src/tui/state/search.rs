//! The search: what is looked for, and where it was found.

use kuberewind_model::{Direction, Seq};
use kuberewind_query::filter::Filter;

use super::filtering::ScanProgress;
use super::matched::Matched;

/// The search.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What was typed; '' for nothing.
    pub pattern: String,
    /// The same as a filter.
    pub filter: Option<Filter>,
    /// Where it was found so far.
    pub matched: Matched,
    /// The generation of its first scan; further ones go on with it.
    pub generation: u64,
    /// The scan.
    pub running: Option<ScanProgress>,
    /// The cursor waits for the next one in this direction from here.
    pub awaited: Option<(Direction, Seq)>,
}

/// What comes of looking for the next match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextMatch {
    /// It is there; whether the end was passed on the way.
    Found(Seq, bool),
    /// It may lie where nobody has looked yet.
    NotYet,
    /// There is none.
    Nowhere,
}
