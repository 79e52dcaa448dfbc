//! Class S: churn under generated names.
//!
//! An owner's children are created, fail or are evicted, and are created again under new names. The wanted number is constant;
//! no name and no uid repeats. The children of a Job end well; a rollout replaces each child once. Nodes that come and go have
//! no owner.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use super::keys::is_person;
use super::server_words::quote;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::normalise::Content;
use crate::stream::OperationItem;
use crate::tracker::{TrackedObject, Tracker};
use kuberewind_model::{Certainty, Duration, ObjectId, Outcome, Seq, Timestamp, Verb};

const ENDS: u64 = 6;
/// A Job gives up after `backoffLimit` attempts, by default six.
const ENDS_OF_JOB: u64 = 12;
/// A Node that lived longer was scaled down.
const SHORT_LIFE: Duration = Duration(600_000_000_000);
/// Slower ends have separate reasons.
const SLOWEST: Duration = Duration(600_000_000_000);
const MAX_EVIDENCE: usize = 48;

#[derive(Default)]
pub(super) struct Churn {
    families: Lru<u64, Family, 2_048>,
    children: Lru<ObjectId, Child, 16_384>,
}

struct Child {
    family: u64,
    at: Timestamp,
    seq: Seq,
    ended: bool,
}

#[derive(Default)]
struct Family {
    owner: String,
    creator: Option<String>,
    created: u64,
    ends: u64,
    last_end: Timestamp,
    first_at: Timestamp,
    why: String,
    reporter: Option<String>,
    operations: VecDeque<Seq>,
    finding_id: Option<FindingId>,
}

/// The bad end of a child.
#[derive(Clone, Copy)]
struct End<'a> {
    at: Timestamp,
    seq: Seq,
    why: &'a str,
    reporter: Option<&'a str>,
}

impl Detector for Churn {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(object) = input.object.filter(|_| !input.is_lease_or_event()) else { return };
        let id = object.object.id;
        if let Some(operation) = input.operation.filter(|operation| is_create(operation)) {
            self.created(object, operation);
            return;
        }
        if self.children.peek(&id).is_none_or(|child| child.ended) {
            return;
        }
        if let Some(operation) = input.operation.filter(|operation| is_eviction(operation)) {
            let end = End { at: operation.op.at, seq: operation.op.seq, why: "evicted", reporter: Some(&operation.actor) };
            self.ended(object, end, input.tracker, findings);
            return;
        }
        let Some(state) = input.new else { return };
        let reporter = input.authored.and_then(|state| state.author.as_ref()).map(|author| &*author.name);
        if state.gone {
            let young = self.children.peek(&id).is_some_and(|child| state.at.since(child.at) <= SHORT_LIFE);
            if young && is_node(object) {
                let end = End { at: state.at, seq: state.seq, why: "deleted", reporter };
                self.ended(object, end, input.tracker, findings);
            }
        } else if let Some(why) = object.content.as_deref().and_then(failure) {
            self.ended(object, End { at: state.at, seq: state.seq, why: &why, reporter }, input.tracker, findings);
        }
    }

    fn forget(&mut self, _: &Tracker) {
        *self = Churn::default();
    }
}

fn is_create(operation: &OperationItem) -> bool {
    operation.op.verb == Verb::Create && operation.op.outcome == Outcome::Done && operation.op.subresource.is_empty()
}

fn is_eviction(operation: &OperationItem) -> bool {
    operation.op.verb == Verb::Create
        && operation.op.outcome == Outcome::Done
        && &*operation.op.subresource == "eviction"
        && !is_person(&operation.actor)
}

fn is_node(object: &TrackedObject) -> bool {
    &*object.object.key.resource == "nodes" && object.object.key.group.is_empty()
}

/// The reason and message of a failed Pod, or of another object with a failed phase.
fn failure(content: &Content) -> Option<String> {
    if content.string(&["status", "phase"]) != Some("Failed") {
        return None;
    }
    let reason = content.string(&["status", "reason"]).unwrap_or("Failed");
    Some(match content.string(&["status", "message"]) {
        Some(message) if !message.is_empty() => quote(&format!("{reason}: {message}")),
        _ => reason.to_owned(),
    })
}

