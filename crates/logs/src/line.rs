//! The parts of a log line that the recorder uses.

use kuberewind_model::{Duration, SpanResult, Timestamp};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedLine {
    /// `error`, `info` and so on; empty if the line has no level.
    pub level: &'static str,
    /// The line's own time stamp, if it has a fraction of a second. The line may have waited in a pipe since.
    pub time: Option<Timestamp>,
    pub reconcile: Option<ReconcileMention>,
}

/// A reconcile as a log line names it. Missing values are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReconcileMention {
    /// The runtime's name for this run: `reconcileID`.
    pub id: String,
    pub controller: String,
    pub group: String,
    pub version: String,
    pub kind: String,
    pub namespace: String,
    /// The object's name; `NAME.NAMESPACE` if `joined`.
    pub name: String,
    /// True if `name` holds the name and the namespace.
    pub joined: bool,
    /// The runtime's reason for the reconcile.
    pub reason: String,
    pub phase: ReconcilePhase,
}

/// The phase of a reconcile that a line reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReconcilePhase {
    Start,
    #[default]
    Running,
    End {
        result: SpanResult,
        /// Empty for none.
        error: String,
        requeue_after: Option<Duration>,
        /// The duration, if the line contains it.
        duration: Option<Duration>,
    },
}
