//! Deliveries, and the causes of writes.

use kuberewind_model::{Certainty, ObjectId, Rank, Seq, Timestamp};

/// A watch event delivered to an actor.
#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    pub seq: Seq,
    pub at: Timestamp,
    pub object: ObjectId,
    /// The delivered version.
    pub rank: Rank,
}

/// The delivery that caused a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// The object whose delivery triggered the writer.
    pub object: ObjectId,
    /// The delivered version.
    pub rank: Rank,
    pub certainty: Certainty,
}
