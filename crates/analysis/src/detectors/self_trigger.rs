//! Class A: a self-trigger through a volatile field.
//!
//! A heartbeat or a report of progress looks similar, but it follows the clock: no beat depends on the delivery of the one before,
//! so the starts of its writes are regular and the times since the delivery are long. A round counts only if the writer received
//! its own last write, or that of another replica of it, and reacted to it. A counter follows other objects: it counts only if
//! nothing else was delivered in between.

use std::collections::VecDeque;

use super::detector::Detector;
use super::input::Input;
use super::keys::family;
use super::written::{changed_paths, counts, follows_clock, values};
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker, VersionAuthor};
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Seq, Timestamp, Verb};

/// Rounds in which only volatile values changed, for example timestamps.
const VOLATILE_ROUNDS: u64 = 5;
/// Rounds in which the same one or two fields changed to new values: a counter, or a hash over an unordered map.
const SAME_FIELD_ROUNDS: u64 = 12;
/// The number of values kept.
const VALUES: usize = 16;

#[derive(Default)]
pub(super) struct SelfTrigger(Lru<(ActorId, ObjectId), Run, 4_096>);

#[derive(Default)]
struct Run {
    rounds: u64,
    paths: Vec<u64>,
    /// The latest values. A value that returns is a flip, which other detectors report.
    values: VecDeque<u64>,
    volatile: bool,
    /// The latest gaps between the starts of writes, and the latest times from the delivery to the start.
    gaps: VecDeque<Duration>,
    reactions: VecDeque<Duration>,
    began: Timestamp,
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
        if counts(state) && input.tracker.last_delivery_besides(&author.name, object.object.id) > previous.seq {
            return;
        }
        run.rounds += 1;
        keep(&mut run.values, values);
        if run.began != Timestamp::default() {
            keep(&mut run.gaps, author.began.since(run.began));
        }
        run.began = author.began;
        let delivered = object.view(author.actor).and_then(|view| view.delivered);
        if let Some((_, _, at)) = delivered.filter(|(_, _, at)| *at <= author.began) {
            keep(&mut run.reactions, author.began.since(at));
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

fn keep<T>(latest: &mut VecDeque<T>, value: T) {
    latest.push_back(value);
    if latest.len() > VALUES {
        latest.pop_front();
    }
}

/// True if the writes follow a clock rather than the deliveries.
fn is_by_clock(run: &Run) -> bool {
    run.certainty < Some(Certainty::Exact) && follows_clock(&run.gaps, &run.reactions)
}

/// The author's previous write that caused this one, if the generation stayed the same.
fn own_cause<'a>(object: &'a TrackedObject, state: &TrackedVersion, author: &VersionAuthor) -> Option<&'a VersionAuthor> {
    let cause = author.cause.filter(|cause| cause.object == object.object.id && cause.certainty > Certainty::Guess)?;
    let woken_by = object.history.iter().rev().find(|known| known.rank == cause.rank)?;
    let previous =
        woken_by.author.as_ref().filter(|writer| writer.actor == author.actor || family(&writer.name) == family(&author.name))?;
    let writes = matches!(author.verb, Verb::Update | Verb::Patch);
    (writes && woken_by.generation == state.generation).then_some(previous)
}

fn report(run: &mut Run, object: &TrackedObject, author: &VersionAuthor, findings: &mut Findings) {
    let wanted = if run.volatile { VOLATILE_ROUNDS } else { SAME_FIELD_ROUNDS };
    if run.rounds < wanted || (run.finding_id.is_none() && is_by_clock(run)) {
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
    let what = if run.volatile { "only volatile values" } else { "the same field to a new value each time" };
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
