//! Class D: fights with defaulting or normalisation.
//!
//! An operator compares its desired object with the stored one, finds the server's defaults, and writes again. The first write
//! after an upgrade looks the same once; a resync looks the same slowly.

use super::cadence::Cadence;
use super::detector::Detector;
use super::input::Input;
use super::response_diff::{Difference, compare};
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::normalise::Content;
use crate::stream::OperationItem;
use crate::tracker::{TrackedObject, Tracker};
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Shape, Verb};

const ROUNDS: u64 = 5;
/// Slower rounds are a resync.
const SLOWEST: Duration = Duration(5_000_000_000);

#[derive(Default)]
pub(super) struct DefaultingFight(Lru<(ActorId, ObjectId), Run, 4_096>);

#[derive(Default)]
struct Run {
    request: u64,
    answer: Option<u64>,
    cadence: Cadence,
    finding_id: Option<FindingId>,
}

impl Detector for DefaultingFight {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(operation), Some(object)) = (input.operation, input.object) else { return };
        // A reconstructed version is not what the server answered.
        let answered = operation.observed.as_ref().is_some_and(|observed| observed.version.shape == Shape::Full);
        let writes = matches!(operation.op.verb, Verb::Update | Verb::Patch) && operation.is_done_write() && answered;
        if !writes {
            return;
        }
        let runs = &mut self.0;
        let run = runs.entry((operation.op.actor, object.object.id), Run::default);
        let answer = object.latest().and_then(|state| state.norm);
        if let Some(sent) = input.sent {
            if run.request != sent.norm || run.answer != answer {
                *run = Run { request: sent.norm, answer, ..Run::default() };
            }
        } else if run.answer != answer {
            *run = Run::default();
            return;
        }
        if run.request == 0 {
            return;
        }
        run.cadence.record(operation.op.seq, operation.op.at);
        let rounds = run.cadence.count;
        if let Some(finding_id) = run.finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(operation.op.seq);
                finding.rounds = rounds;
                finding.set_pace(1, rounds.saturating_sub(1), run.cadence.took());
            });
        } else if let (true, Some(sent), Some(kept)) = (rounds >= ROUNDS, input.sent, &object.content) {
            let hot = run.cadence.median_gap().is_some_and(|gap| gap <= SLOWEST);
            let difference = compare(sent, kept, operation.op.verb, &operation.op.subresource);
            if hot && !(difference.defaulted.is_empty() && difference.mutated.is_empty()) {
                run.finding_id = report(operation, object, sent, &difference, &run.cadence, findings);
            }
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|(_, object), _| tracker.object(*object).is_some());
    }
}

fn report(
    operation: &OperationItem,
    object: &TrackedObject,
    sent: &Content,
    difference: &Difference,
    cadence: &Cadence,
    findings: &mut Findings,
) -> Option<FindingId> {
    let named = |paths: &[u64]| {
        let mut fields: Vec<String> =
            paths.iter().take(8).filter_map(|path| object.pointer(*path).or_else(|| sent.pointer(*path))).collect();
        fields.sort();
        fields
    };
    let (added, altered) = (named(&difference.defaulted), named(&difference.mutated));
    let mut causes = Vec::new();
    if !added.is_empty() {
        causes.push(format!("adds {}", added.join(", ")));
    }
    if !altered.is_empty() {
        causes.push(format!("changes {}", altered.join(", ")));
    }
    let sentence = format!(
        "{} repeatedly writes the same content to {}; the server {}",
        operation.actor,
        object.object,
        causes.join(" and ")
    );
    findings.report(
        Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence)
            .object(&object.object)
            .actors([&operation.actor])
            .fields(added.into_iter().chain(altered).collect())
            .evidence(cadence.seqs())
            .rounds(cadence.count)
            .pace(1, cadence.count.saturating_sub(1), cadence.took()),
    )
}
