//! Gaps: what the recorder had to leave out.

use super::session::words;
use super::{ActorId, Scope, Seq, SessionNo};

/// Why something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// The queue to the writer was full.
    QueueFull,
    /// The session reached its limit of operations.
    Limit,
    /// The file could not be written (disk full, folder read-only).
    Disk,
    /// Bytes of a stream were lost.
    Stream,
    /// Recording was switched off for a while.
    Disabled,
    /// What was received could not be understood.
    Unreadable,
}

words!(GapReason: QueueFull = 0 "queue full", Limit = 1 "limit reached", Disk = 2 "disk", Stream = 3 "stream cut", Disabled = 4 "disabled", Unreadable = 5 "unreadable");

/// What is missing, and where. Objects in its scope are unknown in that view until shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The session.
    pub session: SessionNo,
    /// Whose calls are missing; `None` for anybody's.
    pub actor: Option<ActorId>,
    /// What they were about.
    pub scope: Scope,
    /// The last operation known when the loss began.
    pub first: Seq,
    /// The last operation known when it ended.
    pub last: Seq,
    /// How many events were lost.
    pub count: u64,
    /// How many bytes were lost.
    pub bytes: u64,
    /// Why.
    pub reason: GapReason,
}
