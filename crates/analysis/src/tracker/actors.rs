//! The tracked state of actors: their latest deliveries, and when they reacted.

use std::collections::VecDeque;
use std::sync::Arc;

use super::cause::{Cause, Delivery};
use super::object::TrackedObject;
use super::version::TrackedVersion;
use crate::lru::Lru;
use crate::stream::OperationItem;
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Seq, Timestamp};

const MAX_ACTORS: usize = 4_096;
const MAX_DELIVERIES: usize = 64;
/// A call that starts this soon after a delivery may be a reaction to it. Heartbeats are slower.
const PROMPT: Duration = Duration(500_000_000);
/// A reconcile that started promptly may take this long until it writes.
const RECONCILE: Duration = Duration(30_000_000_000);

#[derive(Debug)]
struct ActorState {
    name: Arc<str>,
    deliveries: VecDeque<Delivery>,
    /// The first call after the latest delivery: the start of a reconcile as far as the traffic shows.
    burst: Option<Timestamp>,
    waiting: bool,
}

#[derive(Debug, Default)]
pub(super) struct Actors(Lru<ActorId, ActorState, MAX_ACTORS>);

impl Actors {
    pub fn name(&self, id: ActorId) -> Option<&Arc<str>> {
        self.0.peek(&id).map(|actor| &actor.name)
    }

    pub fn delivery(&self, actor: ActorId, seq: Seq) -> Option<Delivery> {
        self.0.peek(&actor)?.deliveries.iter().rev().find(|delivery| delivery.seq == seq).copied()
    }

    pub fn operation(&mut self, operation: &OperationItem) {
        let op = &operation.op;
        let actor = self.0.entry(op.actor, || ActorState {
            name: Arc::clone(&operation.actor),
            deliveries: VecDeque::new(),
            burst: None,
            waiting: false,
        });
        if op.verb.is_watch_event() {
            let Some(observed) = &operation.observed else { return };
            if actor.deliveries.len() >= MAX_DELIVERIES {
                actor.deliveries.pop_front();
            }
            actor.deliveries.push_back(Delivery {
                seq: op.seq,
                at: op.at,
                object: observed.object.id,
                rank: observed.version.rank,
            });
            actor.waiting = true;
        } else if actor.waiting {
            actor.burst = Some(operation.began());
            actor.waiting = false;
        }
    }

    /// The delivery that a write promptly follows: one of the same object since the actor's last write to it, else of any
    /// object.
    pub fn cause_by_time(&self, operation: &OperationItem, object: ObjectId, state: Option<&TrackedObject>) -> Option<Cause> {
        let actor = self.0.peek(&operation.op.actor)?;
        let began = operation.began();
        let prompt = |delivery: &&Delivery| {
            let direct = delivery.at <= began && began.since(delivery.at) <= PROMPT;
            let by_burst = actor.burst.is_some_and(|burst| {
                !actor.waiting && delivery.at <= burst && burst.since(delivery.at) <= PROMPT && began.since(burst) <= RECONCILE
            });
            delivery.seq <= operation.op.started_after && (direct || by_burst)
        };
        let own_last = state.and_then(|state| {
            let own = |state: &&TrackedVersion| state.author.as_ref().is_some_and(|author| author.actor == operation.op.actor);
            state
                .history
                .iter()
                .rev()
                .find(own)
                .map(|state| state.author.as_ref().map_or(Seq::START, |author| author.started_after))
        });
        let of_itself = actor.deliveries.iter().rev().filter(|delivery| delivery.object == object);
        let since_own_write = |delivery: &&Delivery| own_last.is_none_or(|last| delivery.seq > last);
        if let Some(delivery) = of_itself.filter(since_own_write).find(prompt) {
            return Some(Cause { object, rank: delivery.rank, certainty: Certainty::Likely });
        }
        let delivery = actor.deliveries.iter().rev().find(prompt)?;
        Some(Cause { object: delivery.object, rank: delivery.rank, certainty: Certainty::Guess })
    }

    pub fn gap(&mut self) {
        self.0.clear();
    }
}
