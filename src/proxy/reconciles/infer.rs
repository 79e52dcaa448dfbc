//! Inferring reconciles from the traffic alone.
//!
//! What a controller does looks like this from outside: a watch event is delivered to it; then a burst of calls about that object, or about
//! objects that it owns; then quiet. Inference follows that, live and with bounded memory, and says how sure it is: *likely* where an
//! event and the call are about the same object or about owner and owned, *guess* where only the time speaks for it.
//! Actors that never watch (people with kubectl, scripts) have no reconciles. Only of the recorded program it is expected that it will
//! watch: some make their first calls while the watch is still being opened.
//!
//! A reconcile that the log names without telling it from beginning to end is followed in the same way, under the log's name: else one
//! whose end nobody tells would go on for ever and take every later call for its own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::keys::Account;
use super::things::{Delivery, Thing, is_noise, owners, target_of};
use super::told::Told;
use kuberewind_model::{
    Certainty, Duration, Event, KindRef, ListKey, NewOperation, NewSpan, NewTrigger, Observation, Observations, Seq, SpanEnd,
    SpanKey, SpanResult, Timestamp, Verb,
};

/// A reconcile is over after this much quiet.
const QUIET: Duration = Duration(1_000_000_000);
/// One whose beginning the log told may be at work on something else than calls: so much quiet is borne.
const PATIENCE: Duration = Duration(60_000_000_000);
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

/// A reconcile that runs, as far as anybody knows.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) key: SpanKey,
    pub(super) thing: Thing,
    pub(super) uid: Arc<str>,
    /// The call that it began with, where that is known.
    pub(super) opening: Option<(Verb, Thing)>,
    pub(super) start: Timestamp,
    pub(super) last: Timestamp,
    /// What the log says of it.
    pub(super) told: Told,
    /// Quiet for long, but not told to have ended: it may be heard of again.
    pub(super) dormant: bool,
}

/// Who makes calls.
#[derive(Debug, Default)]
pub(super) struct Actor {
    pub(super) watches: bool,
    /// Whether anything went over the wire by this name; the log may know another.
    pub(super) heard: bool,
    pub(super) deliveries: VecDeque<Delivery>,
    pub(super) open: Vec<Open>,
    /// Whether the log tells when its reconciles begin: then a call that nothing explains is in none.
    pub(super) told: bool,
    last: Timestamp,
}

