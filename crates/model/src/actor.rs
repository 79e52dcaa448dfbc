//! Actors and their incarnations.

use std::sync::Arc;

use super::{ActorId, Seq, SessionNo, ViewerId};

/// An API client: a process or a controller. Actors form a tree, process / controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub id: ActorId,
    /// `actor_id` in the file, for example `shop-operator/checkout`.
    pub name: Arc<str>,
    /// The process that this controller runs in, for example `shop-operator`.
    pub parent: Option<ActorId>,
}

/// One incarnation of an actor within a session. A restart begins a new one, with an empty view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    pub id: ViewerId,
    pub actor: ActorId,
    pub session: SessionNo,
    /// Counts from 1 per actor and lineage.
    pub incarnation: u32,
    /// The last operation before the incarnation started.
    pub since: Seq,
}
