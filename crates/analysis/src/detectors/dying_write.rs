//! Writes to a dying object: somebody else has begun to delete it, and the writer has not been shown that.
//!
//! Finalizers make objects live on after their deletion. Those who clean up write to them, and know what they do: taking
//! a finalizer off, noting a status, or whatever they do after they were shown the deletion is no finding.

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
    dying: Lru<ObjectId, Death, 2_048>,
    found: Lru<(ActorId, ObjectId), (Option<FindingId>, u64), 1_024>,
}

/// The first state with a deletionTimestamp.
#[derive(Clone, Copy)]
struct Death {
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
            && object.content.as_ref().is_some_and(|content| content.string(&["metadata", "deletionTimestamp"]).is_some())
        {
            self.dying.insert(id, Death { rank: state.rank, seq: state.seq });
        }
        let (Some(state), Some(death)) = (input.authored, self.dying.peek(&id).copied()) else { return };
        let (Some(author), Some(changes)) = (&state.author, &state.changes) else { return };
        let wants: Vec<u64> = changes
            .iter()
            .filter(|change| change.section == Section::Wanted && !change.volatile)
            .map(|change| change.path)
            .collect();
        let writes = matches!(author.verb, Verb::Update | Verb::Patch);
        // Where nothing is remembered of what the writer knew, nothing is said.
        let knew = object.view(author.actor).and_then(|view| view.highest_by(author.started_after));
        if !writes || wants.is_empty() || state.rank <= death.rank || knew.is_none_or(|knew| knew >= death.rank) {
            return;
        }
        self.report(object, author, death, &wants, findings);
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.dying.retain(|object, _| tracker.object(*object).is_some());
        self.found.retain(|(_, object), _| tracker.object(*object).is_some());
    }
}

impl DyingWrite {
    fn report(&mut self, object: &TrackedObject, author: &VersionAuthor, death: Death, paths: &[u64], findings: &mut Findings) {
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
        let deleter = object.history.iter().find(|state| state.rank == death.rank).and_then(|state| state.author.as_ref());
        let sentence = format!(
            "{} writes {}{} though it is being deleted{} since {}, which it had not been shown",
            author.name,
            object.object,
            if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) },
            deleter.map_or_else(String::new, |deleter| format!(" by {}", deleter.name)),
            death.seq,
        );
        let finding_id = findings.report(
            Finding::new(Class::Races, Severity::Warning, author.certainty, sentence)
                .object(&object.object)
                .actors([&author.name].into_iter().chain(deleter.map(|deleter| &deleter.name)))
                .fields(fields)
                .evidence([death.seq, author.seq])
                .rounds(1),
        );
        self.found.insert(key, (finding_id, 1));
    }
}
