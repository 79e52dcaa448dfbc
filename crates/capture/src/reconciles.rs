//! Attributes reconciles to actors and finds their triggers.
//!
//! The events that an actor received since the last reconcile of an object may have triggered the next one: events of the object
//! itself, and of the objects that it controls. A single event is the trigger; of several, any may be. A log may report a reconcile
//! late, so that events after its start stay for the next reconcile.

use std::collections::HashMap;
use std::sync::Arc;

use super::kinds::Kinds;
use super::message::{SpanEnded, SpanStarted};
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{Certainty, KindRef, NewSpan, NewTrigger, ObjectKey, Seq, SpanKey, SpanResult, Timestamp};

/// Limit on the deliveries per object between two of its reconciles; more of them coalesce anyway.
const MAX_DELIVERIES: usize = 16;
/// Limit on the objects per actor. Beyond it all of them are forgotten, and some reconciles have no trigger but their reason.
const MAX_OBJECTS: usize = 100_000;
/// Limit on the reconciles that run at the same time.
const MAX_RUNNING: usize = 65_536;

/// An object in a list or watch event that an actor received.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    pub(super) key: ObjectKey,
    pub(super) uid: Arc<str>,
    pub(super) resource_version: Arc<str>,
    /// The uid of the controlling owner; '' for none.
    pub(super) owner: Arc<str>,
}

#[derive(Debug, Clone)]
struct Delivery {
    operation: Seq,
    at: Timestamp,
    uid: Arc<str>,
    resource_version: Arc<str>,
}

/// Deliveries and results of one object for one actor.
#[derive(Debug, Default)]
struct ObjectState {
    /// '' until the object has been received.
    uid: Arc<str>,
    /// Deliveries since the last reconcile.
    pending: Vec<Delivery>,
    /// Deliveries to the process up to this number explain a reconcile of this actor.
    consumed: Seq,
    /// Failed reconciles in a row.
    failures: u32,
    last: Option<SpanResult>,
}

/// The objects of one actor.
#[derive(Debug, Default)]
struct ActorState {
    objects: HashMap<ObjectKey, ObjectState>,
    /// Deliveries of owned objects, by the owner's uid.
    owned: HashMap<Arc<str>, Vec<Delivery>>,
}

#[derive(Debug)]
enum Running {
    /// The actor is not known yet.
    WithoutActor(Box<SpanStarted>),
    /// The start was emitted.
    Emitted { actor: Arc<str>, key: ObjectKey },
}

#[derive(Debug, Default)]
pub(super) struct Reconciles {
    actors: HashMap<Arc<str>, ActorState>,
    running: HashMap<SpanKey, Running>,
}

impl Reconciles {
    /// An actor received an object in operation `seq`.
    pub(super) fn delivered(&mut self, actor: &Arc<str>, seq: Seq, at: Timestamp, delivered: Delivered) {
        let state = self.actors.entry(actor.clone()).or_default();
        if state.objects.len() >= MAX_OBJECTS || state.owned.len() >= MAX_OBJECTS {
            *state = ActorState::default();
        }
        let delivery = Delivery { operation: seq, at, uid: delivered.uid.clone(), resource_version: delivered.resource_version };
        if !delivered.owner.is_empty() {
            push(state.owned.entry(delivered.owner).or_default(), delivery.clone());
        }
        let object = state.objects.entry(delivered.key).or_default();
        if !delivered.uid.is_empty() {
            object.uid = delivered.uid;
        }
        push(&mut object.pending, delivery);
    }

    /// An actor started again with empty caches.
    pub(super) fn restarted(&mut self, actor: &Arc<str>) {
        self.actors.remove(actor);
    }

    /// A reconcile began. Returns it if its actor is known.
    pub(super) fn started(&mut self, kinds: &Kinds, mut started: Box<SpanStarted>) -> Option<NewSpan> {
        if self.running.len() >= MAX_RUNNING {
            return None;
        }
        if started.object.resource.is_empty() {
            started.object.resource = kinds.resource_of(&started.object.group, &started.object.kind);
        }
        let actor = started.actor.clone().or_else(|| self.only_recipient(kinds, &started));
        match actor {
            Some(actor) => Some(self.emit(kinds, &started, actor)),
            None => {
                self.running.insert(started.span, Running::WithoutActor(started));
                None
            }
        }
    }

