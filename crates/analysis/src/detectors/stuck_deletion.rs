//! Class R: a deletion that never ends.
//!
//! An object has a deletionTimestamp, and no actor removes a finalizer. The actor that must remove it is the one that added it.
//! Its failing calls or reconciles since then say why it does not. A Namespace waits for the objects in it and is reported with
//! them. Foreground deletion waits for dependents, and a grace period has no finalizer: neither is reported.

use std::collections::VecDeque;

use serde_json::Value;

use super::detector::Detector;
use super::failing_reconcile::subject;
use super::input::Input;
use super::keys::family;
use super::server_words::{Failure, quote};
use super::unrecorded_writer;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::lru::Lru;
use crate::stream::{Item, OperationItem};
use crate::tracker::{TrackedObject, Tracker};
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{Certainty, Duration, ObjectId, Seq, Span, SpanResult, Timestamp};

/// A deletion may take this long without other evidence.
const LONG: Duration = Duration(60_000_000_000);
/// With this many failures of the responsible actor, a shorter time is enough.
const FAILURES: u64 = 5;
const SHORT: Duration = Duration(10_000_000_000);
const MAX_FAILURES: usize = 8;
const REPORTED: usize = 20;

#[derive(Default)]
pub(super) struct StuckDeletion {
    dying: Lru<ObjectId, Dying, 2_048>,
    /// The actors that added the finalizers of an object.
    adders: Lru<ObjectId, String, 8_192>,
    /// The calls of an actor that failed last.
    failures: Lru<String, VecDeque<(Failure, Option<ObjectId>)>, 256>,
    /// Failed reconciles by object, with their actor.
    reconciles: Lru<String, (String, Failure), 1_024>,
}

struct Dying {
    since: Timestamp,
    seq: Seq,
    deleter: Option<String>,
}

impl Detector for StuckDeletion {
    fn handle(&mut self, input: &Input<'_>, _: &mut Findings) {
        if let Item::SpanEnded(span) = input.item {
            self.reconciled(span, input.tracker);
        }
        if let Some(operation) = input.operation.filter(|operation| operation.is_failure() && !operation.op.verb.is_watch_event())
        {
            self.failed(operation);
        }
        let Some(object) = input.object else { return };
        let id = object.object.id;
        if let Some(state) = input.new {
            if state.gone {
                self.dying.remove(&id);
                self.adders.remove(&id);
            } else if object.content.as_ref().is_some_and(|content| content.is_deleting) && self.dying.peek(&id).is_none() {
                self.dying.insert(id, Dying { since: state.at, seq: state.seq, deleter: None });
            }
        }
        let Some((state, author)) = input.authored.and_then(|state| Some((state, state.author.as_ref()?))) else { return };
        if let Some(dying) = self.dying.get(&id).filter(|dying| dying.seq == state.seq || dying.seq == author.seq) {
            dying.deleter = Some(author.name.to_string());
        }
        let Some(content) = &object.content else { return };
        let first = state.changes.is_none() && author.verb == kuberewind_model::Verb::Create;
        let added = state.changes.iter().flat_map(|changes| changes.iter()).any(|change| {
            change.before == 0
                && content.leaf(change.path).is_some_and(|leaf| content.is_within(leaf, &["metadata", "finalizers"]))
        });
        if added || first && content.leaves.iter().any(|leaf| content.is_within(leaf, &["metadata", "finalizers"])) {
            self.adders.insert(id, author.name.to_string());
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.dying.retain(|object, _| tracker.object(*object).is_some());
        self.adders.retain(|object, _| tracker.object(*object).is_some());
        self.failures.clear();
        self.reconciles.clear();
    }

    fn end(&self, tracker: &Tracker, findings: &mut Findings) {
        let mut stuck: Vec<Stuck<'_>> = self.dying.iter().filter_map(|(id, dying)| self.stuck(*id, dying, tracker)).collect();
        stuck.sort_by_key(|one| one.dying.seq);
        let (namespaces, objects): (Vec<_>, Vec<_>) = stuck.into_iter().partition(Stuck::is_namespace);
        for one in objects.iter().take(REPORTED) {
            let waiting = namespaces.iter().find(|namespace| namespace.object.object.key.name == one.object.object.key.namespace);
            self.report(one, waiting, tracker, findings);
        }
        let waits_for_known = |namespace: &&Stuck<'_>| {
            objects.iter().any(|one| one.object.object.key.namespace == namespace.object.object.key.name)
        };
        for namespace in namespaces.iter().filter(|namespace| !waits_for_known(namespace)).take(REPORTED) {
            self.report(namespace, None, tracker, findings);
        }
    }
}

/// An object that is not gone although it should be.
struct Stuck<'a> {
    dying: &'a Dying,
    object: &'a TrackedObject,
    finalizers: Vec<String>,
    /// The messages of the conditions of a Namespace.
    conditions: Vec<String>,
    responsible: Option<String>,
    why: Option<(&'a Failure, Option<ObjectId>)>,
}

impl Stuck<'_> {
    fn is_namespace(&self) -> bool {
        self.object.object.key.resource.as_ref() == "namespaces" && self.object.object.key.group.is_empty()
    }
}

impl StuckDeletion {
    fn reconciled(&mut self, span: &Span, tracker: &Tracker) {
        let Some(actor) = tracker.actor_name(span.actor) else { return };
        let key = subject(span);
        if span.result != SpanResult::Error {
            self.reconciles.remove(&key);
            return;
        }
        let seq = span.ended_after.unwrap_or(span.started_after);
        let call = format!("its reconcile by {actor}");
        let (_, failure) = self.reconciles.entry(key, || (actor.to_string(), Failure::new(&call, 0)));
        failure.again(&span.error, seq);
    }

