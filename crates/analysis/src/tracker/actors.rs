//! The tracked state of actors: the latest deliveries of their processes, and when they reacted.
//!
//! The watches of a process serve those of its controllers that have none of their own.

use std::collections::VecDeque;
use std::sync::Arc;

use super::cause::{Cause, Delivery};
use super::object::TrackedObject;
use super::version::TrackedVersion;
use crate::lru::Lru;
use crate::stream::OperationItem;
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Rank, Seq, Timestamp};

const MAX_ACTORS: usize = 4_096;
const MAX_DELIVERIES: usize = 64;
/// A call that starts this soon after a delivery may be a reaction to it. Heartbeats are slower.
const PROMPT: Duration = Duration(500_000_000);
/// A reconcile that started promptly may take this long until it writes.
const RECONCILE: Duration = Duration(30_000_000_000);

#[derive(Debug)]
struct ActorState {
    name: Arc<str>,
    /// The first call after the latest delivery: the start of a reconcile as far as the traffic shows.
    burst: Option<Timestamp>,
    /// The latest delivery before its latest call.
    answered: Seq,
}

#[derive(Debug, Default)]
pub(super) struct Actors {
    actors: Lru<ActorId, ActorState, MAX_ACTORS>,
    /// The processes, by their names.
    processes: Lru<Arc<str>, ActorId, MAX_ACTORS>,
    deliveries: Lru<ActorId, VecDeque<Delivery>, MAX_ACTORS>,
}

impl Actors {
    pub fn name(&self, id: ActorId) -> Option<&Arc<str>> {
        self.actors.peek(&id).map(|actor| &actor.name)
    }

    /// The receiver of the watch events for an actor: itself, or its process if it has no watches of its own.
    pub fn receiver(&self, actor: ActorId) -> ActorId {
        if self.deliveries.peek(&actor).is_some() {
            return actor;
        }
        let process = self.actors.peek(&actor).and_then(|known| self.processes.peek(&Arc::from(process_of(&known.name))));
        process.copied().unwrap_or(actor)
    }

    pub fn delivery(&self, actor: ActorId, seq: Seq) -> Option<Delivery> {
        self.deliveries.peek(&self.receiver(actor))?.iter().rev().find(|delivery| delivery.seq == seq).copied()
    }

    pub fn operation(&mut self, operation: &OperationItem) {
        let op = &operation.op;
        self.learn(op.actor, &operation.actor);
        if op.verb.is_watch_event() {
            let Some(observed) = &operation.observed else { return };
            let deliveries = self.deliveries.entry(op.actor, VecDeque::new);
            if deliveries.len() >= MAX_DELIVERIES {
                deliveries.pop_front();
            }
            deliveries.push_back(Delivery { seq: op.seq, at: op.at, object: observed.object.id, rank: observed.version.rank });
            return;
        }
        let latest = self.latest_delivery(op.actor);
        if let Some(actor) = self.actors.get(&op.actor)
            && latest > actor.answered
        {
            (actor.burst, actor.answered) = (Some(operation.began()), latest);
        }
    }

    fn learn(&mut self, actor: ActorId, name: &Arc<str>) {
        if self.actors.peek(&actor).is_some() {
            return;
        }
        if !name.contains('/') {
            self.processes.insert(Arc::clone(name), actor);
        }
        self.actors.insert(actor, ActorState { name: Arc::clone(name), burst: None, answered: Seq::START });
    }

    fn latest_delivery(&self, actor: ActorId) -> Seq {
        self.deliveries.peek(&self.receiver(actor)).and_then(|all| all.back()).map_or(Seq::START, |delivery| delivery.seq)
    }

    /// The delivery that a write promptly follows: one of the same object since the actor's last write to it, else of any
    /// object.
    pub fn cause_by_time(&self, operation: &OperationItem, object: ObjectId, state: Option<&TrackedObject>) -> Option<Cause> {
        let actor = self.actors.peek(&operation.op.actor)?;
        let deliveries = self.deliveries.peek(&self.receiver(operation.op.actor))?;
        let waiting = self.latest_delivery(operation.op.actor) > actor.answered;
        let began = operation.began();
        let prompt = |delivery: &&Delivery| {
            let direct = delivery.at <= began && began.since(delivery.at) <= PROMPT;
            let by_burst = actor.burst.is_some_and(|burst| {
                !waiting && delivery.at <= burst && burst.since(delivery.at) <= PROMPT && began.since(burst) <= RECONCILE
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
        let of_itself = deliveries.iter().rev().filter(|delivery| delivery.object == object);
        let since_own_write = |delivery: &&Delivery| own_last.is_none_or(|last| delivery.seq > last);
        if let Some(delivery) = of_itself.filter(since_own_write).find(prompt) {
            return Some(Cause { object, rank: delivery.rank, certainty: Certainty::Likely });
        }
        let delivery = deliveries.iter().rev().find(prompt)?;
        Some(Cause { object: delivery.object, rank: delivery.rank, certainty: Certainty::Guess })
    }

    /// The delivery of `own`, and the latest delivery after it and before the write started, if that is of another object.
    pub fn latest_besides(&self, operation: &OperationItem, own: Cause) -> Option<(Seq, Delivery)> {
        let deliveries = self.deliveries.peek(&self.receiver(operation.op.actor))?;
        let latest = deliveries.iter().rev().find(|delivery| delivery.seq <= operation.op.started_after)?;
        let own = deliveries.iter().rev().find(|delivery| delivery.object == own.object && delivery.rank == own.rank)?;
        (latest.object != own.object && latest.seq > own.seq).then_some((own.seq, *latest))
    }

    /// The objects that were delivered to an actor between its latest delivery of `cause` before `until`, and `until`.
    pub fn between(&self, actor: ActorId, cause: ObjectId, until: Seq) -> impl Iterator<Item = ObjectId> {
        let deliveries = self.deliveries.peek(&self.receiver(actor)).into_iter().flatten().rev();
        deliveries
            .skip_while(move |delivery| delivery.seq > until)
            .map(|delivery| delivery.object)
            .take_while(move |object| *object != cause)
    }

    /// The deliveries of an object to an actor up to a time, the latest first, without those long before.
    pub fn deliveries_of(&self, actor: ActorId, object: ObjectId, until: Timestamp) -> impl Iterator<Item = (Rank, Timestamp)> {
        let deliveries = self.deliveries.peek(&self.receiver(actor)).into_iter().flatten().rev();
        let before = deliveries.filter(move |delivery| delivery.object == object && delivery.at <= until);
        before.take_while(move |delivery| until.since(delivery.at) <= RECONCILE).map(|delivery| (delivery.rank, delivery.at))
    }

    pub fn gap(&mut self) {
        self.actors.clear();
        self.processes.clear();
        self.deliveries.clear();
    }
}
