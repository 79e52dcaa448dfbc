//! Class B: one writer flips the status.
//!
//! A real transition looks similar, but it changes the generation or fields outside the status, or reaches new states. So the
//! whole normalised state must recur, not a single field.

use super::cycle::{self, Cycle};
use super::detector::Detector;
use super::input::Input;
use super::slow_loop;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::tracker::{TrackedObject, Tracker};
use kuberewind_model::{Duration, ObjectId, Seq, Timestamp};

/// Slower flips come from the environment, not from a controller.
const SLOWEST: Duration = Duration(600_000_000_000);

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
        let Some(cycle) = cycle::find(object).filter(|cycle| is_flip(cycle)) else {
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

fn is_flip(cycle: &Cycle<'_>) -> bool {
    let authors = cycle.authors().len();
    let one_writer = (authors == 1 && cycle.authors_are_known()) || authors == 0;
    one_writer && cycle.is_of_status() && cycle.round() <= SLOWEST && !slow_loop::is_slow_loop(cycle)
}

fn report(cycle: &Cycle<'_>, object: &TrackedObject, findings: &mut Findings) -> Option<FindingId> {
    let fields = cycle.fields(object);
    let authors = cycle.authors();
    let who = authors.first().map_or("an unrecorded writer", |author| &author.name);
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
