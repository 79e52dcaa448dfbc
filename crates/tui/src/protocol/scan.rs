use std::ops::Range;

use kuberewind_query::filter::{Filter, Property};

/// A long-running request that can be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The scan for the filter of the timeline.
    Filter,
    /// The scan for the search.
    Search,
    /// The run to the moment at which an expression becomes true.
    Run,
    /// The SQL query.
    Query,
}

/// A request to scan the recording for operations that pass a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRequest {
    pub target: Target,
    pub filter: Filter,
    /// The ordinal at which the scan starts.
    pub start: u64,
    /// The ordinals that an earlier scan covered.
    pub covered: Range<u64>,
    /// The operations that findings cite, by class.
    pub findings: Vec<(Property, Vec<u64>)>,
    pub generation: u64,
}
