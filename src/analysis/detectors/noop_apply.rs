//! Class C: an apply that changes nothing and still gets a new resourceVersion.
//!
//! A true no-op keeps its resourceVersion: its answer is a state that was known, and nobody becomes its author.

use super::Detector;
use super::beat::Beat;
use crate::analysis::finding::{Book, Class, Finding, Severity, Ticket};
use crate::analysis::lru::Lru;
use crate::analysis::scene::{Scene, Step};
use crate::model::{ActorId, Certainty, ObjectId, Verb};

const ROUNDS: u64 = 4;

#[derive(Default)]
pub(super) struct NoopApply(Lru<(ActorId, ObjectId), (Beat, Option<Ticket>), 4_096>);

impl Detector for NoopApply {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let (Some(object), Some(state)) = (step.object, step.authored) else { return };
        let Some(author) = state.author.as_ref().filter(|author| author.verb == Verb::Patch) else { return };
        let runs = &mut self.0;
        let key = (author.actor, object.object.id);
        if state.changes.as_ref().is_none_or(|changes| !changes.is_empty()) {
            runs.remove(&key);
            return;
        }
        let (beat, ticket) = runs.entry(key, Default::default);
        beat.strike(author.seq, author.at);
        if let Some(ticket) = *ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(author.seq);
                finding.rounds = beat.count;
                finding.set_pace(1, beat.count.saturating_sub(1), beat.took());
            });
        } else if beat.count >= ROUNDS {
            let sentence = format!(
                "{} applies to {} what is there already, and each time the server gives it a new resourceVersion",
                author.name, object.object
            );
            *ticket = book.open(
                Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence)
                    .object(&object.object)
                    .actors([&author.name])
                    .evidence(beat.seqs())
                    .rounds(beat.count)
                    .pace(1, beat.count.saturating_sub(1), beat.took()),
            );
        }
    }

    fn forget(&mut self, scene: &Scene) {
        self.0.retain(|(_, object), _| scene.object(*object).is_some());
    }
}
