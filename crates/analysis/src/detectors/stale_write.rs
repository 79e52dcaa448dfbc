//! Writes without precondition over a change that the writer had not observed.
//!
//! With a precondition the server refuses such a write. Without one, and by a delete, the other change is lost. A write that
//! reverts the field is reported as a lost update instead. Changes of the status are not reported: the latest observation
//! wins.

use super::detector::Detector;
use super::input::Input;
use super::lost_update;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::normalise::{Change, Section};
use crate::stream::OperationItem;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker, VersionAuthor};
use kuberewind_model::{ActorId, Certainty, ObjectId, Rank, Seq, Verb};

/// Object, writer, and author of the lost change.
type Loss = (ObjectId, ActorId, ActorId);

#[derive(Default)]
pub(super) struct StaleWrite(Lru<Loss, (Option<FindingId>, u64), 2_048>);

/// A write or delete overwrite another author's change.
struct Overwrite<'a> {
    does: &'static str,
    writer: (ActorId, &'a str, Seq),
    loser: &'a VersionAuthor,
    lost: &'a TrackedVersion,
    path: Option<u64>,
    certainty: Certainty,
}

impl Detector for StaleWrite {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        // Without recorded deliveries it is unknown which states a writer had observed.
        let Some(object) = input.object.filter(|_| !input.is_lease_or_event() && input.tracker.delivers()) else { return };
        if let Some(overwrite) = input.authored.and_then(|state| overwrites(object, state)) {
            self.report(object, &overwrite, findings);
        } else if let Some(overwrite) = input.operation.and_then(|operation| deletes(object, operation)) {
            self.report(object, &overwrite, findings);
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|(object, ..), _| tracker.object(*object).is_some());
    }
}

fn is_wanted(change: &Change) -> bool {
    change.section == Section::Wanted && !change.volatile
}

/// A write without precondition to a field that another author changed since the writer's observation.
fn overwrites<'a>(object: &'a TrackedObject, state: &'a TrackedVersion) -> Option<Overwrite<'a>> {
    let author = state.author.as_ref()?;
    let blind = author.precondition.as_ref().is_some_and(|wanted| wanted.is_empty());
    if !blind || !matches!(author.verb, Verb::Update | Verb::Patch) {
        return None;
    }
    let knew = object.view(author.actor)?.highest_by(author.started_after)?;
    state.changes.as_ref()?.iter().filter(|change| is_wanted(change)).find_map(|change| {
        let (loser, lost, set) = set_since(object, author.actor, (knew, state.rank), |other| other.path == change.path)?;
        let overwrite = set.after == change.before && !lost_update::reverts(&set, change);
        overwrite.then(|| Overwrite {
            does: "writes",
            writer: (author.actor, &author.name, author.seq),
            loser,
            lost,
            path: Some(change.path),
            certainty: author.certainty.min(loser.certainty),
        })
    })
}

/// A delete of an object that another author changed since the deleter's observation.
fn deletes<'a>(object: &'a TrackedObject, operation: &'a OperationItem) -> Option<Overwrite<'a>> {
    let blind = operation.detail.as_ref().is_some_and(|detail| detail.precondition.is_empty());
    if operation.op.verb != Verb::Delete || !operation.op.subresource.is_empty() || !operation.is_done_write() || !blind {
        return None;
    }
    let knew = object.view(operation.op.actor)?.highest_by(operation.op.started_after)?;
    let until =
        operation.observed.as_ref().map_or(Rank { number: u64::MAX, arrival: u64::MAX }, |observed| observed.version.rank);
    let (loser, lost, set) = set_since(object, operation.op.actor, (knew, until), is_wanted)?;
    // The change was made before the delete was sent, not concurrently.
    (loser.at <= operation.began()).then(|| Overwrite {
        does: "deletes",
        writer: (operation.op.actor, &operation.actor, operation.op.seq),
        loser,
        lost,
        path: Some(set.path),
        certainty: loser.certainty.min(Certainty::Likely),
    })
}

/// The latest change of another author between two versions.
fn set_since(
    object: &TrackedObject,
    actor: ActorId,
    (knew, until): (Rank, Rank),
    which: impl Fn(&Change) -> bool,
) -> Option<(&VersionAuthor, &TrackedVersion, Change)> {
    let since = object.history.iter().rev().skip_while(|state| state.rank >= until).take_while(|state| state.rank > knew);
    let (state, set) =
        since.into_iter().find_map(|state| Some((state, *state.changes.as_ref()?.iter().find(|change| which(change))?)))?;
    let loser = state.author.as_ref().filter(|loser| loser.actor != actor)?;
    Some((loser, state, set))
}

impl StaleWrite {
    fn report(&mut self, object: &TrackedObject, overwrite: &Overwrite<'_>, findings: &mut Findings) {
        let (actor, name, seq) = overwrite.writer;
        let key = (object.object.id, actor, overwrite.loser.actor);
        if let Some((finding_id, count)) = self.0.get(&key) {
            *count += 1;
            let count = *count;
            if let Some(finding_id) = *finding_id {
                findings.update(finding_id, |finding| {
                    finding.add_evidence(overwrite.loser.seq);
                    finding.add_evidence(seq);
                    finding.rounds = count;
                });
            }
            return;
        }
        let field = overwrite.path.and_then(|path| object.pointer(path));
        let what = field.as_deref().unwrap_or("a field");
        let sentence = format!(
            "{name} {} {} without a precondition, over a change of {what} by {} in {} that it had not observed",
            overwrite.does, object.object, overwrite.loser.name, overwrite.loser.seq
        );
        let mut operations = vec![overwrite.lost.seq.min(overwrite.loser.seq), overwrite.loser.seq, seq];
        operations.sort_unstable();
        let finding_id = findings.report(
            Finding::new(Class::Races, Severity::Warning, overwrite.certainty, sentence)
                .object(&object.object)
                .actors([name, &overwrite.loser.name])
                .fields(field.into_iter().collect())
                .evidence(operations)
                .rounds(1),
        );
        self.0.insert(key, (finding_id, 1));
    }
}