    /// The actor of a reconcile became known. Returns the reconcile if it was not emitted yet.
    pub(super) fn belongs_to(&mut self, kinds: &Kinds, span: SpanKey, actor: &Arc<str>) -> Option<NewSpan> {
        match self.running.remove(&span)? {
            Running::WithoutActor(started) => Some(self.emit(kinds, &started, actor.clone())),
            emitted @ Running::Emitted { .. } => {
                self.running.insert(span, emitted);
                None
            }
        }
    }

    /// True if the reconcile has started and not ended.
    pub(super) fn is_running(&self, span: SpanKey) -> bool {
        self.running.contains_key(&span)
    }

    /// A reconcile ended. Returns `None` if it is unknown, and its start if that was not emitted yet.
    pub(super) fn ended(&mut self, kinds: &Kinds, ended: &SpanEnded, fallback: &Arc<str>) -> Option<Option<NewSpan>> {
        let started = match self.running.get(&ended.span)? {
            Running::WithoutActor(started) => {
                let actor = self.first_recipient(kinds, started).unwrap_or_else(|| fallback.clone());
                self.belongs_to(kinds, ended.span, &actor)
            }
            Running::Emitted { .. } => None,
        };
        if let Some(Running::Emitted { actor, key }) = self.running.remove(&ended.span)
            && let Some(object) = self.actors.get_mut(&actor).and_then(|state| state.objects.get_mut(&key))
        {
            object.last = Some(ended.result);
            object.failures = match ended.result {
                SpanResult::Ok => 0,
                SpanResult::Error => object.failures.saturating_add(1),
                SpanResult::Unknown | SpanResult::Cancelled => object.failures,
            };
        }
        Some(started)
    }

    /// Marks a reconcile as emitted and finds its triggers.
    fn emit(&mut self, kinds: &Kinds, started: &SpanStarted, actor: Arc<str>) -> NewSpan {
        let state = self.actors.entry(actor.clone()).or_default();
        let key = object_key(kinds, state, started);
        let object = state.objects.entry(key.clone()).or_default();
        // If the result of the last run is unknown, the reason for this run shows it.
        if object.last == Some(SpanResult::Unknown) {
            let failed = started.reason.contains("error policy");
            object.failures = if failed { object.failures.saturating_add(1) } else { 0 };
        }
        let attempt = object.failures.saturating_add(1);
        let (mut own, mut owned) = take_pending(state, &key, started.at);
        if own.is_empty() && owned.is_empty() {
            let consumed = state.objects.get(&key).map(|object| object.consumed).unwrap_or_default();
            // The watches of a process serve all of its controllers: a delivery triggers a reconcile of each.
            let process = Some(process_of(&actor)).filter(|process| **process != *actor);
            let process = process.and_then(|process| self.actors.get(process));
            (own, owned) = process.map(|process| pending_after(process, &key, started.at, consumed)).unwrap_or_default();
            let latest = own.iter().chain(&owned).map(|delivery| delivery.operation).max();
            if let (Some(latest), Some(state)) = (latest, self.actors.get_mut(&actor)) {
                state.objects.entry(key.clone()).or_default().consumed = latest;
            }
        }
        let triggers = triggers(own, owned, &started.reason);
        self.running.insert(started.span, Running::Emitted { actor: actor.clone(), key: key.clone() });
        let object = &started.object;
        let label = if started.label.is_empty() { started.span.0.to_string().into() } else { started.label.clone() };
        NewSpan {
            key: started.span,
            label,
            at: started.at,
            actor,
            kind: Some(KindRef { group: key.group, version: object.version.clone(), resource: key.resource }),
            kind_name: object.kind.clone(),
            namespace: key.namespace,
            name: key.name,
            attempt,
            inferred: None,
            triggers,
        }
    }

