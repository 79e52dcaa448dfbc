//! Infers reconciles from the traffic.
//!
//! From outside, a controller receives a watch event, makes calls about that object or objects that it owns, and is quiet again. Many
//! reconciles run at the same time, so the object of a call decides, not the time ([`super::relation`]). An inferred reconcile is
//! *likely* if the call proves its object, else a *guess*; a call that may belong to several reconciles belongs to none. Processes
//! that never watch, and programs that people run, have no reconciles.
//!
//! Watch events are delivered to the process, calls are made by its controllers. So deliveries are kept by process, and open reconciles
//! by actor. Each delivery explains at most one reconcile of each actor.
//!
//! A reconcile that the log names without logging both start and end is followed in the same way under the log's name.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::actor_state::ActorState;
use super::answers::AnswerPatterns;
use super::controllers::Controllers;
use super::delivery::{Deliveries, Delivery};
use super::in_order::in_order;
use super::inferred_start::{InferredStart, NewRun};
use super::known_objects::{Candidate, KnownObjects, object_of};
use super::log_evidence::LogEvidence;
use super::relation::{Relation, is_create, reconciled_kind, relate};
use super::span_source::SpanSource;
use super::target::{is_lease_or_event, target_of};
use super::timing::{PROMPT, QUIET};
use kuberewind_model::k8s::actor_name::{ActorName, is_tool, process_of};
use kuberewind_model::{
    Certainty, Duration, Event, ListKey, NewOperation, ObjectKey, Observation, Observations, Seq, SpanKey, Timestamp,
};

/// Quiet time that a reconcile with a logged start may have, since it may work on something other than calls.
const LOGGED_QUIET: Duration = Duration(60_000_000_000);
/// A delivery that no call has followed for this long started no reconcile with calls.
const UNANSWERED: Duration = Duration(2_000_000_000);
/// Deliveries that are searched for a rival. A process that receives more at once is too busy to tell.
const MAX_RIVALS: usize = 128;
/// Remembered items of incomplete lists.
const LISTED: usize = 4_096;
/// Actors and processes followed at the same time.
const ACTORS: usize = 512;

#[derive(Debug, Default)]
pub(super) struct ProcessState {
    pub(super) watches: bool,
    pub(super) deliveries: Deliveries,
    pub(super) answers: AnswerPatterns,
    /// Deliveries of an object up to a number may have triggered a reconcile of another process.
    pub(super) ambiguous: HashMap<ObjectKey, Seq>,
    /// True once a request of the process has been seen. The log may use another name.
    pub(super) seen_on_wire: bool,
    last: Timestamp,
}

/// The inference for all actors.
#[derive(Debug, Default)]
pub struct Inference {
    pub(super) actors: HashMap<Arc<str>, ActorState>,
    pub(super) processes: HashMap<Arc<str>, ProcessState>,
    pub(super) objects: KnownObjects,
    pub(super) controllers: Controllers,
    /// Items of incomplete lists.
    listed: VecDeque<(ListKey, Delivery)>,
    /// The process that is expected to watch what it lists.
    pub(super) expected: Option<Arc<str>>,
    next: u64,
}

impl Inference {
    /// An actor opened a watch: its process behaves like a controller.
    pub fn watches(&mut self, actor: &Arc<str>) {
        let process = self.process(actor, Timestamp::default());
        if !std::mem::replace(&mut process.watches, true) {
            self.assign_controllers();
        }
    }

    /// An actor received a watch event.
    pub fn delivered(&mut self, seq: Seq, event: &NewOperation) {
        let Observations::Object(observation) = &event.observations else { return };
        let delivery = self.delivery(seq, event.at, observation);
        self.watches(&event.actor);
        self.process(&event.actor, event.at).deliveries.push(delivery);
    }

    /// An item of a list arrived. It triggers a reconcile as an event does.
    pub fn listed(&mut self, list: ListKey, observation: &Observation) {
        if self.listed.len() >= LISTED {
            self.listed.pop_front();
        }
        let delivery = self.delivery(Seq::START, Timestamp(0), observation);
        self.listed.push_back((list, delivery));
    }

    /// A call ended. If it was a page of a list, its items count as delivered now.
    pub fn page(&mut self, seq: Seq, call: &NewOperation) {
        let Observations::List(page) = &call.observations else { return };
        let (delivered, others) =
            std::mem::take(&mut self.listed).into_iter().partition::<VecDeque<_>, _>(|(list, _)| *list == page.list);
        self.listed = others;
        let expected = self.expected.as_deref() == Some(process_of(&call.actor));
        if expected {
            self.watches(&call.actor);
        }
        let process = self.process(&call.actor, call.at);
        for (_, delivery) in delivered {
            process.deliveries.push(Delivery { seq, at: call.at, ..delivery });
        }
    }

