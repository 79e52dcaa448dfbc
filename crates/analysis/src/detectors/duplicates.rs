//! Classes N and U: duplicates due to a stale cache.
//!
//! A reconcile creates a sibling for the same owner with the same content before the watch has delivered the first one to its
//! actor. Intended parallelism creates siblings together: in one reconcile, or without an observation of the owner in between
//! if no reconcile is recorded. A list after the create includes the created object. A delivered event is in the cache of its
//! process only some milliseconds later, so for that time it does not count as observed; then the owner must want no further
//! sibling.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::normalise::{Section, ValueClass};
use crate::stream::{Item, OperationItem};
use crate::tracker::{TrackedObject, Tracker};
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{ActorId, Certainty, Duration, KindId, ObjectId, Outcome, Seq, SpanId, Timestamp, Verb};

const MAX_WAITING: usize = 256;
/// From the delivery of an event until it is in the cache.
const LAG: Duration = Duration(50_000_000);

#[derive(Default)]
pub(super) struct Duplicates {
    /// By process, which owns the caches: created children that it has not observed.
    waiting: Lru<u64, VecDeque<Child>, 1_024>,
    open: Lru<(ActorId, u64), (Option<FindingId>, u64), 1_024>,
}

struct Child {
    object: ObjectId,
    kind: KindId,
    owner: Option<ObjectId>,
    /// True if the actor has observed the owner since.
    owner_observed: bool,
    /// The time of the watch event that delivered the child.
    delivered: Option<Timestamp>,
    family: u64,
    seq: Seq,
    span: Option<SpanId>,
    name: String,
}

impl Detector for Duplicates {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let waiting = &mut self.waiting;
        let (receiver, shown) = match input.item {
            Item::ListItem(item) => {
                let name = input.tracker.actor_name(item.actor);
                (name.map_or(0, |name| process(name)), item.observed.as_ref().map(|observed| observed.object.id))
            }
            Item::Operation(operation)
                if operation.op.verb.is_watch_event() || operation.op.verb == Verb::Delete || operation.op.verb == Verb::Get =>
            {
                (process(&operation.actor), operation.op.object)
            }
            Item::Operation(operation) if operation.op.verb == Verb::List => {
                if let (Some(children), Some(kind)) = (waiting.get(&process(&operation.actor)), operation.op.kind) {
                    children.retain(|child| child.kind != kind || child.seq > operation.op.started_after);
                }
                return;
            }
            Item::Operation(operation) if operation.op.verb == Verb::Create => return self.created(input, operation, findings),
            _ => return,
        };
        if let (Some(children), Some(object)) = (waiting.get(&receiver), shown) {
            let delivery = input.operation.filter(|operation| operation.op.verb == Verb::Added).map(|operation| operation.op.at);
            children.retain_mut(|child| {
                if child.object == object {
                    child.delivered = child.delivered.or(delivery);
                }
                child.object != object || delivery.is_some() && child.delivered == delivery
            });
            for child in children.iter_mut().filter(|child| child.owner == Some(object)) {
                child.owner_observed = true;
            }
        }
    }

    fn forget(&mut self, _: &Tracker) {
        *self = Duplicates::default();
    }
}

impl Duplicates {
    fn report(
        &mut self,
        key: (ActorId, u64),
        (first, name): (Seq, String),
        (object, operation): (&TrackedObject, &OperationItem),
        owner: &str,
        tracker: &Tracker,
        findings: &mut Findings,
    ) {
        if let Some((finding_id, count)) = self.open.get(&key) {
            *count += 1;
            let count = *count;
            if let Some(finding_id) = *finding_id {
                findings.update(finding_id, |finding| {
                    finding.add_evidence(operation.op.seq);
                    finding.rounds = count;
                });
            }
            return;
        }
        let sentence = format!(
            "{} creates {} although {name} already exists for the same owner, which it had not observed",
            operation.actor, object.object
        );
        let owner = tracker.by_uid(owner).and_then(|id| tracker.object(id));
        let finding_id = findings.report(
            Finding::new(Class::Races, Severity::Error, Certainty::Likely, sentence)
                .object(&object.object)
                .others(owner.map(|owner| owner.object.to_string()))
                .actors([&operation.actor])
                .evidence([first, operation.op.seq])
                .rounds(1),
        );
        self.open.insert(key, (finding_id, 1));
    }

