//! Class F: delete and recreate.
//!
//! Rolling restarts replace objects too, but under new names (`generateName`), or once.

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::tracker::{TrackedObject, Tracker};
use kuberewind_model::{Certainty, Duration, ObjectKey, Outcome, Seq, Timestamp, Verb};

const ROUNDS: u64 = 3;
/// Slower rounds are intended, for example an hourly job.
const SLOWEST: Duration = Duration(600_000_000_000);

#[derive(Default)]
pub(super) struct Recreate(Lru<u64, Run, 8_192>);

#[derive(Default)]
struct Run {
    /// The fingerprint of the deleted object's desired state.
    wanted: Option<u64>,
    deleted: Option<(Seq, Option<String>)>,
    rounds: u64,
    since: Timestamp,
    latest: Timestamp,
    operations: Vec<Seq>,
    actors: Vec<String>,
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
        let (Some(operation), Some(run)) = (creates, runs.get(&key)) else { return };
        let Some((deleted, deleter)) = run.deleted.take() else { return };
        let same = object.latest().is_some_and(|state| state.norm.is_some() && Some(state.wanted) == run.wanted);
        let slow = run.rounds > 0 && operation.op.at.since(run.latest) > SLOWEST;
        if !same || slow {
            runs.remove(&key);
            return;
        }
        run.rounds += 1;
        run.latest = operation.op.at;
        run.operations.extend([deleted, operation.op.seq]);
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
        let sentence = format!("{who} delete{s} {} and recreate{s} it with the same content", object.object);
        run.finding_id = findings.report(
            Finding::new(Class::Loops, Severity::Error, Certainty::Exact, sentence)
                .object(&object.object)
                .actors(&run.actors)
                .evidence(run.operations.drain(..))
                .rounds(run.rounds)
                .pace(2, run.rounds, took),
        );
    }
}