/// What is being inferred, for all actors.
#[derive(Debug, Default)]
pub struct Inference {
    pub(super) actors: HashMap<Arc<str>, Actor>,
    /// Items of lists whose pages have not ended.
    listed: VecDeque<(ListKey, Delivery)>,
    /// Who is expected to watch what it lists.
    pub(super) expected: Option<Arc<str>>,
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
        let Observations::Object(sight) = &event.observations else { return };
        let actor = self.actor(&event.actor, event.at);
        actor.watches = true;
        actor.deliver(Delivery::of(seq, event.at, sight));
    }

    /// An item of a list came: what a controller finds when it starts makes it run just as an event does.
    pub fn listed(&mut self, list: ListKey, sight: &Observation) {
        if self.listed.len() >= LISTED {
            self.listed.pop_front();
        }
        self.listed.push_back((list, Delivery::of(Seq::START, Timestamp(0), sight)));
    }

    /// A call ended; if it was a page of a list, its items are shown now.
    pub fn page(&mut self, seq: Seq, call: &NewOperation) {
        let Observations::List(page) = &call.observations else { return };
        let (shown, others) =
            std::mem::take(&mut self.listed).into_iter().partition::<VecDeque<_>, _>(|(list, _)| *list == page.list);
        self.listed = others;
        let expected = self.expected.as_ref() == Some(&call.actor);
        let actor = self.actor(&call.actor, call.at);
        actor.watches |= expected;
        for (_, delivery) in shown {
            actor.deliver(Delivery { seq, at: call.at, ..delivery });
        }
    }

    /// An actor made a call: the reconcile that it belongs to, and what it tells: that this one begins with it, and the one before ended.
    pub fn called(&mut self, call: &NewOperation) -> (Vec<Event>, Option<SpanKey>) {
        let nothing = |key| (Vec::new(), key);
        let Some(target) = target_of(call) else { return nothing(None) };
        let start = call.at.minus(call.duration);
        let key = Account::Inferred.key(self.next + 1);
        let actor = self.actor(&call.actor, call.at);
        if !actor.watches {
            return nothing(None);
        }
        actor.deliveries.retain(|delivery| start.since(delivery.at) <= STALE);
        let sight = if let Observations::Object(sight) = &call.observations { Some(&**sight) } else { None };
        let owned_by = sight.map(owners).unwrap_or_default();
        let opens = !target.name.is_empty() && call.verb != Verb::List && !is_noise(&target);
        if let Some(key) = actor.goes_on(call, &target, &owned_by, start, opens) {
            return nothing(Some(key));
        }
        let uid = sight.map(|sight| sight.uid.clone()).unwrap_or_default();
        let cause = if opens { actor.cause(&target, &uid, &owned_by, start) } else { None };
        let (object, certainty) = match cause {
            Some(cause) => cause,
            None => {
                if let Some(open) = actor.awake().max_by_key(|open| open.last) {
                    return nothing(Some(open.joined(call, &target)));
                }
                if !opens || actor.told {
                    return nothing(None);
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
        let mut told = actor.supersede(&object.thing);
        actor.begin(Open {
            key,
            thing: object.thing.clone(),
            uid: object.uid.clone(),
            opening: Some((call.verb, target)),
            start,
            last: call.at,
            told: Told::Nothing,
            dormant: false,
        });
        self.next += 1;
        told.push(object.begins(key, call, start, certainty, triggers));
        (told, Some(key))
    }

    /// What is over by now. What the log may speak of again is kept in mind.
    pub fn quiet(&mut self, now: Timestamp) -> Vec<Event> {
        let mut ended = Vec::new();
        for open in self.actors.values_mut().flat_map(|actor| &mut actor.open) {
            let patience = if open.told == Told::Beginning { PATIENCE } else { QUIET };
            if !open.dormant && now.since(open.last) > patience {
                open.dormant = true;
                ended.push((open.key, open.ends()));
            }
        }
        if !ended.is_empty() {
            self.actors.values_mut().for_each(|actor| actor.open.retain(|open| !open.dormant || open.told != Told::Nothing));
        }
        in_order(ended)
    }

    /// The end: everything is over.
    pub fn end(&mut self) -> Vec<Event> {
        let open = self.actors.values_mut().flat_map(|actor| std::mem::take(&mut actor.open));
        in_order(open.filter(|open| !open.dormant).map(|open| (open.key, open.ends())).collect())
    }

    /// The actor began anew.
    pub fn forget(&mut self, actor: &Arc<str>) {
        self.actors.remove(actor);
    }

    pub(super) fn actor(&mut self, name: &Arc<str>, at: Timestamp) -> &mut Actor {
        if self.actors.len() >= ACTORS && !self.actors.contains_key(name) {
            let longest = self.actors.iter().min_by_key(|(_, actor)| actor.last).map(|(name, _)| name.clone());
            longest.and_then(|longest| self.actors.remove(&longest));
        }
        let actor = self.actors.entry(name.clone()).or_default();
        actor.last = at;
        actor.heard = true;
        actor
    }
}

/// Ends of several reconciles, by their numbers.
fn in_order(mut ended: Vec<(SpanKey, Event)>) -> Vec<Event> {
    ended.sort_by_key(|(key, _)| *key);
    ended.into_iter().map(|(_, event)| event).collect()
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
            label: format!("inferred-{}", Account::number(key)).into(),
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

    /// Those that run, but for the dormant ones.
    fn awake(&mut self) -> impl Iterator<Item = &mut Open> {
        self.open.iter_mut().filter(|open| !open.dormant)
    }

    /// The reconcile of this very object that goes on with a call; `None` where the call may begin the next one.
    fn goes_on(
        &mut self,
        call: &NewOperation,
        target: &Thing,
        owned_by: &[Arc<str>],
        start: Timestamp,
        opens: bool,
    ) -> Option<SpanKey> {
        let deliveries = &self.deliveries;
        let mut awake = self.open.iter_mut().filter(|open| !open.dormant);
        let open = awake.find(|open| open.thing == *target || owned_by.contains(&open.uid))?;
        let again = open.opening.as_ref() == Some(&(call.verb, target.clone())) || start.since(open.last) > PAUSE;
        let news = deliveries.iter().any(|delivery| !delivery.doubtful && delivery.concerns(&open.thing, &open.uid));
        // Of one whose beginning the log told, the next one's would have been told too.
        let anew = opens && again && news && open.told != Told::Beginning;
        (!anew).then(|| open.joined(call, target))
    }

    /// No controller reconciles an object twice at once: what was inferred of it before is over when the next one begins.
    fn supersede(&mut self, thing: &Thing) -> Vec<Event> {
        let before = self.open.extract_if(.., |open| open.told == Told::Nothing && open.thing == *thing);
        in_order(before.map(|open| (open.key, open.ends())).collect())
    }

    /// One more runs.
    pub(super) fn begin(&mut self, open: Open) {
        if self.open.len() >= OPEN {
            // Nobody works on so many at once: the one longest quiet is given up without an end.
            let longest = self.open.iter().enumerate().min_by_key(|(_, open)| open.last).map(|(at, _)| at);
            longest.map(|at| self.open.swap_remove(at));
        }
        self.open.push(open);
    }

    /// What a call that begins a reconcile is about, by the newest delivery that explains it.
    fn cause(&self, target: &Thing, uid: &Arc<str>, owned_by: &[Arc<str>], start: Timestamp) -> Option<(Object, Certainty)> {
        let before = || self.deliveries.iter().rev().filter(|delivery| delivery.at <= start && !delivery.doubtful);
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
        if self.open.iter().all(|open| open.dormant) {
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

impl Open {
    /// A call belongs to it.
    fn joined(&mut self, call: &NewOperation, target: &Thing) -> SpanKey {
        self.last = self.last.max(call.at);
        self.opening.get_or_insert_with(|| (call.verb, target.clone()));
        self.key
    }

    pub(super) fn ends(&self) -> Event {
        let (error, requeue_after) = (Arc::from(""), None);
        Event::SpanEnded(SpanEnd { span: self.key, at: self.last, result: SpanResult::Unknown, error, requeue_after })
    }
}