    fn created(&mut self, input: &Input<'_>, operation: &OperationItem, findings: &mut Findings) {
        let whole = operation.op.outcome == Outcome::Done && operation.op.subresource.is_empty() && !input.is_lease_or_event();
        let Some((object, kind)) = input.object.zip(operation.op.kind).filter(|_| whole) else { return };
        let Some((content, owner)) = object.content.as_ref().and_then(|content| Some((content, content.owner()?))) else {
            return;
        };
        let kind_number = u64::from_ne_bytes(kind.0.to_ne_bytes());
        let family = pair(pair(kind_number, content.wanted), bytes(owner.as_bytes()));
        let children = self.waiting.entry(process(&operation.actor), VecDeque::new);
        let began = operation.began();
        children.retain(|child| child.delivered.is_none_or(|at| began.since(at) <= LAG));
        if let Some(first) = first_sibling(children, family, (object, operation), owner, input.tracker) {
            let pair = (first.seq, first.name.clone());
            self.report((operation.op.actor, family), pair, (object, operation), owner, input.tracker, findings);
        }
        let children = self.waiting.entry(process(&operation.actor), VecDeque::new);
        if children.len() >= MAX_WAITING {
            children.pop_front();
        }
        children.push_back(Child {
            object: object.object.id,
            kind,
            owner: input.tracker.by_uid(owner),
            owner_observed: false,
            delivered: None,
            family,
            seq: operation.op.seq,
            span: operation.op.span,
            name: object.object.to_string(),
        });
    }
}

/// A key of an actor's process.
fn process(actor: &str) -> u64 {
    bytes(process_of(actor).as_bytes())
}

/// The sibling that exists although the creator had not observed it.
fn first_sibling<'a>(
    children: &'a VecDeque<Child>,
    family: u64,
    (object, operation): (&TrackedObject, &OperationItem),
    owner: &str,
    tracker: &Tracker,
) -> Option<&'a Child> {
    let siblings = || children.iter().filter(|child| child.family == family);
    siblings().next()?;
    // A sibling that was delivered a moment ago may be one of several that are wanted.
    let (count, stated) = (siblings().count(), wanted_children(tracker, owner));
    let wanted = stated.unwrap_or(1);
    // An inferred reconcile may be two.
    let inferred = operation.op.span.and_then(|id| tracker.span(id)).is_some_and(|span| span.inferred.is_some());
    let generated = ValueClass::of(object.object.key.name.as_bytes()) == ValueClass::RandomSuffix;
    siblings().find(|child| match (child.delivered, child.span, operation.op.span) {
        (Some(_), _, _) if wanted > count => false,
        (None, _, _) if inferred && wanted > count => false,
        (Some(_), Some(_), Some(_)) if inferred => generated,
        // One reconcile creates more than the owner states that it wants.
        (Some(_), Some(before), Some(now)) if before == now => generated && stated.is_some(),
        (_, Some(before), Some(now)) => before != now,
        (Some(_), _, _) => generated,
        _ => child.owner_observed,
    })
}

/// The largest number in the owner's desired state, if there is one.
fn wanted_children(tracker: &Tracker, owner: &str) -> Option<usize> {
    let content = tracker.by_uid(owner).and_then(|id| tracker.object(id)).and_then(|owner| owner.content.as_ref());
    let numbers = content.into_iter().flat_map(|content| {
        let wanted = content.leaves.iter().filter(|leaf| leaf.section == Section::Wanted && leaf.number);
        wanted.filter_map(|leaf| content.value_text(leaf, 6).parse::<usize>().ok())
    });
    numbers.max().filter(|number| *number > 0)
}
