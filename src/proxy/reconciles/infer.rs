//! Inferring reconciles from the traffic alone.
//!
//! What a controller does looks like this from outside: a watch event is delivered to it; then a burst of calls about that object, or about
//! objects that it owns; then quiet. Inference follows that, live and with bounded memory, and says how sure it is: *likely* where an
//! event and the call are about the same object or about owner and owned, *guess* where only the time speaks for it.
//! Actors that never watch (people with kubectl, scripts) have no reconciles.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::model::{
    Certainty, Duration, Event, KindRef, ListKey, NewOperation, NewSpan, NewTrigger, Seq, Shown, Sight, SpanEnd, SpanKey,
    SpanResult, Timestamp, Verb,
};

/// A reconcile is over after this much quiet.
const QUIET: Duration = Duration(1_000_000_000);
/// A delivery that was followed by nothing for so long made nothing run.
const STALE: Duration = Duration(5_000_000_000);
/// After a pause like this, with news of the object at hand, the next call is the next reconcile.
const PAUSE: Duration = Duration(50_000_000);
/// Deliveries remembered per actor.
const DELIVERIES: usize = 128;
/// Items remembered of lists that are being received.
const LISTED: usize = 512;
/// Reconciles open per actor.
const OPEN: usize = 16;
/// Actors that are followed.
const ACTORS: usize = 256;
/// Inferred spans are numbered from here, the log's from 1.
const FIRST_KEY: u64 = 1 << 48;

/// An object as far as calls and events name it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    group: Arc<str>,
    resource: Arc<str>,
    namespace: Arc<str>,
    name: Arc<str>,
}

#[derive(Debug)]
struct Delivery {
    seq: Seq,
    at: Timestamp,
    kind: KindRef,
    kind_name: Arc<str>,
    thing: Thing,
    uid: Arc<str>,
    resource_version: Arc<str>,
    owners: Vec<Arc<str>>,
}

#[derive(Debug)]
struct Open {
    key: SpanKey,
    thing: Thing,
    uid: Arc<str>,
    opening: (Verb, Thing),
    last: Timestamp,
}

#[derive(Debug, Default)]
struct Actor {
    watches: bool,
    deliveries: VecDeque<Delivery>,
    open: Vec<Open>,
    last: Timestamp,
}

/// What is being inferred, for all actors.
#[derive(Debug, Default)]
pub struct Inference {
    actors: HashMap<Arc<str>, Actor>,
    /// Items of lists whose pages have not ended.
    listed: VecDeque<(ListKey, Delivery)>,
    next: u64,
}

impl Inference {
    /// An actor opened a watch: it is a controller, or behaves like one.
    pub fn watches(&mut self, actor: &Arc<str>) {
        let at = self.actors.get(actor).map(|actor| actor.last).unwrap_or_default();
        self.actor(actor, at).watches = true;
    }

    /// An actor was shown an event.
    pub fn delivered(&mut self, seq: Seq, event: &NewOperation) {
        let Shown::Object(sight) = &event.shown else { return };
        let actor = self.actor(&event.actor, event.at);
        actor.watches = true;
        actor.deliver(Delivery::of(seq, event.at, sight));
    }

    /// An item of a list came: what a controller finds when it starts makes it run just as an event does.
    pub fn listed(&mut self, list: ListKey, sight: &Sight) {
        if self.listed.len() >= LISTED {
            self.listed.pop_front();
        }
        self.listed.push_back((list, Delivery::of(Seq::START, Timestamp(0), sight)));
    }

    /// A call ended; if it was a page of a list, its items are shown now.
    pub fn page(&mut self, seq: Seq, call: &NewOperation) {
        let Shown::List(page) = &call.shown else { return };
        let (shown, others) =
            std::mem::take(&mut self.listed).into_iter().partition::<VecDeque<_>, _>(|(list, _)| *list == page.list);
        self.listed = others;
        let actor = self.actor(&call.actor, call.at);
        for (_, delivery) in shown {
            actor.deliver(Delivery { seq, at: call.at, ..delivery });
        }
    }

