//! Gaps: events that the recorder had to drop.

use super::session::words;
use super::{ActorId, Scope, Seq, SessionNo};

/// Why events were dropped.
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
    /// Recording was disabled for a while.
    Disabled,
    /// The received bytes could not be parsed.
    Unreadable,
}

words!(GapReason: QueueFull = 0 "queue full", Limit = 1 "limit reached", Disk = 2 "disk", Stream = 3 "stream cut", Disabled = 4 "disabled", Unreadable = 5 "unreadable");

/// A range of dropped events. Objects in its scope are unknown in that view until they are observed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub session: SessionNo,
    /// `None` if calls of any actor may be missing.
    pub actor: Option<ActorId>,
    pub scope: Scope,
    /// The last operation known when the loss began.
    pub first: Seq,
    /// The last operation known when the loss ended.
    pub last: Seq,
    /// Dropped events.
    pub count: u64,
    /// Dropped bytes.
    pub bytes: u64,
    pub reason: GapReason,
}
