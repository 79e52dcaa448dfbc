//! The operations that could not be written.

use kuberewind_model::{ErrorKind, GapReason, Seq};

/// The lost operations that no gap counts yet.
#[derive(Debug, Default)]
pub(super) struct Loss {
    /// The number of operations beyond the limit; the row of the gap that counts them, and its count.
    pub(super) over_limit: u64,
    pub(super) limit_gap: Option<(i64, u64)>,
    /// The row, the last number and the count of the gap of the last failure. The next one extends it if nothing was written between.
    pub(super) disk_gap: Option<(i64, Seq, u64)>,
    /// Set while the disk fails.
    pub(super) broken: Option<Broken>,
}

#[derive(Debug)]
pub(super) struct Broken {
    pub(super) first: Seq,
    pub(super) count: u64,
    pub(super) reported: String,
    pub(super) kind: ErrorKind,
    pub(super) reason: GapReason,
}

impl Loss {
    /// Returns true if the gap of the limit has to be updated.
    pub(super) fn over_limit_unwritten(&self) -> bool {
        self.over_limit > self.limit_gap.map_or(0, |(_, written)| written)
    }
}
