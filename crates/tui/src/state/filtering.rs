//! The filter of the timeline.

use std::sync::Arc;

use kuberewind_model::Seq;
use kuberewind_query::filter::Filter;

use super::matched::Matched;

/// The progress of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanProgress {
    pub generation: u64,
    pub percent: u8,
}

#[derive(Debug, Clone, Default)]
pub struct Filtering {
    /// `None` for no filter. It is kept while it is disabled.
    pub filter: Option<Filter>,
    /// True if the filter is enabled.
    pub on: bool,
    /// The matches while the filter is disabled. While it is enabled, the row index has them.
    pub disabled_matches: Option<Arc<Matched>>,
    /// The generation of the first scan; later scans continue it.
    pub generation: u64,
    pub running: Option<ScanProgress>,
    /// True once a scan has covered all operations: later matches are new operations.
    pub whole: bool,
    /// The cursor before and after the filter moved it, to restore it when the filter is cleared.
    pub moved: Option<(Seq, Seq)>,
    /// The number of rows between the top of the screen and the cursor when the filter was applied.
    pub offset: u64,
}

impl Filtering {
    /// The text of the filter; '' for none.
    #[must_use]
    pub fn source(&self) -> &str {
        self.filter.as_ref().map_or("", Filter::source)
    }
}
