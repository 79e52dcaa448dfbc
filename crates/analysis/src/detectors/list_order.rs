//! Class Q: only the order of a list differs.
//!
//! A writer builds a list from an unordered map and writes it in another order each time. Watchers of the object, often
//! controllers of Kubernetes, follow each version; they are not named. A person may reorder a list once, and the order of a
//! list may have a meaning, so several consecutive versions must differ in nothing else.

use super::detector::Detector;
use super::input::Input;
use super::keys::family;
use super::unrecorded_writer;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker};
use kuberewind_model::{Certainty, ObjectId, Seq, Timestamp};

const ROUNDS: u64 = 5;
/// In the desired state an order may have a meaning.
const ROUNDS_OF_SPEC: u64 = 8;

#[derive(Default)]
pub(super) struct ListOrder(Lru<ObjectId, Run, 4_096>);

#[derive(Default)]
struct Run {
    lists: Vec<String>,
    rounds: u64,
    /// Versions in between with another change.
    others: u64,
    last: Seq,
    since: Timestamp,
    /// The writer, `None` while no call is known.
    writer: Option<String>,
    operations: Vec<Seq>,
    finding_id: Option<FindingId>,
}

impl Detector for ListOrder {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(object) = input.object else { return };
        let id = object.object.id;
        if let Some(state) = input.new {
            if state.reordered.is_empty() {
                if !self.0.is_empty() {
                    self.other(id, state);
                }
                return;
            }
            let run = self.0.entry(id, Run::default);
            if run.rounds == 0 {
                run.since = state.at;
            }
            state.reordered.iter().for_each(|list| {
                if !run.lists.contains(list) && run.lists.len() < 8 {
                    run.lists.push(list.clone());
                }
            });
            (run.rounds, run.last) = (run.rounds + 1, state.seq);
            if run.operations.len() < 64 {
                run.operations.push(state.seq);
            }
        }
        if self.0.is_empty() {
            return;
        }
        let Some(run) = self.0.get(&id).filter(|run| run.rounds > 0) else { return };
        if let Some(author) = input.authored.filter(|state| !state.reordered.is_empty()).and_then(|state| state.author.as_ref()) {
            let writer = family(&author.name);
            if run.writer.as_ref().is_some_and(|known| *known != writer) {
                // Another writer reorders the list as well. That is a fight, which another detector reports.
                self.0.remove(&id);
                return;
            }
            run.writer = Some(writer);
        } else if input.new.is_none() {
            return;
        }
        report(run, object, findings);
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|object, _| tracker.object(*object).is_some());
    }
}

impl ListOrder {
    /// A version with another change. A few in between do not end the run.
    fn other(&mut self, id: ObjectId, state: &TrackedVersion) {
        let changed = state.gone || state.changes.as_ref().is_none_or(|changes| !changes.is_empty());
        let Some(run) = self.0.get(&id).filter(|_| changed) else { return };
        run.others += 1;
        if run.others * 2 > run.rounds {
            self.0.remove(&id);
        }
    }
}

fn report(run: &mut Run, object: &TrackedObject, findings: &mut Findings) {
    let took = object.latest().map_or_else(Default::default, |state| state.at.since(run.since));
    if let Some(finding_id) = run.finding_id {
        findings.update(finding_id, |finding| {
            finding.add_evidence(run.last);
            finding.rounds = run.rounds;
            finding.set_pace(1, run.rounds.saturating_sub(1), took);
        });
        return;
    }
    let in_spec = run.lists.iter().all(|list| !list.starts_with("/status"));
    if run.rounds < if in_spec { ROUNDS_OF_SPEC } else { ROUNDS } {
        return;
    }
    let who = run.writer.clone().or_else(|| unrecorded_writer::owner(object, &run.lists[0]));
    let sentence = format!(
        "{} writes {} again and again, and only the order of the list {} differs",
        who.as_deref().unwrap_or("an unrecorded writer"),
        object.object,
        run.lists.join(", ")
    );
    let certainty = if run.writer.is_some() { Certainty::Exact } else { Certainty::Likely };
    run.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, certainty, sentence)
            .object(&object.object)
            .actors(who)
            .fields(run.lists.clone())
            .evidence(run.operations.drain(..))
            .rounds(run.rounds)
            .pace(1, run.rounds.saturating_sub(1), took),
    );
}