    fn failed(&mut self, operation: &OperationItem) {
        let failures = self.failures.entry(family(&operation.actor), VecDeque::new);
        let call = format!("{} of {}", operation.op.verb, operation.subject());
        if let Some((known, _)) = failures.iter_mut().find(|(known, _)| known.status == operation.op.status && known.call == call)
        {
            known.again(&operation.op.error, operation.op.seq);
            return;
        }
        if failures.len() >= MAX_FAILURES {
            failures.pop_front();
        }
        let mut failure = Failure::new(&call, operation.op.status);
        failure.again(&operation.op.error, operation.op.seq);
        failures.push_back((failure, operation.op.object));
    }

    fn stuck<'a>(&'a self, id: ObjectId, dying: &'a Dying, tracker: &'a Tracker) -> Option<Stuck<'a>> {
        let object = tracker.object(id).filter(|object| object.latest().is_some_and(|state| !state.gone))?;
        let content: Value = serde_json::from_str(&object.content.as_ref()?.text).ok()?;
        let list = |pointer: &str| -> Vec<String> {
            let items = content.pointer(pointer).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut finalizers = list("/metadata/finalizers");
        finalizers.retain(|name| name != "foregroundDeletion" && name != "orphan");
        let mut conditions = Vec::new();
        if &*object.object.key.resource == "namespaces" {
            finalizers.extend(list("/spec/finalizers"));
            conditions = namespace_conditions(&content);
        }
        if finalizers.is_empty() {
            return None;
        }
        let responsible = self.adders.peek(&id).cloned().or_else(|| unrecorded_writer::owner(object, "/metadata/finalizers/0"));
        let why = responsible.as_deref().and_then(|actor| self.failure_of(actor, object, dying));
        let age = tracker.now().since(dying.since);
        let fails = why.is_some_and(|(failure, _)| failure.count >= FAILURES) && age >= SHORT;
        (age >= LONG || fails).then_some(Stuck { dying, object, finalizers, conditions, responsible, why })
    }

    /// The failure since the deletion that explains why the actor does not remove its finalizer.
    fn failure_of(&self, actor: &str, object: &TrackedObject, dying: &Dying) -> Option<(&Failure, Option<ObjectId>)> {
        let reconcile = self.reconciles.peek(&object.object.to_string());
        // The finalizer of another operator is not this one's to remove.
        let own = reconcile.filter(|(by, failure)| failure.last >= dying.seq && process_of(by) == process_of(actor));
        if let Some((_, failure)) = own {
            return Some((failure, None));
        }
        let failures = self.failures.peek(&family(actor))?.iter().filter(|(failure, _)| failure.last >= dying.seq);
        failures.max_by_key(|(failure, _)| failure.count).map(|(failure, object)| (failure, *object))
    }

    fn report(&self, stuck: &Stuck<'_>, waiting: Option<&Stuck<'_>>, tracker: &Tracker, findings: &mut Findings) {
        let age = Duration::from_millis(tracker.now().since(stuck.dying.since).as_millis() / 1_000 * 1_000);
        let deleter = stuck.dying.deleter.as_ref().map_or_else(String::new, |name| format!(" by {name}"));
        let s = if stuck.finalizers.len() == 1 { "" } else { "s" };
        let mut sentence = format!(
            "{} is being deleted{deleter} for {age} and does not go: no actor removes the finalizer{s} {}",
            stuck.object.object,
            stuck.finalizers.join(", ")
        );
        let mut message = String::new();
        if let Some(actor) = &stuck.responsible {
            sentence.push_str(&format!(", which {actor} added"));
        }
        let mut evidence = vec![stuck.dying.seq];
        if let Some((failure, object)) = stuck.why {
            message = quote(&failure.message);
            let status = if failure.status == 0 { String::new() } else { format!(" with {}", failure.status) };
            let times = if failure.count == 1 { "time" } else { "times" };
            sentence.push_str(&format!("; {} fails{status} ({} {times}): {message}", failure.call, failure.count));
            evidence.push(failure.last);
            if let Some((deleter, seq)) = object.and_then(|id| tracker.object(id)).and_then(deleted_by) {
                sentence.push_str(&format!("; {deleter} had deleted it before ({seq})"));
                evidence.push(seq);
            }
        }
        if let Some(namespace) = waiting {
            sentence.push_str(&format!("; {} waits for it", namespace.object.object));
            evidence.push(namespace.dying.seq);
        }
        if let Some(condition) = stuck.conditions.first() {
            sentence.push_str(&format!("; its condition says: {condition}"));
        }
        let certainty = if self.adders.peek(&stuck.object.object.id).is_some() { Certainty::Exact } else { Certainty::Likely };
        evidence.sort_unstable();
        findings.report(
            Finding::new(Class::Loops, Severity::Error, certainty, sentence)
                .object(&stuck.object.object)
                .actors(stuck.responsible.iter())
                .fields(vec!["/metadata/finalizers".to_owned()])
                .evidence(evidence)
                .message(&message),
        );
    }
}

/// The actor that deleted an object which is gone, and its call.
fn deleted_by(object: &TrackedObject) -> Option<(String, Seq)> {
    let gone = object.history.iter().rev().find(|state| state.gone && state.author.is_some())?;
    gone.author.as_ref().map(|author| (author.name.to_string(), author.seq))
}

/// The messages of the conditions that say what a Namespace waits for.
fn namespace_conditions(content: &Value) -> Vec<String> {
    let conditions = content.pointer("/status/conditions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let text = |condition: &Value, key: &str| condition.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let says = |condition: &&Value| {
        text(condition, "status") == "True" && matches!(&*text(condition, "type"), kind if kind.starts_with("Namespace"))
    };
    conditions.iter().filter(says).map(|condition| quote(&text(condition, "message"))).filter(|words| !words.is_empty()).collect()
}
