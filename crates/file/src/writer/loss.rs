//! The operations that could not be written.

use kuberewind_model::{ErrorKind, GapReason, Seq};

/// What is missing so far.
#[derive(Debug, Default)]
pub(super) struct Loss {
    /// Operations beyond the limit, and the row of the gap that counts them.
    pub(super) over_limit: u64,
    pub(super) limit_gap: Option<(i64, u64)>,
    /// The disk failed.
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
    /// Whether the gap of the limit has to be counted on.
    pub(super) fn over_limit_unwritten(&self) -> bool {
        self.over_limit > self.limit_gap.map_or(0, |(_, written)| written)
    }
}
