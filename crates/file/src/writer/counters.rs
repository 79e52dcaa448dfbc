//! Counters of a session.

use kuberewind_model::{Seq, Timestamp};

/// Counters of the session, as in its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counters {
    pub(super) last: Seq,
    /// When the last operation was.
    pub(super) last_at: Timestamp,
    /// When the last thing was.
    pub(super) end: Timestamp,
    pub(super) operations: u64,
    pub(super) spans: u64,
    pub(super) gaps: u64,
    pub(super) log_lines: u64,
    pub(super) errors: u64,
}
