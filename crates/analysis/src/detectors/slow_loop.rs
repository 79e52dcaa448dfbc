//! Class G: a loop at the pace of the resync.
//!
//! No rate is high. Unlike the scaling of an autoscaler, it follows the clock, and the previous state is restored promptly. A
//! resync that changes nothing does not leave its state.

use super::cadence::is_regular;
use super::cycle::{self, Cycle};
use super::detector::Detector;
use super::input::Input;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker};
use kuberewind_model::{Duration, ObjectId, Seq};

/// Other detectors cover faster rounds.
const FASTEST: Duration = Duration(30_000_000_000);
/// The object may be away from its state for at most 1/AWAY of a round.
const AWAY: u64 = 5;

#[derive(Default)]
pub(super) struct SlowLoop(Lru<ObjectId, (Option<FindingId>, Seq, u64), 1_024>);

impl Detector for SlowLoop {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(object), Some(latest), Some(_)) = (input.object, input.new, input.before) else { return };
        let found = &mut self.0;
        let id = object.object.id;
        let Some(cycle) = cycle::find(object).filter(is_slow_loop) else {
            if !latest.is_volatile_only() && cycle::find(object).is_none() {
                found.remove(&id);
            }
            return;
        };
        if let Some((finding_id, _, moves)) = found.get(&id) {
            *moves += 1;
            let rounds = *moves / u64::try_from(cycle.period).unwrap_or(u64::MAX).max(1);
            if let Some(finding_id) = *finding_id {
                findings.update(finding_id, |finding| {
                    finding.add_evidence(latest.seq);
                    finding.rounds = rounds;
                });
            }
            return;
        }
        let finding_id = report(&cycle, object, findings);
        found.insert(id, (finding_id, latest.seq, u64::try_from(cycle.states.len()).unwrap_or(u64::MAX)));
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|object, _| tracker.object(*object).is_some());
    }
}

/// True if the rounds are slow and regular, and the state is restored promptly.
pub(super) fn is_slow_loop(cycle: &Cycle<'_>) -> bool {
    let round = cycle.round();
    if round < FASTEST {
        return false;
    }
    let stays: Vec<Duration> = cycle.states.windows(2).map(|two| two[1].at.since(two[0].at)).collect();
    // The longest stay of a round is the pause until the next resync.
    let Some(longest) = stays.iter().copied().max() else { return false };
    let pauses: Vec<Duration> = stays.iter().copied().filter(|stay| stay.0 > longest.0 / 2).collect();
    let away: u64 = stays.iter().filter(|stay| stay.0 <= longest.0 / 2).map(|stay| stay.0).sum();
    // One pause in each round. Otherwise the object rests in several states, as one that is scaled does.
    let one_pause = pauses.len() * cycle.period <= stays.len() + cycle.period;
    let rounds = u64::try_from(pauses.len()).unwrap_or(u64::MAX);
    one_pause && rounds >= 2 && is_regular(pauses.into_iter(), 0.15) && away / rounds <= longest.0 / AWAY
}

fn report(cycle: &Cycle<'_>, object: &TrackedObject, findings: &mut Findings) -> Option<FindingId> {
    let fields = cycle.fields(object);
    let authors = cycle.authors();
    let names: Vec<&str> = authors.iter().map(|author| &*author.name).collect();
    let who = if names.is_empty() { "an unrecorded writer".to_owned() } else { names.join(" and ") };
    let sentence = format!(
        "every {} {who} changes {} and puts it back{}",
        cycle.round(),
        object.object,
        if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) },
    );
    let evidence = |state: &&TrackedVersion| state.author.as_ref().map_or(state.seq, |author| author.seq);
    findings.report(
        Finding::new(Class::Loops, Severity::Warning, cycle.certainty(), sentence)
            .object(&object.object)
            .actors(names)
            .fields(fields)
            .evidence(cycle.states.iter().map(evidence))
            .rounds(u64::try_from(cycle::PERIODS).unwrap_or(u64::MAX))
            .pace(u64::try_from(cycle.period).unwrap_or(u64::MAX), 1, cycle.round()),
    )
}
