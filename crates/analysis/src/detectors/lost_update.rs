//! Class P: lost updates.
//!
//! A stale write with a precondition gets a 409 and is harmless. A write without precondition that reverts a field to its
//! value before another's change, which the writer had not observed, loses that change. Overwriting one's own change loses
//! nothing.

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::normalise::Change;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker, VersionAuthor};
use kuberewind_model::{ActorId, ObjectId, Seq, Verb};

const MAX_FIELDS: usize = 16;

/// Object, writer, and author of the lost change.
type Loss = (ObjectId, ActorId, ActorId);

#[derive(Default)]
pub(super) struct LostUpdate(Lru<Loss, Found, 2_048>);

struct Found {
    finding_id: Option<FindingId>,
    count: u64,
    /// The latest write that lost a change. It may lose several fields at once.
    last: Seq,
}

impl Detector for LostUpdate {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        // Without recorded deliveries it is unknown which states a writer had observed.
        let (Some(object), Some(state)) = (input.object.filter(|_| input.tracker.delivers()), input.authored) else { return };
        let (Some(author), Some(changes)) = (&state.author, &state.changes) else { return };
        let blind = author.precondition.as_ref().is_some_and(|wanted| wanted.is_empty());
        if !blind || !matches!(author.verb, Verb::Update | Verb::Patch) {
            return;
        }
        for change in changes.iter().filter(|change| !change.volatile) {
            let Some((loser, lost)) = reverted_change(object, state, author, change) else { continue };
            let found = &mut self.0;
            let key = (object.object.id, author.actor, loser.actor);
            if let Some(known) = found.get(&key) {
                known.count += u64::from(known.last != author.seq);
                known.last = author.seq;
                let (count, field) = (known.count, object.pointer(change.path));
                if let Some(finding_id) = known.finding_id {
                    findings.update(finding_id, |finding| {
                        finding.add_evidence(loser.seq);
                        finding.add_evidence(author.seq);
                        finding.rounds = count;
                        if let Some(field) =
                            field.filter(|field| finding.fields.len() < MAX_FIELDS && !finding.fields.contains(field))
                        {
                            finding.fields.push(field);
                        }
                    });
                }
                continue;
            }
            let finding_id = report(object, author, loser, lost, change, findings);
            found.insert(key, Found { finding_id, count: 1, last: author.seq });
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|(object, ..), _| tracker.object(*object).is_some());
    }
}

/// The other author's change that this one reverts, if the writer had not observed it when its call started.
fn reverted_change<'a>(
    object: &'a TrackedObject,
    state: &TrackedVersion,
    author: &VersionAuthor,
    change: &Change,
) -> Option<(&'a VersionAuthor, Seq)> {
    let earlier = object.history.iter().rev().skip_while(|known| known.rank >= state.rank);
    let (lost, set) = earlier.into_iter().find_map(|known| {
        let set = known.changes.as_ref()?.iter().find(|other| other.path == change.path)?;
        Some((known, *set))
    })?;
    let loser = lost.author.as_ref().filter(|loser| loser.actor != author.actor)?;
    // The writer's view at the start of its call. If it is unknown, nothing is reported.
    let knew = object.view(author.actor)?.highest_by(author.started_after)?;
    (reverts(&set, change) && knew < lost.rank).then_some((loser, lost.seq))
}

/// True if `change` reverts `set`.
pub(super) fn reverts(set: &Change, change: &Change) -> bool {
    set.after == change.before && set.before == change.after
}

fn report(
    object: &TrackedObject,
    author: &VersionAuthor,
    loser: &VersionAuthor,
    lost: Seq,
    change: &Change,
    findings: &mut Findings,
) -> Option<FindingId> {
    let field = object.pointer(change.path);
    let sentence = format!(
        "{} reverts {} of {} without a precondition, over a change by {} in {} that it had not observed",
        author.name,
        field.as_deref().unwrap_or("a field"),
        object.object,
        loser.name,
        loser.seq
    );
    let mut operations = vec![lost.min(loser.seq), loser.seq, author.seq];
    operations.sort_unstable();
    findings.report(
        Finding::new(Class::Races, Severity::Error, author.certainty.min(loser.certainty), sentence)
            .object(&object.object)
            .actors([&author.name, &loser.name])
            .fields(field.into_iter().collect())
            .evidence(operations)
            .rounds(1),
    )
}