    fn delivery(&mut self, seq: Seq, at: Timestamp, observation: &Observation) -> Delivery {
        let owners = self.objects.learn(observation).into_iter().map(|owner| owner.uid).collect();
        Delivery {
            seq,
            at,
            object: object_of(observation),
            uid: observation.uid.clone(),
            resource_version: observation.resource_version.clone(),
            owners,
        }
    }

    /// The only process that received the object of a reconcile.
    pub fn only_receiver(&self, object: &ObjectKey) -> Option<Arc<str>> {
        let received = |process: &ProcessState| !process.deliveries.concerning(object, &"".into(), Seq::START).is_empty();
        let mut receivers = self.processes.iter().filter(|(name, process)| !is_tool(name) && received(process));
        receivers.next().filter(|_| receivers.next().is_none()).map(|(name, _)| name.clone())
    }

    /// The controlling owner of a call's target.
    pub fn owner_of(&mut self, call: &NewOperation) -> Option<ObjectKey> {
        let target = target_of(call)?;
        let owners = self.objects.owners_of(call, &target);
        let owner = owners.iter().find(|owner| owner.controls)?;
        Some(self.objects.owner(owner, &target).object)
    }

    /// A process made a call that the log gives to a reconcile.
    pub fn called(&mut self, call: &NewOperation) {
        self.process(&call.actor, call.at).seen_on_wire = true;
        let actor = self.actor(&call.actor);
        actor.seen_on_wire = true;
        actor.called(call.at.minus(call.duration), call.at);
    }

    /// The log names a controller and its kind. They belong to the only process that watches.
    pub fn controller(&mut self, name: &str, group: &str, kind: &str) {
        if self.controllers.add(name, group, kind) {
            self.assign_controllers();
        }
    }

    fn assign_controllers(&mut self) {
        let mut watching =
            self.processes.iter().filter(|(name, process)| process.watches && !is_tool(name)).map(|(name, _)| name);
        let process = watching.next().filter(|_| watching.next().is_none()).cloned();
        self.controllers.set_process(process);
        for (name, actor) in &mut self.actors {
            self.controllers.prepare(name, &mut actor.kinds);
        }
    }

    /// An actor made a call. Returns the call's reconcile, with the events for a reconcile that starts and those that end.
    pub fn add_call(&mut self, call: &NewOperation) -> (Vec<Event>, Option<SpanKey>) {
        let nothing = (Vec::new(), None);
        let Some(target) = target_of(call) else { return nothing };
        let name = ActorName::parse(&call.actor);
        let owners = self.objects.owners_of(call, &target);
        let start = call.at.minus(call.duration);
        let process = self.process(&call.actor, call.at);
        process.seen_on_wire = true;
        let watches = process.watches;
        let actor = self.actor(&call.actor);
        actor.seen_on_wire = true;
        actor.called(start, call.at);
        if !watches || name.is_leader_election() || is_tool(&call.actor) || is_lease_or_event(&target) {
            return nothing;
        }
        self.learn_kind(call, &target, &owners);
        if let Some(candidate) = self.answered(call, &target, start) {
            return self.attribute(call, &target, candidate, Certainty::Likely);
        }
        let own = self.objects.kind_of(&target);
        if self.controllers.share(&call.actor, &own) && !target.name.is_empty() && !is_create(call) {
            return if call.verb.is_write() { self.one_of_several(call, &target) } else { nothing };
        }
        let Some(actor) = self.actors.get(&call.actor) else { return nothing };
        let relation = relate(call, &target, &owners, &name.controller, (&actor.kinds, &self.objects));
        let (candidate, certainty) = match relation {
            Relation::Proven(candidate) => (candidate, Certainty::Likely),
            Relation::Own { candidate, only } => match self.own_certainty(&call.actor, &candidate, only, start) {
                Some(certainty) => (candidate, certainty),
                None => return (Vec::new(), self.continue_only(call, &target, start)),
            },
            // Of several objects that may have caused the call, none is better than another.
            Relation::Possible(candidate) if self.has_rival(&call.actor, &candidate.object, start) => return nothing,
            Relation::Possible(candidate) => {
                let certain = owners.is_empty() && self.follows_delivery(&call.actor, &candidate, start);
                (candidate, if certain { Certainty::Likely } else { Certainty::Guess })
            }
            Relation::None => return (Vec::new(), self.continue_only(call, &target, start)),
        };
        self.attribute(call, &target, candidate, certainty)
    }

