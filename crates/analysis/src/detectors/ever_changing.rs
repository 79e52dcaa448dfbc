//! Class A without deliveries, and class AA: writes that change only volatile values, or one field to a new value each time.
//!
//! An audit log does not show what woke a writer. A progress report or a heartbeat looks the same but follows the clock: its
//! period is regular, and not shorter than about a quarter of a second. The replicas of one service account count as one
//! writer: each write of one wakes the others.

use std::collections::BTreeSet;

use super::cadence::Cadence;
use super::detector::Detector;
use super::input::Input;
use super::keys::{family, is_reporter};
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::hash::bytes;
use crate::lru::Lru;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker, VersionAuthor};
use kuberewind_model::{Certainty, Duration, ObjectId, Verb};

/// Times of transitions that move without a transition.
const TRANSITIONS: u64 = 8;
/// Writes that are faster than any heartbeat.
const QUICK_ROUNDS: u64 = 12;
const QUICK: Duration = Duration(200_000_000);
/// Writes at irregular times.
const ROUNDS: u64 = 20;
const SLOWEST: Duration = Duration(5_000_000_000);
/// Standard deviation of the gaps, relative to their mean, above which they do not follow a clock.
const JITTER: f64 = 0.15;
const MAX_REPLICAS: usize = 64;
const MAX_NAMED: usize = 16;

#[derive(Default)]
pub(super) struct EverChanging(Lru<ObjectId, Run, 4_096>);

#[derive(Default)]
struct Run {
    family: u64,
    paths: Vec<u64>,
    fields: Vec<String>,
    volatile: bool,
    cadence: Cadence,
    replicas: BTreeSet<String>,
    finding_id: Option<FindingId>,
}

impl Detector for EverChanging {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(object), Some(state)) = (input.object, input.authored) else { return };
        let Some(author) = &state.author else { return };
        // With deliveries, the cause of each write is known, and other detectors judge it.
        let is_candidate = matches!(author.verb, Verb::Update | Verb::Patch)
            && input.tracker.last_delivery(&author.name).is_none()
            && !input.is_lease_or_event()
            && !is_reporter(&author.name);
        let id = object.object.id;
        if state.changes.as_ref().is_some_and(|changes| changes.is_empty()) {
            return;
        }
        let Some(paths) = changed_paths(state).filter(|_| is_candidate && state.reordered.is_empty()) else {
            self.0.remove(&id);
            return;
        };
        let writer = family(&author.name);
        let key = bytes(writer.as_bytes());
        let volatile = state.is_volatile_only();
        let goes_on = |run: &Run| run.family == key && run.volatile == volatile && run.paths == paths;
        if !self.0.peek(&id).is_some_and(goes_on) {
            let fields = paths.iter().take(8).filter_map(|path| object.pointer(*path)).collect();
            self.0.insert(id, Run { family: key, paths, fields, volatile, ..Run::default() });
        }
        let Some(run) = self.0.get(&id) else { return };
        run.cadence.record(author.seq, author.began);
        if run.replicas.len() < MAX_REPLICAS && *author.name != *writer {
            run.replicas.insert(author.name.to_string());
        }
        report(run, object, author, &writer, findings);
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|object, _| tracker.object(*object).is_some());
    }
}

/// The changed paths: the volatile ones if there are no others, else at most two others. Counters say nothing: they follow
/// other objects.
fn changed_paths(state: &TrackedVersion) -> Option<Vec<u64>> {
    let changes = state.changes.as_ref()?;
    let all_volatile = state.is_volatile_only();
    let relevant = || changes.iter().filter(|change| all_volatile || !change.volatile);
    if !all_volatile && relevant().any(|change| change.before == 0 || change.after == 0 || change.numbers) {
        return None;
    }
    let mut paths: Vec<u64> = relevant().map(|change| change.path).collect();
    paths.sort_unstable();
    (all_volatile || paths.len() <= 2).then_some(paths)
}

/// True if the writes are trouble whatever causes them.
fn is_trouble(run: &Run) -> bool {
    let count = run.cadence.count;
    let Some(gap) = run.cadence.median_gap() else { return false };
    let of_transition = |field: &String| field.ends_with("/lastTransitionTime");
    let of_reconcile = |field: &String| {
        let field = field.to_ascii_lowercase();
        field.contains("reconcil") || field.contains("transition")
    };
    let transitions = run.volatile && !run.fields.is_empty() && run.fields.iter().all(of_transition);
    let irregular = !run.cadence.is_regular(JITTER);
    (transitions && count >= TRANSITIONS && gap <= SLOWEST)
        || (gap < QUICK && count >= QUICK_ROUNDS)
        || (gap <= SLOWEST && count >= ROUNDS && (irregular || (gap.0 <= SLOWEST.0 / 2 && run.fields.iter().all(of_reconcile))))
}

fn report(run: &mut Run, object: &TrackedObject, author: &VersionAuthor, writer: &str, findings: &mut Findings) {
    let (rounds, took) = (run.cadence.count, run.cadence.took());
    if let Some(finding_id) = run.finding_id {
        findings.update(finding_id, |finding| {
            finding.add_evidence(author.seq);
            finding.rounds = rounds;
            finding.set_pace(1, rounds.saturating_sub(1), took);
            finding.add_actors(run.replicas.iter().take(MAX_NAMED));
        });
        return;
    }
    if !is_trouble(run) {
        return;
    }
    let what = if run.volatile { "only volatile values change" } else { "only one field changes, to a new value each time" };
    let fields = if run.fields.is_empty() { String::new() } else { format!(" ({})", run.fields.join(", ")) };
    let sentence = match run.replicas.len() {
        0 | 1 => format!("{writer} writes {} again and again, and {what}{fields}", object.object),
        _ => format!("several replicas of {writer} wake each other by writing {}, and {what}{fields}", object.object),
    };
    let severity = if run.volatile { Severity::Error } else { Severity::Warning };
    run.finding_id = findings.report(
        Finding::new(Class::Loops, severity, Certainty::Likely, sentence)
            .object(&object.object)
            .actors([writer])
            .actors(run.replicas.iter().take(MAX_NAMED))
            .fields(run.fields.clone())
            .evidence(run.cadence.seqs())
            .rounds(rounds)
            .pace(1, rounds.saturating_sub(1), took),
    );
}