    /// An actor made a call: the reconcile that begins with it, if one does, and the one that it belongs to.
    pub fn called(&mut self, call: &NewOperation) -> (Option<Event>, Option<SpanKey>) {
        let Some(target) = target_of(call) else { return (None, None) };
        let start = call.at.minus(call.duration);
        let next = FIRST_KEY + self.next;
        let actor = self.actor(&call.actor, call.at);
        if !actor.watches {
            return (None, None);
        }
        actor.deliveries.retain(|delivery| start.since(delivery.at) <= STALE);
        let sight = if let Shown::Object(sight) = &call.shown { Some(&**sight) } else { None };
        let owned_by = sight.map(owners).unwrap_or_default();
        let opens = !target.name.is_empty() && call.verb != Verb::List && !is_noise(&target);
        if let Some(open) = actor.open.iter_mut().find(|open| open.thing == target || owned_by.contains(&open.uid)) {
            let again = open.opening == (call.verb, target.clone()) || start.since(open.last) > PAUSE;
            let news = actor.deliveries.iter().any(|delivery| delivery.concerns(&open.thing, &open.uid));
            if !(opens && again && news) {
                open.last = open.last.max(call.at);
                return (None, Some(open.key));
            }
        }
        let uid = sight.map(|sight| sight.uid.clone()).unwrap_or_default();
        let cause = if opens { actor.cause(&target, &uid, &owned_by, start) } else { None };
        let (object, certainty) = match cause {
            Some(cause) => cause,
            None => {
                if let Some(open) = actor.open.iter_mut().max_by_key(|open| open.last) {
                    open.last = open.last.max(call.at);
                    return (None, Some(open.key));
                }
                if !opens {
                    return (None, None);
                }
                (
                    Object {
                        kind: call.target.kind.clone(),
                        kind_name: sight.map(|sight| sight.kind_name.clone()).unwrap_or_default(),
                        thing: target.clone(),
                        uid,
                    },
                    Certainty::Guess,
                )
            }
        };
        let triggers = actor.triggers(&object, certainty, start);
        let key = SpanKey(next);
        if actor.open.len() >= OPEN {
            // Nobody works on so many at once: the one longest quiet is given up without an end.
            let longest = actor.open.iter().enumerate().min_by_key(|(_, open)| open.last).map(|(at, _)| at);
            longest.map(|at| actor.open.swap_remove(at));
        }
        actor.open.push(Open {
            key,
            thing: object.thing.clone(),
            uid: object.uid.clone(),
            opening: (call.verb, target),
            last: call.at,
        });
        self.next += 1;
        (Some(object.begins(key, call, start, certainty, triggers)), Some(key))
    }

    /// What is over by now.
    pub fn quiet(&mut self, now: Timestamp) -> Vec<Event> {
        self.end_where(|open| now.since(open.last) > QUIET)
    }

    /// The end: everything is over.
    pub fn end(&mut self) -> Vec<Event> {
        self.end_where(|_| true)
    }

    /// The log tells a reconcile of this object: what was inferred of it ends.
    pub fn give_way(&mut self, span: &NewSpan) -> Option<Event> {
        for actor in self.actors.values_mut() {
            let same = |open: &Open| open.thing.namespace == span.namespace && open.thing.name == span.name;
            if let Some(at) = actor.open.iter().position(same) {
                return Some(actor.open.swap_remove(at).ends());
            }
        }
        None
    }

    /// The actor began anew.
    pub fn forget(&mut self, actor: &Arc<str>) {
        self.actors.remove(actor);
    }

    fn actor(&mut self, name: &Arc<str>, at: Timestamp) -> &mut Actor {
        if self.actors.len() >= ACTORS && !self.actors.contains_key(name) {
            let longest = self.actors.iter().min_by_key(|(_, actor)| actor.last).map(|(name, _)| name.clone());
            longest.and_then(|longest| self.actors.remove(&longest));
        }
        let actor = self.actors.entry(name.clone()).or_default();
        actor.last = at;
        actor
    }

    fn end_where(&mut self, over: impl Fn(&Open) -> bool) -> Vec<Event> {
        let mut ended = Vec::new();
        for actor in self.actors.values_mut() {
            let (gone, open): (Vec<Open>, Vec<Open>) = std::mem::take(&mut actor.open).into_iter().partition(&over);
            actor.open = open;
            ended.extend(gone);
        }
        ended.sort_by_key(|open| open.key);
        ended.into_iter().map(Open::ends).collect()
    }
}

/// What a reconcile is about.
struct Object {
    kind: Option<KindRef>,
    kind_name: Arc<str>,
    thing: Thing,
    uid: Arc<str>,
}

impl Object {
    fn of(delivery: &Delivery) -> Object {
        let (kind, kind_name) = (Some(delivery.kind.clone()), delivery.kind_name.clone());
        Object { kind, kind_name, thing: delivery.thing.clone(), uid: delivery.uid.clone() }
    }

    fn begins(self, key: SpanKey, call: &NewOperation, at: Timestamp, certainty: Certainty, triggers: Vec<NewTrigger>) -> Event {
        Event::SpanStarted(NewSpan {
            key,
            label: format!("inferred-{}", key.0 - FIRST_KEY + 1).into(),
            at,
            actor: call.actor.clone(),
            kind: self.kind,
            kind_name: self.kind_name,
            namespace: self.thing.namespace,
            name: self.thing.name,
            attempt: 1,
            inferred: Some(certainty),
            triggers,
        })
    }
}

