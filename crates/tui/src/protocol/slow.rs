use std::sync::Arc;

use kuberewind_model::Seq;

use super::lanes::LanesRequest;
use super::tree::TreeRequest;

/// A worker thread for slow requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SlowWorker {
    /// Trees, lanes, field authors and ranges.
    Views,
    Detectors,
    Sql,
    /// The changes in the rows of the timeline.
    Rows,
}

/// A request that takes too long for the main worker: it would delay the steps of the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlowRequest {
    /// The authors of the fields of the object that the operation `at` is about.
    Authors {
        at: Seq,
        generation: u64,
    },
    /// The tree of objects.
    Objects {
        request: TreeRequest,
        generation: u64,
    },
    Lanes {
        request: LanesRequest,
        generation: u64,
    },
    /// The rows of a range that is copied, exported or piped, in ascending order.
    Range {
        seqs: Vec<Seq>,
        generation: u64,
    },
    /// The changes in these operations.
    Summaries {
        seqs: Vec<Seq>,
    },
    /// The findings of the session as far as it is recorded.
    Findings,
    /// The rows of one SELECT statement.
    Sql {
        query: Arc<str>,
        generation: u64,
    },
}

impl SlowRequest {
    /// The mailbox slot of SQL queries.
    pub const SQL_SLOT: u8 = 4;

    /// The thread that handles the request.
    #[must_use]
    pub fn worker(&self) -> SlowWorker {
        match self {
            SlowRequest::Authors { .. } | SlowRequest::Objects { .. } | SlowRequest::Lanes { .. } | SlowRequest::Range { .. } => {
                SlowWorker::Views
            }
            SlowRequest::Findings => SlowWorker::Detectors,
            SlowRequest::Sql { .. } => SlowWorker::Sql,
            SlowRequest::Summaries { .. } => SlowWorker::Rows,
        }
    }

    /// The mailbox slot of the request. A newer request replaces the one that waits in the same slot.
    #[must_use]
    pub fn slot(&self) -> u8 {
        match self {
            SlowRequest::Lanes { .. } => 0,
            SlowRequest::Objects { .. } => 1,
            SlowRequest::Authors { .. } => 2,
            SlowRequest::Findings => 3,
            SlowRequest::Sql { .. } => SlowRequest::SQL_SLOT,
            SlowRequest::Range { .. } => 5,
            SlowRequest::Summaries { .. } => 6,
        }
    }
}