    /// Learns the kind that a call proves to be reconciled. A controller that the log has not named may have other kinds.
    fn learn_kind(&mut self, call: &NewOperation, target: &ObjectKey, owners: &[super::owners::Owner]) {
        if is_create(call)
            && let Some(actor) = self.actors.get_mut(&call.actor)
        {
            actor.kinds.learn_created(&self.objects.kind_of(target));
        }
        let Some(proven) = reconciled_kind(call, target, owners, &self.objects) else { return };
        if let Some(actor) = self.actors.get_mut(&call.actor) {
            actor.kinds.learn(&proven.kind);
        }
    }

    /// Gives a call to the reconcile of an object: the open one, or the next one.
    fn attribute(
        &mut self,
        call: &NewOperation,
        target: &ObjectKey,
        candidate: Candidate,
        certainty: Certainty,
    ) -> (Vec<Event>, Option<SpanKey>) {
        let start = call.at.minus(call.duration);
        let process_name: Arc<str> = process_of(&call.actor).into();
        let (Some(actor), Some(process)) = (self.actors.get_mut(&call.actor), self.processes.get(&process_name)) else {
            return (Vec::new(), None);
        };
        let consumed = actor.last_run(&candidate.object).consumed;
        let new = process.deliveries.concerning(&candidate.object, &candidate.uid, consumed);
        let ambiguous = process.ambiguous.get(&candidate.object).copied().unwrap_or_default();
        let explains = |delivery: &&Arc<Delivery>| delivery.at <= start && delivery.seq > ambiguous;
        let new: Vec<Arc<Delivery>> = new.into_iter().filter(explains).cloned().collect();
        if let Some(open) = actor.continuing(&candidate.object, call, target, start, !new.is_empty()) {
            if certainty >= open.certainty || open.evidence != LogEvidence::None {
                return (Vec::new(), Some(open.add_call(call, target)));
            }
            // A call that is only a guess does not belong to a likely reconcile.
            return (Vec::new(), None);
        }
        if actor.logs_starts && new.is_empty() {
            return (Vec::new(), None);
        }
        self.next += 1;
        let key = SpanSource::Inferred.key(self.next);
        let name = self.controllers.actor_of(&call.actor, &candidate.kind);
        let shared = self.controllers.share(&process_name, &candidate.kind);
        let certainty = if shared { Certainty::Guess } else { certainty };
        let run = NewRun { key, name, certainty, deliveries: new };
        let InferredStart { events, .. } = InferredStart::of(actor, call, target, candidate, run);
        (events, Some(key))
    }

    /// A write of an object that several controllers of the process reconcile. It is a reconcile of its own, a guess, until the log tells whose.
    fn one_of_several(&mut self, call: &NewOperation, target: &ObjectKey) -> (Vec<Event>, Option<SpanKey>) {
        let (Some(actor), Some(kind)) = (self.actors.get_mut(&call.actor), &call.target.kind) else { return (Vec::new(), None) };
        self.next += 1;
        let key = SpanSource::Inferred.key(self.next);
        let run = NewRun { key, name: call.actor.clone(), certainty: Certainty::Guess, deliveries: Vec::new() };
        let candidate = self.objects.target(target, kind);
        (InferredStart::beside_others(actor, call, target, candidate, run).events, Some(key))
    }

    /// A call that proves no object continues the only open reconcile of its actor, if nothing else can have caused it.
    fn continue_only(&mut self, call: &NewOperation, target: &ObjectKey, start: Timestamp) -> Option<SpanKey> {
        let object = {
            let open = self.actors.get_mut(&call.actor)?.only_active()?;
            (start >= open.start).then(|| open.object.clone())?
        };
        if self.has_rival(&call.actor, &object, start) {
            return None;
        }
        Some(self.actors.get_mut(&call.actor)?.only_active()?.add_call(call, target))
    }

