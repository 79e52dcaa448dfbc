//! The lanes pane: actors or objects against time.

use std::sync::Arc;

use crate::order::Order;
use kuberewind_model::{Certainty, Seq, Timestamp, Verb};

/// The most operations in a range.
pub const MAX_LANES_RANGE: u64 = 4_096;

/// One lane for each actor, or one for each object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LaneBy {
    #[default]
    Actor,
    Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanesRequest {
    /// The cursor.
    pub at: Seq,
    /// The middle of the range.
    pub middle: Seq,
    /// The number of operations in the range.
    pub range: u64,
    pub by: LaneBy,
    /// The order of the lanes.
    pub order: Order,
}

/// An operation in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub seq: Seq,
    pub at: Timestamp,
    pub lane: usize,
    pub verb: Verb,
    pub failed: bool,
}

/// A reconcile in a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The short name: `R88`.
    pub name: Arc<str>,
    pub lane: usize,
    pub from: Timestamp,
    /// `None` if the end is unknown.
    pub to: Option<Timestamp>,
    pub failed: bool,
}

/// An arrow from a cause to its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrow {
    pub from: Seq,
    pub to: Seq,
    pub certainty: Certainty,
}

/// The contents of the lanes pane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lanes {
    /// The cursor for which the arrows were computed.
    pub at: Seq,
    /// The times of the first and the last operation.
    pub time: (Timestamp, Timestamp),
    pub names: Vec<Arc<str>>,
    /// The operations in recorded order.
    pub marks: Vec<Mark>,
    /// The reconciles.
    pub bars: Vec<Bar>,
    /// Causes and effects of the operation at the cursor.
    pub arrows: Vec<Arrow>,
}
