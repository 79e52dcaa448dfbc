//! Class E: a field that the schema prunes.
//!
//! It is in every request that sets it and in no answer. A schema that changes does this once, which is no finding.

use super::Detector;
use super::sent_and_kept::compare;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use kuberewind_model::{ActorId, Certainty, ObjectId, Seq};

const ROUNDS: u64 = 3;

#[derive(Default)]
pub(super) struct PrunedField(Lru<(ActorId, ObjectId), Run, 4_096>);

#[derive(Default)]
struct Run {
    paths: Vec<u64>,
    operations: Vec<Seq>,
    rounds: u64,
    ticket: Option<Ticket>,
}

impl Detector for PrunedField {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let (Some(seen), Some(object), Some(sent)) = (step.seen, step.object, step.sent) else { return };
        let answered = seen.fact.as_ref().zip(object.latest()).is_some_and(|(fact, latest)| fact.version.rank == latest.rank);
        let Some(kept) = object.content.as_ref().filter(|_| answered && seen.is_done_write()) else { return };
        let mut pruned = compare(sent, kept, seen.op.verb, &seen.op.subresource).pruned;
        let runs = &mut self.0;
        let run = runs.entry((seen.op.actor, object.object.id), Run::default);
        if run.rounds > 0 {
            pruned.retain(|path| run.paths.contains(path));
        }
        if pruned.is_empty() {
            *run = Run::default();
            return;
        }
        run.paths = pruned;
        run.rounds += 1;
        run.operations.push(seen.op.seq);
        if let Some(ticket) = run.ticket {
            run.operations.clear();
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = run.rounds;
            });
            return;
        }
        if run.rounds < ROUNDS {
            return;
        }
        let mut fields: Vec<String> = run.paths.iter().take(8).filter_map(|path| sent.pointer(*path)).collect();
        // Written, never read back, by design: a Secret's stringData and the directives of a strategic merge.
        fields.retain(|field| !field.starts_with("/stringData") && !field.contains("/$"));
        if fields.is_empty() {
            return;
        }
        fields.sort();
        let sentence = format!(
            "{} sends {} to {} in every write and the server drops it: the schema does not know it",
            seen.actor,
            fields.join(", "),
            object.object
        );
        run.ticket = book.open(
            Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence)
                .object(&object.object)
                .actors([&seen.actor])
                .fields(fields)
                .evidence(run.operations.drain(..))
                .rounds(run.rounds),
        );
    }

    fn forget(&mut self, scene: &Scene) {
        self.0.retain(|(_, object), _| scene.object(*object).is_some());
    }
}
