//! Deliveries, and the causes of writes.

use kuberewind_model::{Certainty, ObjectId, Rank, Seq, Timestamp};

/// A watch event delivered to an actor.
#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    /// The event.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Of what.
    pub object: ObjectId,
    /// In which state.
    pub rank: Rank,
}

/// What a write answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// The object whose state woke the writer.
    pub object: ObjectId,
    /// That state.
    pub rank: Rank,
    /// How sure.
    pub certainty: Certainty,
}
