//! Writes without precondition over a change that the writer had not observed.
//!
//! With a precondition the server refuses such a write. Without one, and by a delete, the other change is lost. A write that
//! reverts the field is reported as a lost update instead. Changes of the status are not reported: the latest observation
//! wins.
//!
//! A reconcile that waits before it writes has its base from before the pause, although later versions were delivered to its process. Where
//! the pause is steady, a write so soon after a change is reported as a guess.

use super::detector::Detector;
use super::input::Input;
use super::lost_update;
use super::steady_reaction::SteadyReactions;
use super::unrecorded_writer;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::normalise::{Change, Section};
use crate::stream::OperationItem;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker, VersionAuthor};
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Rank, Seq, Verb};

/// Object, writer, and author of the lost change.
type Loss = (ObjectId, ActorId, ActorId);

#[derive(Default)]
pub(super) struct StaleWrite {
    losses: Lru<Loss, (Option<FindingId>, u64), 2_048>,
    reactions: SteadyReactions,
    /// Writes soon after the delivery of a change, by object and writer.
    early: Lru<(ObjectId, ActorId), (Option<FindingId>, u64), 2_048>,
}

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
        let early = input.authored.and_then(|state| self.early_write(input.tracker, object, state));
        if let Some(overwrite) = input.authored.and_then(|state| overwrites(object, state)) {
            self.report(object, &overwrite, findings);
        } else if let (Some(early), Some(author)) = (early, input.authored.and_then(|state| state.author.as_ref())) {
            self.report_early(object, author, &early, findings);
        } else if let Some(overwrite) = input.operation.and_then(|operation| deletes(object, operation)) {
            self.report(object, &overwrite, findings);
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.losses.retain(|(object, ..), _| tracker.object(*object).is_some());
        self.early.retain(|(object, _), _| tracker.object(*object).is_some());
        self.reactions.clear();
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

/// A write to a field so soon after the delivery of another writer's change that it answers an earlier delivery.
struct EarlyWrite {
    lost: Seq,
    path: u64,
    since: Duration,
    reaction: Duration,
}

impl StaleWrite {
    /// Finds a change that was delivered within the writer's steady reaction time before its write without precondition.
    fn early_write(&mut self, tracker: &Tracker, object: &TrackedObject, state: &TrackedVersion) -> Option<EarlyWrite> {
        let author = state.author.as_ref().filter(|author| matches!(author.verb, Verb::Update | Verb::Patch))?;
        // A clock's next write comes a steady time after the delivery of the one before.
        let is_own = |rank: Rank| {
            let known = object.history.iter().find(|known| known.rank == rank);
            known.and_then(|known| known.author.as_ref()).is_some_and(|writer| writer.actor == author.actor)
        };
        let of_others = tracker.deliveries_of(author, object.object.id).filter(|(rank, _)| !is_own(*rank));
        let delivered: Vec<_> = of_others.collect();
        let since: Vec<Duration> = delivered.iter().map(|(_, at)| author.began.since(*at)).collect();
        let reaction = self.reactions.wrote(author.actor, &since)?;
        author.precondition.as_ref().filter(|wanted| wanted.is_empty())?;
        let early = delivered.iter().zip(since).filter(|(_, since)| since.0 < reaction.0 / 2);
        let changes = state.changes.as_ref()?;
        early.into_iter().find_map(|((rank, _), since)| {
            let lost = object.history.iter().find(|known| known.rank == *rank && known.author.is_none())?;
            let set = lost.changes.as_ref()?.iter().filter(|set| is_wanted(set));
            let overwritten = |set: &Change| changes.iter().any(|change| change.path == set.path && set.after == change.before);
            let path = set.into_iter().find(|set| overwritten(set))?.path;
            Some(EarlyWrite { lost: lost.seq, path, since, reaction })
        })
    }

    fn report_early(&mut self, object: &TrackedObject, author: &VersionAuthor, early: &EarlyWrite, findings: &mut Findings) {
        let (finding_id, count) = self.early.entry((object.object.id, author.actor), || (None, 0));
        *count += 1;
        if let Some(finding_id) = *finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(early.lost);
                finding.add_evidence(author.seq);
                finding.rounds = *count;
            });
            return;
        }
        let field = object.pointer(early.path);
        let other = unrecorded_writer::writer_of(object, field.as_deref());
        let millis = |time: Duration| time.0 / 1_000_000;
        let sentence = format!(
            "{} writes {} of {} without a precondition, {} ms after it received a change of it by {other}. It always writes about {} ms after \
             an event, so it had probably not read that change",
            author.name,
            field.as_deref().unwrap_or("a field"),
            object.object,
            millis(early.since),
            millis(early.reaction),
        );
        *finding_id = findings.report(
            Finding::new(Class::Races, Severity::Warning, Certainty::Guess, sentence)
                .object(&object.object)
                .actors([&author.name])
                .fields(field.into_iter().collect())
                .evidence([early.lost, author.seq])
                .rounds(1),
        );
    }
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
        if let Some((finding_id, count)) = self.losses.get(&key) {
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
        self.losses.insert(key, (finding_id, 1));
    }
}
