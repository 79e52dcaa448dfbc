//! Infers reconciles from the traffic alone.
//!
//! From outside, a controller receives a watch event, makes a burst of calls about that object or objects that it owns, and
//! is quiet again. Inference follows this live with bounded memory and grades the result: *likely* if the event and the call
//! are about the same object or about owner and owned, *guess* if only the time matches. Actors that never watch (people with
//! kubectl, scripts) have no reconciles. Only the recorded program is expected to watch, because some programs make their
//! first calls while the watch is still being opened.
//!
//! A reconcile that the log names without logging both start and end is followed in the same way under the log's name.
//! Otherwise it would never end and would take every later call.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::actor_state::ActorState;
use super::delivery::Delivery;
use super::in_order::in_order;
use super::log_evidence::LogEvidence;
use super::open_reconcile::OpenReconcile;
use super::owners::owners;
use super::reconciled_object::ReconciledObject;
use super::span_source::SpanSource;
use super::target::{is_lease_or_event, target_of};
use super::timing::QUIET;
use kuberewind_model::{
    Certainty, Duration, Event, ListKey, NewOperation, Observation, Observations, Seq, SpanKey, Timestamp, Verb,
};

/// Quiet time that a reconcile with a logged start may have, since it may work on something other than calls.
const LOGGED_QUIET: Duration = Duration(60_000_000_000);
/// A delivery without a call for this long triggered nothing.
const STALE: Duration = Duration(5_000_000_000);
/// Remembered items of incomplete lists.
const LISTED: usize = 512;
/// Actors followed at the same time.
const ACTORS: usize = 256;

/// The inference for all actors.
#[derive(Debug, Default)]
pub struct Inference {
    pub(super) actors: HashMap<Arc<str>, ActorState>,
    /// Items of incomplete lists.
    listed: VecDeque<(ListKey, Delivery)>,
    /// The actor that is expected to watch what it lists.
    pub(super) expected: Option<Arc<str>>,
    next: u64,
}

impl Inference {
    /// An actor opened a watch: it behaves like a controller.
    pub fn watches(&mut self, actor: &Arc<str>) {
        let at = self.actors.get(actor).map(|actor| actor.last).unwrap_or_default();
        self.actor(actor, at).watches = true;
    }

    /// An actor received a watch event.
    pub fn delivered(&mut self, seq: Seq, event: &NewOperation) {
        let Observations::Object(observation) = &event.observations else { return };
        let actor = self.actor(&event.actor, event.at);
        actor.watches = true;
        actor.deliver(Delivery::of(seq, event.at, observation));
    }

    /// An item of a list arrived. It triggers a reconcile as an event does.
    pub fn listed(&mut self, list: ListKey, observation: &Observation) {
        if self.listed.len() >= LISTED {
            self.listed.pop_front();
        }
        self.listed.push_back((list, Delivery::of(Seq::START, Timestamp(0), observation)));
    }

    /// A call ended. If it was a page of a list, its items count as delivered now.
    pub fn page(&mut self, seq: Seq, call: &NewOperation) {
        let Observations::List(page) = &call.observations else { return };
        let (delivered, others) =
            std::mem::take(&mut self.listed).into_iter().partition::<VecDeque<_>, _>(|(list, _)| *list == page.list);
        self.listed = others;
        let expected = self.expected.as_ref() == Some(&call.actor);
        let actor = self.actor(&call.actor, call.at);
        actor.watches |= expected;
        for (_, delivery) in delivered {
            actor.deliver(Delivery { seq, at: call.at, ..delivery });
        }
    }

    /// An actor made a call. Returns the call's reconcile, with the events for a reconcile that starts and one that ends.
    pub fn add_call(&mut self, call: &NewOperation) -> (Vec<Event>, Option<SpanKey>) {
        let no_events = |key| (Vec::new(), key);
        let Some(target) = target_of(call) else { return no_events(None) };
        let start = call.at.minus(call.duration);
        let key = SpanSource::Inferred.key(self.next + 1);
        let actor = self.actor(&call.actor, call.at);
        if !actor.watches {
            return no_events(None);
        }
        actor.deliveries.retain(|delivery| start.since(delivery.at) <= STALE);
        let observation = if let Observations::Object(observation) = &call.observations { Some(&**observation) } else { None };
        let owned_by = observation.map(owners).unwrap_or_default();
        let may_start = !target.name.is_empty() && call.verb != Verb::List && !is_lease_or_event(&target);
        if let Some(key) = actor.find_continuing(call, &target, &owned_by, start, may_start) {
            return no_events(Some(key));
        }
        let uid = observation.map(|observation| observation.uid.clone()).unwrap_or_default();
        let cause = if may_start { actor.cause(&target, &uid, &owned_by, start) } else { None };
        let (object, certainty) = match cause {
            Some(cause) => cause,
            None => {
                if let Some(open) = actor.active().max_by_key(|open| open.last) {
                    return no_events(Some(open.add_call(call, &target)));
                }
                if !may_start || actor.logs_starts {
                    return no_events(None);
                }
                (
                    ReconciledObject {
                        kind: call.target.kind.clone(),
                        kind_name: observation.map(|observation| observation.kind_name.clone()).unwrap_or_default(),
                        object: target.clone(),
                        uid,
                    },
                    Certainty::Guess,
                )
            }
        };
        let triggers = actor.triggers(&object, certainty, start);
        let mut events = actor.supersede(&object.object);
        actor.begin(OpenReconcile {
            key,
            object: object.object.clone(),
            uid: object.uid.clone(),
            opening: Some((call.verb, target)),
            start,
            last: call.at,
            evidence: LogEvidence::None,
            dormant: false,
        });
        self.next += 1;
        events.push(object.started(key, call, start, certainty, triggers));
        (events, Some(key))
    }

    /// Ends the reconciles that are quiet. Those that the log may mention again stay dormant.
    pub fn end_quiet(&mut self, now: Timestamp) -> Vec<Event> {
        let mut ended = Vec::new();
        for open in self.actors.values_mut().flat_map(|actor| &mut actor.open) {
            let limit = if open.evidence == LogEvidence::Start { LOGGED_QUIET } else { QUIET };
            if !open.dormant && now.since(open.last) > limit {
                open.dormant = true;
                ended.push((open.key, open.end_event()));
            }
        }
        if !ended.is_empty() {
            self.actors
                .values_mut()
                .for_each(|actor| actor.open.retain(|open| !open.dormant || open.evidence != LogEvidence::None));
        }
        in_order(ended)
    }

    /// Ends all reconciles.
    pub fn end(&mut self) -> Vec<Event> {
        let open = self.actors.values_mut().flat_map(|actor| std::mem::take(&mut actor.open));
        in_order(open.filter(|open| !open.dormant).map(|open| (open.key, open.end_event())).collect())
    }

    /// The actor restarted.
    pub fn forget(&mut self, actor: &Arc<str>) {
        self.actors.remove(actor);
    }

    pub(super) fn actor(&mut self, name: &Arc<str>, at: Timestamp) -> &mut ActorState {
        if self.actors.len() >= ACTORS && !self.actors.contains_key(name) {
            let oldest = self.actors.iter().min_by_key(|(_, actor)| actor.last).map(|(name, _)| name.clone());
            oldest.and_then(|oldest| self.actors.remove(&oldest));
        }
        let actor = self.actors.entry(name.clone()).or_default();
        actor.last = at;
        actor.seen_on_wire = true;
        actor
    }
}
