//! The segment that is being written.

use kuberewind_model::{Seq, Timestamp};

#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    /// The number of its first operation.
    pub(super) first: Seq,
    /// The number of the previous segment's first operation.
    pub(super) before: Seq,
    pub(super) start: Timestamp,
    /// The used bytes of the file when the segment began, for a ring buffer bounded by bytes.
    pub(super) bytes: u64,
}

impl Segment {
    pub(super) fn none() -> Segment {
        Segment { first: Seq::START, before: Seq::START, start: Timestamp(0), bytes: 0 }
    }
}

/// The first rows of this session.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstRows {
    pub(super) version: i64,
    pub(super) body: i64,
}
