//! Class A: self-trigger by a volatile field.
//!
//! The trap is a heartbeat: it beats by the clock, far slower than a watch delivers, and nothing couples a cadence to the
//! delivery of the one before. So a round counts only where the writer was shown its own last write and answered to it.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::pair;
use crate::lru::Lru;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker, VersionAuthor};
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Seq, Timestamp, Verb};

/// Rounds in which only values of a class changed (timestamps and the like).
const VOLATILE_ROUNDS: u64 = 5;
/// Rounds in which the same one or two fields changed to ever new values: a counter, a hash over an unordered map.
const SAME_FIELD_ROUNDS: u64 = 12;
/// Values that are remembered.
const VALUES: usize = 16;

#[derive(Default)]
pub(super) struct SelfTrigger(Lru<(ActorId, ObjectId), Run, 4_096>);

#[derive(Default)]
struct Run {
    rounds: u64,
    paths: Vec<u64>,
    /// The latest values: one that comes back is a flip, which other detectors tell of.
    values: VecDeque<u64>,
    volatile: bool,
    certainty: Option<Certainty>,
    operations: Vec<Seq>,
    since: Timestamp,
    finding_id: Option<FindingId>,
}

impl Detector for SelfTrigger {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(object), Some(state)) = (input.object, input.authored) else { return };
        let Some(author) = &state.author else { return };
        let runs = &mut self.0;
        let key = (author.actor, object.object.id);
        let paths = changed_paths(state);
        let Some(previous) = own_cause(object, state, author).filter(|_| !paths.is_empty() && !input.is_lease_or_event()) else {
            runs.remove(&key);
            return;
        };
        let volatile = state.is_volatile_only();
        let values = values(state);
        if !volatile && runs.peek(&key).is_some_and(|run| run.values.contains(&values)) {
            runs.remove(&key);
            return;
        }
        let goes_on = runs.peek(&key).is_some_and(|run| run.paths == paths && run.volatile == volatile);
        if !goes_on {
            runs.insert(key, Run { paths, volatile, since: previous.at, operations: vec![previous.seq], ..Run::default() });
        }
        let Some(run) = runs.get(&key) else { return };
        run.rounds += 1;
        run.values.push_back(values);
        if run.values.len() > VALUES {
            run.values.pop_front();
        }
        let sure = author.cause.map_or(Certainty::Guess, |cause| cause.certainty);
        run.certainty = Some(run.certainty.map_or(sure, |before| before.min(sure)));
        run.operations.push(author.seq);
        report(run, object, author, findings);
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|(_, object), _| tracker.object(*object).is_some());
    }
}

/// The author's own write that it answered to, where generation stayed the same.
fn own_cause<'a>(object: &'a TrackedObject, state: &TrackedVersion, author: &VersionAuthor) -> Option<&'a VersionAuthor> {
    let cause = author.cause.filter(|cause| cause.object == object.object.id && cause.certainty > Certainty::Guess)?;
    let woken_by = object.history.iter().rev().find(|known| known.rank == cause.rank)?;
    let previous = woken_by.author.as_ref().filter(|writer| writer.actor == author.actor)?;
    let writes = matches!(author.verb, Verb::Update | Verb::Patch);
    (writes && woken_by.generation == state.generation).then_some(previous)
}

/// What changed: where something other than volatile values did, that; else the volatile ones.
fn changed_paths(state: &TrackedVersion) -> Vec<u64> {
    let Some(changes) = &state.changes else { return Vec::new() };
    let all_volatile = state.is_volatile_only();
    let mut paths: Vec<u64> =
        changes.iter().filter(|change| all_volatile || !change.volatile).map(|change| change.path).collect();
    paths.sort_unstable();
    if all_volatile || paths.len() <= 2 { paths } else { Vec::new() }
}

/// What was written, as one number.
fn values(state: &TrackedVersion) -> u64 {
    let changes = state.changes.iter().flat_map(|changes| changes.iter()).filter(|change| !change.volatile);
    changes.fold(0, |sum, change| sum.wrapping_add(pair(change.path, change.after)))
}

fn report(run: &mut Run, object: &TrackedObject, author: &VersionAuthor, findings: &mut Findings) {
    let wanted = if run.volatile { VOLATILE_ROUNDS } else { SAME_FIELD_ROUNDS };
    if run.rounds < wanted {
        return;
    }
    let took: Duration = author.at.since(run.since);
    if let Some(finding_id) = run.finding_id {
        findings.update(finding_id, |finding| {
            finding.add_evidence(author.seq);
            finding.rounds = run.rounds;
            finding.set_pace(1, run.rounds, took);
        });
        run.operations.clear();
        return;
    }
    let fields: Vec<String> = run.paths.iter().take(8).filter_map(|path| object.pointer(*path)).collect();
    let what = if run.volatile { "only values that are new every time" } else { "the same field to an ever new value" };
    let sentence = format!(
        "{} is woken by its own write of {} and writes it again, changing {what}{}",
        author.name,
        object.object,
        if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) },
    );
    let certainty = run.certainty.unwrap_or(Certainty::Guess);
    let finding = Finding::new(Class::Loops, Severity::Error, certainty, sentence)
        .object(&object.object)
        .actors([&author.name])
        .fields(fields)
        .evidence(run.operations.drain(..))
        .rounds(run.rounds)
        .pace(1, run.rounds, took);
    run.finding_id = findings.report(finding);
}
