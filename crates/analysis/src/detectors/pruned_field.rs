//! Class E: a field that the schema prunes.
//!
//! The field is in every request of the writer and in no response. After a change of the schema this happens once, which is
//! not reported.

use super::detector::Detector;
use super::input::Input;
use super::response_diff::compare;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, ObjectId, Seq, Shape};

const ROUNDS: u64 = 3;

#[derive(Default)]
pub(super) struct PrunedField(Lru<(ActorId, ObjectId), Run, 4_096>);

#[derive(Default)]
struct Run {
    paths: Vec<u64>,
    operations: Vec<Seq>,
    rounds: u64,
    finding_id: Option<FindingId>,
}

impl Detector for PrunedField {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(operation), Some(object), Some(sent)) = (input.operation, input.object, input.sent) else { return };
        let answered = operation
            .observed
            .as_ref()
            .zip(object.latest())
            // A reconstructed version is not what the server answered.
            .is_some_and(|(observed, latest)| observed.version.rank == latest.rank && observed.version.shape == Shape::Full);
        let Some(kept) = object.content.as_ref().filter(|_| answered && operation.is_done_write()) else { return };
        let mut pruned = compare(sent, kept, operation.op.verb, &operation.op.subresource).pruned;
        let runs = &mut self.0;
        let run = runs.entry((operation.op.actor, object.object.id), Run::default);
        if run.rounds > 0 {
            pruned.retain(|path| run.paths.contains(path));
        }
        if pruned.is_empty() {
            *run = Run::default();
            return;
        }
        run.paths = pruned;
        run.rounds += 1;
        run.operations.push(operation.op.seq);
        if let Some(finding_id) = run.finding_id {
            run.operations.clear();
            findings.update(finding_id, |finding| {
                finding.add_evidence(operation.op.seq);
                finding.rounds = run.rounds;
            });
            return;
        }
        if run.rounds < ROUNDS {
            return;
        }
        let mut fields: Vec<String> = run.paths.iter().take(8).filter_map(|path| sent.pointer(*path)).collect();
        // Write-only by design: a Secret's stringData and the directives of a strategic merge patch.
        fields.retain(|field| !field.starts_with("/stringData") && !field.contains("/$"));
        if fields.is_empty() {
            return;
        }
        fields.sort();
        let sentence = format!(
            "{} sends {} to {} in every write and the server drops it: the field is not in the schema",
            operation.actor,
            fields.join(", "),
            object.object
        );
        run.finding_id = findings.report(
            Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence)
                .object(&object.object)
                .actors([&operation.actor])
                .fields(fields)
                .evidence(run.operations.drain(..))
                .rounds(run.rounds),
        );
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|(_, object), _| tracker.object(*object).is_some());
    }
}
