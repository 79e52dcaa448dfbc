//! Who makes calls.

use std::sync::Arc;

use super::{ActorId, Seq, SessionNo, ViewerId};

/// Who made a call. Actors form a tree: process / controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Its row.
    pub id: ActorId,
    /// Its name, `actor_id` in the file: `shop-operator/checkout`.
    pub name: Arc<str>,
    /// The actor that it is a part of (`shop-operator`).
    pub parent: Option<ActorId>,
}

/// One incarnation of an actor within a session. A restart begins a new one, with an empty view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Its row.
    pub id: ViewerId,
    /// Whose incarnation.
    pub actor: ActorId,
    /// The session in which it began.
    pub session: SessionNo,
    /// Counts from 1 for the actor in the lineage.
    pub incarnation: u32,
    /// The last operation before it began.
    pub since: Seq,
}
