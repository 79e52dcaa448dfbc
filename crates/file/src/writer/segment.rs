//! The segment that is being written.

use kuberewind_model::{Seq, Timestamp};

/// The segment that is being written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    /// The number of its first operation.
    pub(super) first: Seq,
    /// The first number of the one before it.
    pub(super) before: Seq,
    pub(super) start: Timestamp,
    /// Bytes of the file that were in use when it began; of interest to a ring that is bounded by bytes.
    pub(super) bytes: u64,
}

impl Segment {
    /// None yet.
    pub(super) fn none() -> Segment {
        Segment { first: Seq::START, before: Seq::START, start: Timestamp(0), bytes: 0 }
    }
}

/// Where in the file this session's rows begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstRows {
    pub(super) version: i64,
    pub(super) body: i64,
}