    /// The actors that have received the object of a reconcile.
    fn recipients<'s>(&'s self, kinds: &'s Kinds, started: &'s SpanStarted) -> impl Iterator<Item = &'s Arc<str>> {
        self.actors.iter().filter_map(move |(actor, state)| {
            let key = object_key(kinds, state, started);
            state.objects.get(&key).is_some_and(|object| !object.uid.is_empty()).then_some(actor)
        })
    }

    fn only_recipient(&self, kinds: &Kinds, started: &SpanStarted) -> Option<Arc<str>> {
        let mut recipients = self.recipients(kinds, started);
        recipients.next().filter(|_| recipients.next().is_none()).cloned()
    }

    fn first_recipient(&self, kinds: &Kinds, started: &SpanStarted) -> Option<Arc<str>> {
        self.recipients(kinds, started).min().cloned()
    }
}

/// The object's key. Splits `NAME.NAMESPACE` unless the kind is cluster-scoped: a namespace has no dots, a name may.
fn object_key(kinds: &Kinds, state: &ActorState, started: &SpanStarted) -> ObjectKey {
    let object = &started.object;
    let whole = ObjectKey {
        group: object.group.clone(),
        resource: object.resource.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
    };
    if !object.joined || kinds.namespaced(&object.group, &object.resource) == Some(false) || state.objects.contains_key(&whole) {
        return whole;
    }
    match object.name.rsplit_once('.') {
        Some((name, namespace)) => ObjectKey { namespace: namespace.into(), name: name.into(), ..whole },
        None => whole,
    }
}

/// Takes the deliveries of an object and of the objects it owns from before a reconcile began. If there are none, the log's clock
/// differs from ours, and all deliveries are taken.
fn take_pending(state: &mut ActorState, key: &ObjectKey, began: Timestamp) -> (Vec<Delivery>, Vec<Delivery>) {
    let Some(object) = state.objects.get_mut(key) else { return Default::default() };
    let mut none = Vec::new();
    let owned = if object.uid.is_empty() { &mut none } else { state.owned.get_mut(&object.uid).unwrap_or(&mut none) };
    let own = &mut object.pending;
    let any = own.iter().chain(&*owned).any(|delivery| delivery.at <= began);
    let before = |delivery: &mut Delivery| !any || delivery.at <= began;
    let taken = (own.extract_if(.., before).collect(), owned.extract_if(.., before).collect());
    if owned.is_empty() {
        state.owned.remove(&object.uid);
    }
    taken
}

/// The deliveries to a process of an object and of the objects it owns, after a number and from before a reconcile began.
fn pending_after(process: &ActorState, key: &ObjectKey, began: Timestamp, after: Seq) -> (Vec<Delivery>, Vec<Delivery>) {
    let Some(object) = process.objects.get(key) else { return Default::default() };
    let owned = process.owned.get(&object.uid).filter(|_| !object.uid.is_empty());
    let new = |delivery: &&Delivery| delivery.operation > after;
    let any = object.pending.iter().chain(owned.into_iter().flatten()).filter(new).any(|delivery| delivery.at <= began);
    let before = |delivery: &&Delivery| new(delivery) && (!any || delivery.at <= began);
    let own = object.pending.iter().filter(before).cloned().collect();
    (own, owned.into_iter().flatten().filter(before).cloned().collect())
}

fn push(deliveries: &mut Vec<Delivery>, delivery: Delivery) {
    if deliveries.len() >= MAX_DELIVERIES {
        deliveries.remove(0);
    }
    deliveries.push(delivery);
}

fn triggers(own: Vec<Delivery>, owned: Vec<Delivery>, reason: &Arc<str>) -> Vec<NewTrigger> {
    // A run that the last one requested needs no delivery.
    let requested = reason.contains("requested retry");
    let certainty = if own.len() == 1 && owned.is_empty() && !requested { Certainty::Exact } else { Certainty::Likely };
    let mut triggers: Vec<NewTrigger> = own
        .into_iter()
        .map(|delivery| (delivery, certainty))
        .chain(owned.into_iter().map(|delivery| (delivery, Certainty::Likely)))
        .map(|(delivery, certainty)| NewTrigger {
            operation: Some(delivery.operation),
            uid: delivery.uid,
            resource_version: delivery.resource_version,
            reason: reason.clone(),
            certainty,
        })
        .collect();
    if triggers.is_empty() && !reason.is_empty() {
        triggers.push(NewTrigger {
            operation: None,
            uid: "".into(),
            resource_version: "".into(),
            reason: reason.clone(),
            certainty: Certainty::Guess,
        });
    }
    triggers
}
