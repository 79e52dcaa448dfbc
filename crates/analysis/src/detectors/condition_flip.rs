//! Class B: one writer flips the status.
//!
//! A real transition looks similar, but it changes the generation or fields outside the status, or reaches new states. So the
//! whole normalised state must recur, not a single field. A kubelet reports what happens outside the API: the status flips, but
//! no delivery wakes the writer, and the times are irregular.

use super::cadence::is_regular;
use super::cycle::{self, Cycle};
use super::detector::Detector;
use super::input::Input;
use super::keys::is_reporter;
use super::{slow_loop, unrecorded_writer};
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::tracker::{Cause, TrackedObject, Tracker, VersionAuthor};
use kuberewind_model::{Certainty, Duration, ObjectId, Seq, Timestamp};

/// Slower flips come from the environment, not from a controller.
const SLOWEST: Duration = Duration(600_000_000_000);
const MANY: usize = 40;
/// Faster flips do not come from outside.
const QUICK: Duration = Duration(1_000_000_000);
/// Standard deviation of the gaps of regular flips, relative to their mean.
const JITTER: f64 = 0.25;

#[derive(Default)]
pub(super) struct ConditionFlip(Lru<ObjectId, OpenFinding, 1_024>);

struct OpenFinding {
    finding_id: Option<FindingId>,
    first_at: Timestamp,
    last_seq: Seq,
    moves: u64,
    period: u64,
}

impl Detector for ConditionFlip {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(object) = input.object else { return };
        // Checked when the newest version's author becomes known, or when the next version arrives.
        if input.authored.is_none() && input.before.is_none() {
            return;
        }
        let id = object.object.id;
        let found = &mut self.0;
        let Some(cycle) = cycle::find(object).filter(|cycle| is_flip(cycle, object, input.tracker)) else {
            if input.new.is_some_and(|state| !state.is_volatile_only()) {
                found.remove(&id);
            }
            return;
        };
        let Some(last) = cycle.states.last() else { return };
        match found.get(&id) {
            Some(known) if known.last_seq == last.seq => {}
            Some(known) => {
                (known.last_seq, known.moves) = (last.seq, known.moves + 1);
                let rounds = known.moves / known.period;
                let took = last.at.since(known.first_at);
                if let Some(finding_id) = known.finding_id {
                    findings.update(finding_id, |finding| {
                        finding.add_evidence(last.seq);
                        finding.rounds = rounds;
                        finding.set_pace(known.period, rounds, took);
                    });
                }
            }
            None => {
                let first_at = cycle.states.first().map_or(last.at, |state| state.at);
                let period = u64::try_from(cycle.period).unwrap_or(u64::MAX);
                let moves = u64::try_from(cycle.states.len()).unwrap_or(u64::MAX);
                let finding_id = report(&cycle, object, findings);
                found.insert(id, OpenFinding { finding_id, first_at, last_seq: last.seq, moves, period });
            }
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|object, _| tracker.object(*object).is_some());
    }
}

fn is_flip(cycle: &Cycle<'_>, object: &TrackedObject, tracker: &Tracker) -> bool {
    let authors = cycle.authors();
    let one_writer = (authors.len() == 1 && cycle.authors_are_known()) || authors.is_empty();
    one_writer
        && cycle.is_of_status()
        && cycle.round() <= SLOWEST
        && !slow_loop::is_slow_loop(cycle)
        && match authors.first() {
            Some(author) => !is_reporter(&author.name) && is_driven(cycle, author, object, tracker),
            // Without times, only tens of flips say that they are fast.
            None => {
                (if tracker.is_timed() { is_steady(cycle) } else { object.history.len() >= MANY })
                    && !unrecorded_writer::last_manager(object).is_some_and(|name| is_reporter(&name))
            }
        }
}

/// True if the writer reacts to the object, or, where deliveries are not recorded, writes too fast or too regularly for events
/// from outside.
fn is_driven(cycle: &Cycle<'_>, author: &VersionAuthor, object: &TrackedObject, tracker: &Tracker) -> bool {
    if tracker.last_delivery(&author.name).is_none() {
        return is_steady(cycle);
    }
    let causes: Vec<Option<Cause>> = cycle.moves().filter_map(|state| state.author.as_ref()).map(|author| author.cause).collect();
    let own = |cause: &&Cause| cause.object == object.object.id && cause.certainty > Certainty::Guess;
    causes.iter().flatten().filter(own).count() * 3 >= causes.len() * 2
}

/// True if the flips are fast or regular.
fn is_steady(cycle: &Cycle<'_>) -> bool {
    let gaps: Vec<Duration> = cycle.states.windows(2).map(|two| two[1].at.since(two[0].at)).collect();
    let mut sorted = gaps.clone();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    median <= QUICK || is_regular(gaps.into_iter(), JITTER)
}

fn report(cycle: &Cycle<'_>, object: &TrackedObject, findings: &mut Findings) -> Option<FindingId> {
    let fields = cycle.fields(object);
    let authors = cycle.authors();
    let manager = unrecorded_writer::last_manager(object).filter(|_| authors.is_empty());
    let who = match (authors.first(), &manager) {
        (Some(author), _) => author.name.to_string(),
        (None, Some(manager)) => format!("an unrecorded writer (as {manager})"),
        (None, None) => "an unrecorded writer".to_owned(),
    };
    let sentence = format!(
        "{who} switches the status of {} back and forth between the same {} states{}",
        object.object,
        cycle.period,
        if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) },
    );
    findings.report(
        Finding::new(Class::Loops, Severity::Error, cycle.certainty(), sentence)
            .object(&object.object)
            .actors(authors.iter().map(|author| &author.name))
            .fields(fields)
            .evidence(cycle.states.iter().map(|state| state.author.as_ref().map_or(state.seq, |author| author.seq)))
            .rounds(u64::try_from(cycle::PERIODS).unwrap_or(u64::MAX))
            .pace(u64::try_from(cycle.period).unwrap_or(u64::MAX), 1, cycle.round()),
    )
}
