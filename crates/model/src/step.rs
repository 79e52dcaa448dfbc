//! Steps of the cursor.

use super::{ActorId, Duration, ObjectId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards the end.
    Forward,
    /// Towards the start.
    Backward,
}

/// The operations at which a step stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepTarget {
    Operation,
    /// An operation that observes this object, list items included.
    Object(ObjectId),
    /// A call that requests a change.
    Write,
    /// A failed call, or an ERROR event.
    Error,
    /// A call of this actor, or a delivery to it.
    Actor(ActorId),
    /// The first operation of a reconcile.
    Reconcile,
    /// The edge of a gap.
    Gap,
    /// The first operation after at least this time without any.
    Idle(Duration),
}