impl Churn {
    fn created(&mut self, object: &TrackedObject, operation: &OperationItem) {
        let owner = object.content.as_ref().and_then(|content| content.owner());
        let kind = u64::from_ne_bytes(object.object.kind.0.to_ne_bytes());
        let key = match owner {
            Some(owner) => pair(kind, bytes(owner.as_bytes())),
            None if is_node(object) => pair(kind, 0),
            None => return,
        };
        let family = self.families.entry(key, || Family { owner: owner.unwrap_or("").to_owned(), ..Family::default() });
        if family.created == 0 {
            family.first_at = operation.op.at;
        }
        family.created += 1;
        family.creator = Some(operation.actor.to_string());
        let child = Child { family: key, at: operation.op.at, seq: operation.op.seq, ended: false };
        self.children.insert(object.object.id, child);
    }

    fn ended(&mut self, object: &TrackedObject, end: End<'_>, tracker: &Tracker, findings: &mut Findings) {
        let End { at, seq, why, reporter } = end;
        let Some(child) = self.children.get(&object.object.id) else { return };
        child.ended = true;
        let (key, created) = (child.family, child.seq);
        let Some(family) = self.families.get(&key) else { return };
        if family.ends > 0 && at.since(family.last_end) > SLOWEST {
            (family.ends, family.finding_id) = (0, None);
            family.operations.clear();
        }
        (family.ends, family.last_end) = (family.ends + 1, at);
        why.clone_into(&mut family.why);
        family.reporter = reporter.map(str::to_owned);
        family.operations.extend([created, seq]);
        while family.operations.len() > MAX_EVIDENCE {
            family.operations.pop_front();
        }
        report(family, object, seq, tracker, findings);
    }
}

fn report(family: &mut Family, object: &TrackedObject, seq: Seq, tracker: &Tracker, findings: &mut Findings) {
    let owner = tracker.by_uid(&family.owner).and_then(|id| tracker.object(id));
    let wanted = owner.map_or(1, wanted_number);
    let took = family.last_end.since(family.first_at);
    let kind = &object.object.kind_name;
    let owner_name = owner.map(|owner| owner.object.to_string());
    let label = owner_name.clone().unwrap_or_else(|| format!("{kind}/{}", object.object.key.namespace));
    let who = family.creator.as_deref().unwrap_or("an unrecorded writer");
    let reported = family.reporter.as_ref().map_or_else(String::new, |name| format!(", reported by {name}"));
    let sentence = format!(
        "{who} makes one {kind} after another{}, and each ends badly ({}{reported}): {} of {} although {wanted} is wanted",
        owner_name.map_or_else(String::new, |name| format!(" for {name}")),
        family.why,
        family.ends,
        family.created,
    );
    if let Some(finding_id) = family.finding_id {
        findings.update(finding_id, |finding| {
            finding.add_evidence(seq);
            finding.rounds = family.ends;
            finding.sentence = sentence;
            finding.set_pace(2, family.ends, took);
        });
        return;
    }
    let of_job = owner.is_some_and(|owner| &*owner.object.kind_name == "Job");
    let enough = if of_job { ENDS_OF_JOB } else { ENDS };
    if family.ends < enough.max(wanted.saturating_mul(2)) {
        return;
    }
    family.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, Certainty::Likely, sentence)
            .object(&label)
            .actors(family.creator.iter().chain(&family.reporter))
            .evidence(family.operations.iter().copied())
            .message(&family.why)
            .rounds(family.ends)
            .pace(2, family.ends, took),
    );
}

/// The number of children that the owner requests, 1 if it says nothing.
fn wanted_number(owner: &TrackedObject) -> u64 {
    let Some(content) = &owner.content else { return 1 };
    let number = |field: &str| content.number(&["spec", field]);
    ["replicas", "completions", "parallelism"].into_iter().filter_map(number).max().unwrap_or(1)
}