    /// How certain it is that a call on an object of a reconciled kind is made by the reconcile of that object. `None` if
    /// another one may have made it.
    fn own_certainty(&self, actor: &Arc<str>, candidate: &Candidate, only: bool, start: Timestamp) -> Option<Certainty> {
        let (state, process) = (self.actors.get(actor)?, self.processes.get(process_of(actor))?);
        let object = &candidate.object;
        let mut active = state.open.iter().filter(|open| !open.dormant).peekable();
        let last = state.last_run(object);
        let is_alone = active.peek().is_none();
        let is_open = active.any(|open| open.object == *object);
        let new = process.deliveries.concerning(object, &candidate.uid, last.consumed);
        let triggered = is_open || new.iter().any(|delivery| delivery.at <= start);
        match (triggered, is_alone) {
            (true, _) if only || !self.has_rival(actor, object, start) => Some(Certainty::Likely),
            (true, _) => None,
            // Without a delivery, a timer may have started it again.
            (false, true) if only && last.start > Timestamp::default() => Some(Certainty::Likely),
            (false, true) => Some(Certainty::Guess),
            (false, false) => None,
        }
    }

    /// True if an object was delivered just before a call, or its reconcile is open.
    fn follows_delivery(&self, actor: &Arc<str>, candidate: &Candidate, start: Timestamp) -> bool {
        let (Some(state), Some(process)) = (self.actors.get(actor), self.processes.get(process_of(actor))) else { return false };
        let object = &candidate.object;
        let is_open =
            state.open.iter().any(|open| !open.dormant && open.object == *object && open.certainty >= Certainty::Likely);
        let new = process.deliveries.concerning(object, &candidate.uid, state.last_run(object).consumed);
        let prompt = |delivery: &&Arc<Delivery>| delivery.at <= start && start.since(delivery.at) <= PROMPT;
        is_open || new.iter().any(prompt)
    }

    /// True if another object has a delivery that may start a reconcile of this actor, or an open reconcile.
    fn has_rival(&self, actor: &Arc<str>, object: &ObjectKey, start: Timestamp) -> bool {
        let (Some(state), Some(process)) = (self.actors.get(actor), self.processes.get(process_of(actor))) else { return true };
        if state.open.iter().any(|open| !open.dormant && open.object != *object) {
            return true;
        }
        let uid = self.objects.uid_of(object);
        let waits = |delivery: &&Arc<Delivery>| {
            let about_it = delivery.object == *object || (!uid.is_empty() && delivery.owners.contains(&uid));
            !about_it && delivery.at <= start && delivery.seq > state.last_run(&delivery.object).consumed
        };
        let mut recent = process.deliveries.since(start.minus(UNANSWERED));
        recent.by_ref().take(MAX_RIVALS).any(|delivery| waits(&delivery)) || recent.next().is_some()
    }

    /// Ends the reconciles that are quiet. Those that the log may mention again stay dormant.
    pub fn end_quiet(&mut self, now: Timestamp) -> Vec<Event> {
        let mut ended = Vec::new();
        for actor in self.actors.values_mut() {
            let mut over = false;
            for open in actor.open.iter_mut().filter(|open| !open.dormant) {
                let limit = if open.evidence == LogEvidence::Start { LOGGED_QUIET } else { QUIET };
                if now.since(open.last) > limit {
                    (open.dormant, over) = (true, true);
                    ended.push((open.key, open.end_event()));
                }
            }
            if over {
                let is_over =
                    |open: &mut super::open_reconcile::OpenReconcile| open.dormant && open.evidence == LogEvidence::None;
                let finished: Vec<_> = actor.open.extract_if(.., is_over).collect();
                finished.iter().for_each(|open| actor.ended(open));
            }
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
        self.processes.remove(actor);
    }

    pub(super) fn actor(&mut self, name: &Arc<str>) -> &mut ActorState {
        if self.actors.len() >= ACTORS && !self.actors.contains_key(name) {
            let oldest = self.actors.iter().min_by_key(|(_, actor)| actor.last).map(|(name, _)| name.clone());
            oldest.and_then(|oldest| self.actors.remove(&oldest));
        }
        self.actors.entry(name.clone()).or_insert_with(|| {
            let mut actor = ActorState::default();
            self.controllers.prepare(name, &mut actor.kinds);
            actor
        })
    }

    pub(super) fn process(&mut self, actor: &Arc<str>, at: Timestamp) -> &mut ProcessState {
        let name: Arc<str> = if actor.contains('/') { process_of(actor).into() } else { actor.clone() };
        if self.processes.len() >= ACTORS && !self.processes.contains_key(&name) {
            let oldest = self.processes.iter().min_by_key(|(_, process)| process.last).map(|(name, _)| name.clone());
            oldest.and_then(|oldest| self.processes.remove(&oldest));
        }
        let process = self.processes.entry(name).or_default();
        process.last = process.last.max(at);
        process
    }
}
