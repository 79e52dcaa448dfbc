use std::collections::VecDeque;

use crate::protocol::Related;
use kuberewind_model::{Direction, Seq, StepTarget};

use super::filtering::ScanProgress;

/// A move of the cursor that may need a reply from the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// To the `count`th target.
    Step(Direction, StepTarget, u64),
    /// By a number of rows.
    By(i64),
    /// To the cause or to the first effect.
    Link(Direction),
    Related(Related),
}

/// Requests that move the cursor and wait for a reply.
#[derive(Debug, Clone, Default)]
pub struct PendingRequests {
    /// The generation of the last request.
    pub generation: u64,
    /// The first move waits for its reply, the others wait for the first.
    pub moves: VecDeque<Move>,
    /// The generation of the request whose reply moves the cursor.
    pub awaited: Option<u64>,
    /// While a step passes over operations that the filter hides: the last visible target.
    pub step_target: Option<Seq>,
    /// The run to the moment at which an expression becomes true.
    pub run: Option<ScanProgress>,
}
