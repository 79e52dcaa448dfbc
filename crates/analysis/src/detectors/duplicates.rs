//! Class N: duplicates due to a stale cache.
//!
//! A reconcile creates a sibling for the same owner with the same content before the watch has delivered the first one to its
//! actor. Intended parallelism creates siblings together: in one reconcile, or without an observation of the owner in between
//! if no reconcile is recorded. A list after the create includes the created object.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::stream::{Item, OperationItem};
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, KindId, ObjectId, Outcome, Seq, SpanId, Verb};

const MAX_WAITING: usize = 64;

#[derive(Default)]
pub(super) struct Duplicates {
    /// By actor: created children that it has not observed.
    waiting: Lru<ActorId, VecDeque<Child>, 1_024>,
    open: Lru<(ActorId, u64), (Option<FindingId>, u64), 1_024>,
}

struct Child {
    object: ObjectId,
    kind: KindId,
    owner: Option<ObjectId>,
    /// True if the actor has observed the owner since.
    owner_observed: bool,
    family: u64,
    seq: Seq,
    span: Option<SpanId>,
    name: String,
}

impl Detector for Duplicates {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let waiting = &mut self.waiting;
        let (actor, shown) = match input.item {
            Item::ListItem(item) => (item.actor, item.observed.as_ref().map(|observed| observed.object.id)),
            Item::Operation(operation)
                if operation.op.verb.is_watch_event() || operation.op.verb == Verb::Delete || operation.op.verb == Verb::Get =>
            {
                (operation.op.actor, operation.op.object)
            }
            Item::Operation(operation) if operation.op.verb == Verb::List => {
                if let (Some(children), Some(kind)) = (waiting.get(&operation.op.actor), operation.op.kind) {
                    children.retain(|child| child.kind != kind || child.seq > operation.op.started_after);
                }
                return;
            }
            Item::Operation(operation) if operation.op.verb == Verb::Create => return self.created(input, operation, findings),
            _ => return,
        };
        if let (Some(children), Some(object)) = (waiting.get(&actor), shown) {
            children.retain(|child| child.object != object);
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
    fn created(&mut self, input: &Input<'_>, operation: &OperationItem, findings: &mut Findings) {
        let whole = operation.op.outcome == Outcome::Done && operation.op.subresource.is_empty() && !input.is_lease_or_event();
        let Some((object, kind)) = input.object.zip(operation.op.kind).filter(|_| whole) else { return };
        let Some((content, owner)) = object.content.as_ref().and_then(|content| Some((content, content.owner()?))) else {
            return;
        };
        let kind_number = u64::from_ne_bytes(kind.0.to_ne_bytes());
        let family = pair(pair(kind_number, content.wanted), bytes(owner.as_bytes()));
        let waiting = &mut self.waiting;
        let children = waiting.entry(operation.op.actor, VecDeque::new);
        let reconciled_again = |child: &&Child| match (child.span, operation.op.span) {
            (Some(before), Some(now)) => before != now,
            _ => child.owner_observed,
        };
        let first = children.iter().find(|child| child.family == family && reconciled_again(child));
        if let Some(first) = first {
            let key = (operation.op.actor, family);
            let open = &mut self.open;
            if let Some((finding_id, count)) = open.get(&key) {
                *count += 1;
                let count = *count;
                if let Some(finding_id) = *finding_id {
                    findings.update(finding_id, |finding| {
                        finding.add_evidence(operation.op.seq);
                        finding.rounds = count;
                    });
                }
            } else {
                let sentence = format!(
                    "{} creates {} although {} already exists for the same owner, which it had not observed",
                    operation.actor, object.object, first.name
                );
                let finding_id = findings.report(
                    Finding::new(Class::Races, Severity::Error, Certainty::Likely, sentence)
                        .object(&object.object)
                        .actors([&operation.actor])
                        .evidence([first.seq, operation.op.seq])
                        .rounds(1),
                );
                open.insert(key, (finding_id, 1));
            }
        }
        if children.len() >= MAX_WAITING {
            children.pop_front();
        }
        children.push_back(Child {
            object: object.object.id,
            kind,
            owner: input.tracker.by_uid(owner),
            owner_observed: false,
            family,
            seq: operation.op.seq,
            span: operation.op.span,
            name: object.object.to_string(),
        });
    }
}
