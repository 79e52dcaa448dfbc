//! Reconciles: who runs them, what made them run.
//!
//! What an actor was delivered since the last reconcile of an object is what may have triggered the next one: events
//! about the object itself, and about what it controls. One delivery is the trigger, of several any may be. Who reads of a
//! reconcile in a log may hear of it late: what was delivered after its beginning waits for the next one.

use std::collections::HashMap;
use std::sync::Arc;

use super::kinds::Kinds;
use super::message::{SpanEnded, SpanStarted};
use kuberewind_model::{Certainty, KindRef, NewSpan, NewTrigger, ObjectKey, Seq, SpanKey, SpanResult, Timestamp};

/// Deliveries kept per object between two reconciles of it; more than this coalesce anyhow.
const DELIVERIES: usize = 16;
/// Objects kept per actor. Above it the actor's memory begins anew, and some reconciles have no trigger but their reason.
const OBJECTS: usize = 100_000;
/// Reconciles that run at the same time.
const RUNNING: usize = 65_536;

/// An object as it was delivered to an actor.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    pub(super) key: ObjectKey,
    pub(super) uid: Arc<str>,
    pub(super) resource_version: Arc<str>,
    /// uid of the controlling owner, '' for none.
    pub(super) owner: Arc<str>,
}

#[derive(Debug, Clone)]
struct Delivery {
    operation: Seq,
    at: Timestamp,
    uid: Arc<str>,
    resource_version: Arc<str>,
}

#[derive(Debug, Default)]
struct Known {
    uid: Arc<str>,
    waiting: Vec<Delivery>,
    failures: u32,
    last: Option<SpanResult>,
}

#[derive(Debug, Default)]
struct Memory {
    objects: HashMap<ObjectKey, Known>,
    owned: HashMap<Arc<str>, Vec<Delivery>>,
}

#[derive(Debug)]
enum Running {
    /// Whose it is has to show itself.
    Waiting(Box<SpanStarted>),
    Told {
        actor: Arc<str>,
        key: ObjectKey,
    },
}

/// All that is known of reconciles.
#[derive(Debug, Default)]
pub(super) struct Reconciles {
    memories: HashMap<Arc<str>, Memory>,
    running: HashMap<SpanKey, Running>,
}

impl Reconciles {
    /// An actor was delivered an object by operation `seq`, at a time.
    pub(super) fn delivered(&mut self, actor: &Arc<str>, seq: Seq, at: Timestamp, object: Delivered) {
        let memory = self.memories.entry(actor.clone()).or_default();
        if memory.objects.len() >= OBJECTS || memory.owned.len() >= OBJECTS {
            *memory = Memory::default();
        }
        let delivery = Delivery { operation: seq, at, uid: object.uid.clone(), resource_version: object.resource_version };
        if !object.owner.is_empty() {
            remember(memory.owned.entry(object.owner).or_default(), delivery.clone());
        }
        let known = memory.objects.entry(object.key).or_default();
        if !object.uid.is_empty() {
            known.uid = object.uid;
        }
        remember(&mut known.waiting, delivery);
    }

    /// An actor started anew.
    pub(super) fn restarted(&mut self, actor: &Arc<str>) {
        self.memories.remove(actor);
    }

    /// A reconcile began. Gives what can be told of it, if its actor is known.
    pub(super) fn started(&mut self, kinds: &Kinds, mut started: Box<SpanStarted>) -> Option<NewSpan> {
        if self.running.len() >= RUNNING {
            return None;
        }
        if started.object.resource.is_empty() {
            started.object.resource = kinds.resource_of(&started.object.group, &started.object.kind);
        }
        let actor = started.actor.clone().or_else(|| self.only_one_shown(kinds, &started));
        match actor {
            Some(actor) => Some(self.tell(kinds, &started, actor)),
            None => {
                self.running.insert(started.span, Running::Waiting(started));
                None
            }
        }
    }

    /// It became known whose reconcile it is: from a call made in it, or because somebody says so.
    pub(super) fn belongs_to(&mut self, kinds: &Kinds, span: SpanKey, actor: &Arc<str>) -> Option<NewSpan> {
        match self.running.remove(&span)? {
            Running::Waiting(started) => Some(self.tell(kinds, &started, actor.clone())),
            told @ Running::Told { .. } => {
                self.running.insert(span, told);
                None
            }
        }
    }

    /// Whether a reconcile is known and runs.
    pub(super) fn is_running(&self, span: SpanKey) -> bool {
        self.running.contains_key(&span)
    }

