//! Counters of a session.

use kuberewind_model::{Seq, Timestamp};

/// The counters in the row of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counters {
    pub(super) last: Seq,
    /// The time of the last operation.
    pub(super) last_at: Timestamp,
    /// The time of the last event of any kind.
    pub(super) end: Timestamp,
    pub(super) operations: u64,
    pub(super) spans: u64,
    pub(super) gaps: u64,
    pub(super) log_lines: u64,
    pub(super) errors: u64,
}
