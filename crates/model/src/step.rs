//! How the cursor moves.

use super::{ActorId, Duration, ObjectId};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards the end.
    Forward,
    /// Towards the start.
    Backward,
}

/// What a step lands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepTarget {
    /// Any operation.
    Operation,
    /// An operation that shows this object, list items included.
    Object(ObjectId),
    /// A call that asks for a change.
    Write,
    /// A failed call, or an ERROR event.
    Error,
    /// A call or delivery of this actor.
    Actor(ActorId),
    /// The first operation of a reconcile.
    Reconcile,
    /// The edge of a gap.
    Gap,
    /// The first operation after at least this long without any.
    Idle(Duration),
}