    /// A reconcile ended. Gives its beginning, where that could not be told before. `None` where nothing is known of it.
    pub(super) fn ended(&mut self, kinds: &Kinds, ended: &SpanEnded, fallback: &Arc<str>) -> Option<Option<NewSpan>> {
        let late = match self.running.get(&ended.span)? {
            Running::Waiting(started) => {
                let actor = self.any_one_shown(kinds, started).unwrap_or_else(|| fallback.clone());
                self.belongs_to(kinds, ended.span, &actor)
            }
            Running::Told { .. } => None,
        };
        if let Some(Running::Told { actor, key }) = self.running.remove(&ended.span)
            && let Some(known) = self.memories.get_mut(&actor).and_then(|memory| memory.objects.get_mut(&key))
        {
            known.last = Some(ended.result);
            known.failures = match ended.result {
                SpanResult::Ok => 0,
                SpanResult::Error => known.failures.saturating_add(1),
                SpanResult::Unknown | SpanResult::Cancelled => known.failures,
            };
        }
        Some(late)
    }

    fn tell(&mut self, kinds: &Kinds, started: &SpanStarted, actor: Arc<str>) -> NewSpan {
        let memory = self.memories.entry(actor.clone()).or_default();
        let key = object_key(kinds, memory, started);
        let known = memory.objects.entry(key.clone()).or_default();
        // Where the end said nothing, the reason for the next run does.
        if known.last == Some(SpanResult::Unknown) {
            let failed = started.reason.contains("error policy");
            known.failures = if failed { known.failures.saturating_add(1) } else { 0 };
        }
        let attempt = known.failures.saturating_add(1);
        let (mut own, mut owned) = waiting(memory, &key, started.at);
        if own.is_empty() && owned.is_empty() {
            // Seen from outside, a process has one cache and one name on the wire for all of its controllers.
            let process = actor.split_once('/').and_then(|(process, _)| self.memories.get_mut(process));
            (own, owned) = process.map(|memory| waiting(memory, &key, started.at)).unwrap_or_default();
        }
        let triggers = triggers(own, owned, &started.reason);
        self.running.insert(started.span, Running::Told { actor: actor.clone(), key: key.clone() });
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

    fn shown<'s>(&'s self, kinds: &'s Kinds, started: &'s SpanStarted) -> impl Iterator<Item = &'s Arc<str>> {
        self.memories.iter().filter_map(move |(actor, memory)| {
            let key = object_key(kinds, memory, started);
            memory.objects.get(&key).is_some_and(|known| !known.uid.is_empty()).then_some(actor)
        })
    }

    fn only_one_shown(&self, kinds: &Kinds, started: &SpanStarted) -> Option<Arc<str>> {
        let mut shown = self.shown(kinds, started);
        shown.next().filter(|_| shown.next().is_none()).cloned()
    }

    fn any_one_shown(&self, kinds: &Kinds, started: &SpanStarted) -> Option<Arc<str>> {
        self.shown(kinds, started).min().cloned()
    }
}

/// The object's key. `NAME.NAMESPACE` is taken apart unless the kind lives at cluster scope: namespaces have no dots,
/// names may.
fn object_key(kinds: &Kinds, memory: &Memory, started: &SpanStarted) -> ObjectKey {
    let object = &started.object;
    let whole = ObjectKey {
        group: object.group.clone(),
        resource: object.resource.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
    };
    if !object.joined || kinds.namespaced(&object.group, &object.resource) == Some(false) || memory.objects.contains_key(&whole) {
        return whole;
    }
    match object.name.rsplit_once('.') {
        Some((name, namespace)) => ObjectKey { namespace: namespace.into(), name: name.into(), ..whole },
        None => whole,
    }
}

/// Takes what was delivered of an object, and of what it owns, since its last reconcile and until the next one began. Where
/// that is nothing the log's clock is another than ours, and all of it is taken.
fn waiting(memory: &mut Memory, key: &ObjectKey, began: Timestamp) -> (Vec<Delivery>, Vec<Delivery>) {
    let Some(known) = memory.objects.get_mut(key) else { return Default::default() };
    let mut none = Vec::new();
    let owned = if known.uid.is_empty() { &mut none } else { memory.owned.get_mut(&known.uid).unwrap_or(&mut none) };
    let own = &mut known.waiting;
    let any = own.iter().chain(&*owned).any(|delivery| delivery.at <= began);
    let before = |delivery: &mut Delivery| !any || delivery.at <= began;
    let taken = (own.extract_if(.., before).collect(), owned.extract_if(.., before).collect());
    if owned.is_empty() {
        memory.owned.remove(&known.uid);
    }
    taken
}

fn remember(deliveries: &mut Vec<Delivery>, delivery: Delivery) {
    if deliveries.len() >= DELIVERIES {
        deliveries.remove(0);
    }
    deliveries.push(delivery);
}

fn triggers(own: Vec<Delivery>, owned: Vec<Delivery>, reason: &Arc<str>) -> Vec<NewTrigger> {
    // A run that was asked for by the one before would have come without any delivery.
    let asked_for = reason.contains("requested retry");
    let certainty = if own.len() == 1 && owned.is_empty() && !asked_for { Certainty::Exact } else { Certainty::Likely };
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