impl Actor {
    fn deliver(&mut self, delivery: Delivery) {
        if self.deliveries.len() >= DELIVERIES {
            self.deliveries.pop_front();
        }
        self.deliveries.push_back(delivery);
    }

    /// What a call that begins a reconcile is about, by the newest delivery that explains it.
    fn cause(&self, target: &Thing, uid: &Arc<str>, owned_by: &[Arc<str>], start: Timestamp) -> Option<(Object, Certainty)> {
        let before = || self.deliveries.iter().rev().filter(|delivery| delivery.at <= start);
        if let Some(same) = before().find(|delivery| delivery.thing == *target) {
            return Some((Object::of(same), Certainty::Likely));
        }
        if let Some(owner) = before().find(|delivery| owned_by.contains(&delivery.uid)) {
            return Some((Object::of(owner), Certainty::Likely));
        }
        if let Some(owned) = before().find(|delivery| !uid.is_empty() && delivery.owners.contains(uid)) {
            let kind_name = Arc::from("");
            let kind = Some(KindRef {
                group: target.group.clone(),
                version: owned.kind.version.clone(),
                resource: target.resource.clone(),
            });
            return Some((Object { kind, kind_name, thing: target.clone(), uid: uid.clone() }, Certainty::Likely));
        }
        if self.open.is_empty() {
            let near = before().find(|delivery| start.since(delivery.at) <= QUIET)?;
            return Some((Object::of(near), Certainty::Guess));
        }
        None
    }

    /// The deliveries that made it run: taken, so that each explains one reconcile. Several coalesce into one.
    fn triggers(&mut self, object: &Object, certainty: Certainty, start: Timestamp) -> Vec<NewTrigger> {
        let mut triggers = Vec::new();
        self.deliveries.retain(|delivery| {
            let taken = delivery.at <= start && delivery.concerns(&object.thing, &object.uid);
            if taken {
                triggers.push(NewTrigger {
                    operation: Some(delivery.seq),
                    uid: delivery.uid.clone(),
                    resource_version: delivery.resource_version.clone(),
                    reason: "delivery".into(),
                    certainty,
                });
            }
            !taken
        });
        triggers
    }
}

impl Delivery {
    fn of(seq: Seq, at: Timestamp, sight: &Sight) -> Delivery {
        Delivery {
            seq,
            at,
            kind: sight.kind.clone(),
            kind_name: sight.kind_name.clone(),
            thing: thing_of(sight),
            uid: sight.uid.clone(),
            resource_version: sight.resource_version.clone(),
            owners: owners(sight),
        }
    }

    /// Whether it is news of the object, or of one that it owns.
    fn concerns(&self, thing: &Thing, uid: &Arc<str>) -> bool {
        self.thing == *thing || (!uid.is_empty() && self.owners.contains(uid))
    }
}

impl Open {
    fn ends(self) -> Event {
        let (error, requeue_after) = (Arc::from(""), None);
        Event::SpanEnded(SpanEnd { span: self.key, at: self.last, result: SpanResult::Unknown, error, requeue_after })
    }
}

fn thing_of(sight: &Sight) -> Thing {
    Thing {
        group: sight.kind.group.clone(),
        resource: sight.kind.resource.clone(),
        namespace: sight.namespace.clone(),
        name: sight.name.clone(),
    }
}

fn target_of(call: &NewOperation) -> Option<Thing> {
    let kind = call.target.kind.as_ref()?;
    let name = match &call.shown {
        Shown::Object(sight) if call.target.name.is_empty() => sight.name.clone(),
        _ => call.target.name.clone(),
    };
    Some(Thing { group: kind.group.clone(), resource: kind.resource.clone(), namespace: call.target.namespace.clone(), name })
}

/// Calls that every controller makes beside its reconciles: leader election, and the events it tells of.
fn is_noise(thing: &Thing) -> bool {
    matches!(&*thing.resource, "leases" | "events")
}

/// A body longer than this is not looked into for owners.
const LOOKED_INTO: usize = 256 * 1024;

/// The uids of an object's owners.
fn owners(sight: &Sight) -> Vec<Arc<str>> {
    #[derive(serde::Deserialize)]
    struct Outline {
        metadata: Metadata,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata {
        #[serde(default)]
        owner_references: Vec<Owner>,
    }
    #[derive(serde::Deserialize)]
    struct Owner {
        uid: String,
    }
    let Some(body) = &sight.body else { return Vec::new() };
    if body.cut || body.bytes.len() > LOOKED_INTO || memchr::memmem::find(&body.bytes, b"\"ownerReferences\"").is_none() {
        return Vec::new();
    }
    // What cannot be read names no owners.
    serde_json::from_slice::<Outline>(&body.bytes)
        .map(|outline| outline.metadata.owner_references.into_iter().take(16).map(|owner| owner.uid.into()).collect())
        .unwrap_or_default()
}
