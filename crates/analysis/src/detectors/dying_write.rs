//! Writes to an object that another actor has begun to delete, if the writer has not observed the deletion.
//!
//! Finalizers keep objects alive after their deletion, and controllers that clean up write to them. Removing a finalizer, a
//! status update, or any write after observing the deletion is not reported.

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::normalise::Section;
use crate::tracker::{TrackedObject, Tracker, VersionAuthor};
use kuberewind_model::{ActorId, ObjectId, Rank, Seq, Verb};

#[derive(Default)]
pub(super) struct DyingWrite {
    dying: Lru<ObjectId, Deletion, 2_048>,
    found: Lru<(ActorId, ObjectId), (Option<FindingId>, u64), 1_024>,
}

/// The first version with a deletionTimestamp.
#[derive(Clone, Copy)]
struct Deletion {
    rank: Rank,
    seq: Seq,
}

impl Detector for DyingWrite {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(object) = input.object else { return };
        let id = object.object.id;
        if let Some(state) = input.new.filter(|state| !state.gone)
            && self.dying.peek(&id).is_none_or(|known| state.rank < known.rank)
            && object.latest().is_some_and(|latest| latest.rank == state.rank)
            && object.content.as_ref().is_some_and(|content| content.is_deleting)
        {
            self.dying.insert(id, Deletion { rank: state.rank, seq: state.seq });
        }
        let (Some(state), Some(deletion)) = (input.authored, self.dying.peek(&id).copied()) else { return };
        let (Some(author), Some(changes)) = (&state.author, &state.changes) else { return };
        let wants: Vec<u64> = changes
            .iter()
            .filter(|change| change.section == Section::Wanted && !change.volatile)
            .map(|change| change.path)
            .collect();
        let writes = matches!(author.verb, Verb::Update | Verb::Patch) && input.tracker.delivers();
        // If the writer's view is unknown, nothing is reported.
        let knew = object.view(author.actor).and_then(|view| view.highest_by(author.started_after));
        if !writes || wants.is_empty() || state.rank <= deletion.rank || knew.is_none_or(|knew| knew >= deletion.rank) {
            return;
        }
        self.report(object, author, deletion, &wants, findings);
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.dying.retain(|object, _| tracker.object(*object).is_some());
        self.found.retain(|(_, object), _| tracker.object(*object).is_some());
    }
}

impl DyingWrite {
    fn report(
        &mut self,
        object: &TrackedObject,
        author: &VersionAuthor,
        deletion: Deletion,
        paths: &[u64],
        findings: &mut Findings,
    ) {
        let key = (author.actor, object.object.id);
        if let Some((finding_id, count)) = self.found.get(&key) {
            *count += 1;
            let count = *count;
            if let Some(finding_id) = *finding_id {
                findings.update(finding_id, |finding| {
                    finding.add_evidence(author.seq);
                    finding.rounds = count;
                });
            }
            return;
        }
        let mut fields: Vec<String> = paths.iter().take(8).filter_map(|path| object.pointer(*path)).collect();
        fields.sort();
        let deleter = object.history.iter().find(|state| state.rank == deletion.rank).and_then(|state| state.author.as_ref());
        let sentence = format!(
            "{} writes {}{} although it is being deleted{} since {}, which it had not observed",
            author.name,
            object.object,
            if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) },
            deleter.map_or_else(String::new, |deleter| format!(" by {}", deleter.name)),
            deletion.seq,
        );
        let finding_id = findings.report(
            Finding::new(Class::Races, Severity::Warning, author.certainty, sentence)
                .object(&object.object)
                .actors([&author.name].into_iter().chain(deleter.map(|deleter| &deleter.name)))
                .fields(fields)
                .evidence([deletion.seq, author.seq])
                .rounds(1),
        );
        self.found.insert(key, (finding_id, 1));
    }
}
