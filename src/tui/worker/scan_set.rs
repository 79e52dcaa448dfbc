use crate::tui::protocol::ScanRequest;
use kuberewind_query::filter::Searched;
use kuberewind_query::filter::plan::Plan;

/// A scan in progress. A worker has at most one for each target.
pub(super) struct Scan {
    pub(super) request: ScanRequest,
    pub(super) plan: Plan,
    pub(super) searched: Searched,
    /// The direction of the next step: scans alternate between later and earlier operations.
    pub(super) forward: bool,
    pub(super) done: bool,
}
