//! The filter of the timeline: what it says, whether it is on, how far it has come.

use std::sync::Arc;

use kuberewind_model::Seq;
use kuberewind_query::filter::Filter;

use super::matched::Matched;

/// A scan on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanProgress {
    /// The generation of the question.
    pub generation: u64,
    /// How much of it is done, of 100.
    pub percent: u8,
}

/// The filter.
#[derive(Debug, Clone, Default)]
pub struct Filtering {
    /// What it says, `None` where there is none. It is kept while it is switched off.
    pub filter: Option<Filter>,
    /// Whether it is on.
    pub on: bool,
    /// What it has found, while it is switched off; while on, the rows have it.
    pub disabled_matches: Option<Arc<Matched>>,
    /// The generation of its first scan; further ones go on with it.
    pub generation: u64,
    /// The scan.
    pub running: Option<ScanProgress>,
    /// Whether all was looked at once: what comes now is new.
    pub whole: bool,
    /// Where the cursor stood before the filter moved it, and where to: back again when the filter goes.
    pub moved: Option<(Seq, Seq)>,
    /// The rows between the top of the screen and the cursor when it was applied.
    pub offset: u64,
}

impl Filtering {
    /// What was written; '' for none.
    #[must_use]
    pub fn source(&self) -> &str {
        self.filter.as_ref().map_or("", Filter::source)
    }
}
