//! Classes F and T: delete and recreate.
//!
//! The two incarnations are compared without the fields that the server allocates. Rolling restarts replace objects too, but
//! under new names (`generateName`), or because the owner's desired state changed in between. A person who deletes an object and
//! applies it again is no loop.

use super::detector::Detector;
use super::input::Input;
use super::keys::is_person;
use super::response_diff::compare;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::normalise::{Content, Leaf, Section, ValueClass, is_allocated};
use crate::tracker::{TrackedObject, Tracker};
use kuberewind_model::{Certainty, Duration, ObjectKey, Outcome, Seq, Timestamp, Verb};

const ROUNDS: u64 = 3;
/// Slower rounds are intended, for example an hourly job.
const SLOWEST: Duration = Duration(600_000_000_000);
/// Defaulted fields that are named.
const MAX_FIELDS: usize = 8;

#[derive(Default)]
pub(super) struct Recreate(Lru<u64, Run, 8_192>);

#[derive(Default)]
struct Run {
    /// The fingerprint of the deleted object's desired state.
    wanted: Option<u64>,
    /// The fingerprint of the latest incarnation's labels and annotations when it was created.
    labels: Option<u64>,
    /// The owner's desired state when the latest incarnation was created.
    owner: Option<u64>,
    deleted: Option<(Seq, Option<String>)>,
    rounds: u64,
    since: Timestamp,
    latest: Timestamp,
    operations: Vec<Seq>,
    actors: Vec<String>,
    /// The fields that the server filled in when it was created.
    defaulted: Vec<String>,
    finding_id: Option<FindingId>,
}

impl Detector for Recreate {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(object) = input.object else { return };
        let runs = &mut self.0;
        let key = name_of(&object.object.key);
        let write = input.operation.filter(|operation| operation.op.outcome == Outcome::Done);
        let deletes = write.filter(|operation| operation.op.verb == Verb::Delete && operation.op.subresource.is_empty());
        let gone = input.new.filter(|state| state.gone);
        if deletes.is_some() || gone.is_some() {
            let Some(wanted) = last_wanted(object) else { return };
            let run = runs.entry(key, Run::default);
            run.wanted = Some(wanted);
            let (seq, at) = deletes.map_or_else(
                || gone.map_or((Seq::START, Timestamp::default()), |state| (state.seq, state.at)),
                |operation| (operation.op.seq, operation.op.at),
            );
            // The delete call is better evidence than the delivery of the deletion.
            if deletes.is_some() || run.deleted.is_none() {
                run.deleted = Some((seq, deletes.map(|operation| operation.actor.to_string())));
            }
            if run.rounds == 0 {
                run.since = at;
            }
            return;
        }
        let creates = write.filter(|operation| operation.op.verb == Verb::Create && operation.op.subresource.is_empty());
        let Some(operation) = creates.filter(|_| !input.is_lease_or_event()) else { return };
        let (labels, owner) = (object.content.as_deref().map(labels), wanted_of_owner(object, input.tracker));
        let run = runs.entry(key, Run::default);
        let before = (std::mem::replace(&mut run.labels, labels), std::mem::replace(&mut run.owner, owner));
        let Some((deleted, deleter)) = run.deleted.take() else { return };
        let unchanged = (before.0.is_none() || before.0 == labels) && (before.1.is_none() || before.1 == owner);
        let same = unchanged && object.latest().is_some_and(|state| state.norm.is_some() && Some(state.wanted) == run.wanted);
        let slow = run.rounds > 0 && operation.op.at.since(run.latest) > SLOWEST;
        let by_person = is_person(&operation.actor) || deleter.as_deref().is_some_and(is_person);
        if !same || slow || by_person {
            *run = Run { labels, owner, ..Run::default() };
            return;
        }
        run.rounds += 1;
        run.latest = operation.op.at;
        run.operations.extend([deleted, operation.op.seq]);
        if let (true, Some(sent), Some(kept)) = (run.defaulted.is_empty(), input.sent, object.content.as_deref()) {
            run.defaulted = defaulted(sent, kept);
        }
        for actor in deleter.into_iter().chain([operation.actor.to_string()]) {
            if !run.actors.contains(&actor) && run.actors.len() < 8 {
                run.actors.push(actor);
            }
        }
        report(run, object, findings);
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}

fn name_of(key: &ObjectKey) -> u64 {
    let parts = [&key.group, &key.resource, &key.namespace, &key.name];
    parts.iter().fold(0, |hash, part| pair(hash, bytes(part.as_bytes())))
}

fn last_wanted(object: &TrackedObject) -> Option<u64> {
    object.history.iter().rev().find(|state| !state.gone && state.norm.is_some()).map(|state| state.wanted)
}

/// A fingerprint of labels and annotations. A template puts the time of a restart there.
fn labels(content: &Content) -> u64 {
    let of_metadata = |leaf: &&Leaf| {
        leaf.section == Section::Metadata
            && (content.is_within(leaf, &["metadata", "labels"]) || content.is_within(leaf, &["metadata", "annotations"]))
    };
    let exact = |leaf: &Leaf| leaf.class == ValueClass::Plain || leaf.class == ValueClass::Timestamp;
    let leaves = content.leaves.iter().filter(of_metadata).filter(|leaf| exact(leaf));
    leaves.fold(0, |sum: u64, leaf| sum.wrapping_add(pair(leaf.path, leaf.value)))
}

/// The desired state of the owner, if the recording knows it.
fn wanted_of_owner(object: &TrackedObject, tracker: &Tracker) -> Option<u64> {
    let owner = tracker.by_uid(object.content.as_ref()?.owner()?)?;
    tracker.object(owner)?.content.as_ref().map(|content| content.wanted)
}

/// The fields of the desired state that the request lacks and the server filled in, without those that it allocates for each object.
fn defaulted(sent: &Content, kept: &Content) -> Vec<String> {
    let paths = compare(sent, kept, Verb::Create, "").defaulted;
    let pointers = paths.into_iter().filter_map(|path| kept.pointer(path));
    let is_allocated = |pointer: &String| pointer.split('/').any(|segment| is_allocated(segment.as_bytes()));
    let mut fields: Vec<String> = pointers.filter(|pointer| !is_allocated(pointer)).collect();
    fields.sort_unstable();
    fields.truncate(MAX_FIELDS);
    fields
}

fn report(run: &mut Run, object: &TrackedObject, findings: &mut Findings) {
    let took = run.latest.since(run.since);
    if let Some(finding_id) = run.finding_id {
        let operations = std::mem::take(&mut run.operations);
        findings.update(finding_id, |finding| {
            operations.into_iter().for_each(|seq| finding.add_evidence(seq));
            finding.rounds = run.rounds;
            finding.set_pace(2, run.rounds, took);
        });
    } else if run.rounds >= ROUNDS {
        let (who, s) = (run.actors.join(" and "), if run.actors.len() == 1 { "s" } else { "" });
        let defaults = match run.defaulted.as_slice() {
            [] => String::new(),
            fields => format!("; the server fills in what the request lacks ({})", fields.join(", ")),
        };
        let sentence = format!("{who} delete{s} {} and recreate{s} it with the same content{defaults}", object.object);
        run.finding_id = findings.report(
            Finding::new(Class::Loops, Severity::Error, Certainty::Exact, sentence)
                .object(&object.object)
                .actors(&run.actors)
                .fields(run.defaulted.clone())
                .evidence(run.operations.drain(..))
                .rounds(run.rounds)
                .pace(2, run.rounds, took),
        );
    }
}
