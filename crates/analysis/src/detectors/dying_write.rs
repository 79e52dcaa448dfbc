//! Writes to a dying object: somebody else has begun to delete it, and the writer has not been shown that.
//!
//! Finalizers make objects live on after their deletion. Those who clean up write to them, and know what they do: taking
//! a finalizer off, noting a status, or whatever they do after they were shown the deletion is no finding.

use super::Detector;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::normalise::Section;
use crate::scene::{Author, ObjectState, Scene, Step};
use kuberewind_model::{ActorId, ObjectId, Rank, Seq, Verb};

#[derive(Default)]
pub(super) struct DyingWrite {
    dying: Lru<ObjectId, Death, 2_048>,
    found: Lru<(ActorId, ObjectId), (Option<Ticket>, u64), 1_024>,
}

/// The first state with a deletionTimestamp.
#[derive(Clone, Copy)]
struct Death {
    rank: Rank,
    seq: Seq,
}

impl Detector for DyingWrite {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(object) = step.object else { return };
        let id = object.object.id;
        if let Some(state) = step.new.filter(|state| !state.gone)
            && self.dying.peek(&id).is_none_or(|known| state.rank < known.rank)
            && object.latest().is_some_and(|latest| latest.rank == state.rank)
            && object.content.as_ref().is_some_and(|content| content.string(&["metadata", "deletionTimestamp"]).is_some())
        {
            self.dying.insert(id, Death { rank: state.rank, seq: state.seq });
        }
        let (Some(state), Some(death)) = (step.authored, self.dying.peek(&id).copied()) else { return };
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
        self.report(object, author, death, &wants, book);
    }

    fn forget(&mut self, scene: &Scene) {
        self.dying.retain(|object, _| scene.object(*object).is_some());
        self.found.retain(|(_, object), _| scene.object(*object).is_some());
    }
}

impl DyingWrite {
    fn report(&mut self, object: &ObjectState, author: &Author, death: Death, paths: &[u64], book: &mut Book) {
        let key = (author.actor, object.object.id);
        if let Some((ticket, count)) = self.found.get(&key) {
            *count += 1;
            let count = *count;
            if let Some(ticket) = *ticket {
                book.extend(ticket, |finding| {
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
        let ticket = book.open(
            Finding::new(Class::Races, Severity::Warning, author.certainty, sentence)
                .object(&object.object)
                .actors([&author.name].into_iter().chain(deleter.map(|deleter| &deleter.name)))
                .fields(fields)
                .evidence([death.seq, author.seq])
                .rounds(1),
        );
        self.found.insert(key, (ticket, 1));
    }
}
