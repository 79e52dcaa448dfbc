use crate::protocol::ScanRequest;
use kuberewind_file::filter::Plan;
use kuberewind_file::filter::SearchProgress;

/// A scan in progress. A worker has at most one for each target.
pub(super) struct Scan {
    pub(super) request: ScanRequest,
    pub(super) plan: Plan,
    pub(super) searched: SearchProgress,
    /// The direction of the next step: scans alternate between later and earlier operations.
    pub(super) forward: bool,
    pub(super) done: bool,
}
