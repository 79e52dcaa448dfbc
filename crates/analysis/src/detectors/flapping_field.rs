//! Class H without calls: a field that goes back and forth in a watch stream.
//!
//! `kubectl get -w`, captures and views of other people's objects have no calls. `managedFields` may name one writer or both. A
//! single manager that changes a field of its own, as an autoscaler does, must do it more often and quickly.

use super::cadence::Cadence;
use super::detector::Detector;
use super::input::Input;
use super::unrecorded_writer;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::normalise::Section;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker};
use kuberewind_model::{Certainty, Duration, ObjectId};

/// Flips by two managers that alternate.
const FLIPS: usize = 6;
/// Flips whose other writer is unknown.
const FLIPS_OF_ONE: usize = 20;
/// Slower flips may have reasons outside.
const SLOWEST: Duration = Duration(60_000_000_000);
const MAX_PATHS: usize = 16;

#[derive(Default)]
pub(super) struct FlappingField(Lru<(ObjectId, u64), Fight, 2_048>);

#[derive(Default)]
struct Fight {
    cadence: Cadence,
    /// The value before the latest flip, and after it.
    values: (u64, u64),
    managers: Vec<String>,
    finding_id: Option<FindingId>,
}

impl Detector for FlappingField {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(object), Some(state), Some(before)) = (input.object, input.new, input.before) else { return };
        // The response of the newest write may be outstanding, that of the one before is not.
        if before.author.is_some() || state.author.is_some() || input.operation.is_none_or(|item| !item.op.verb.is_watch_event())
        {
            return;
        }
        let Some(changes) = &state.changes else { return };
        for change in changes.iter().filter(|change| !change.volatile && change.section != Section::Status).take(MAX_PATHS) {
            let fight = self.0.entry((object.object.id, change.path), Fight::default);
            let alternates = fight.values == (change.after, change.before);
            if !alternates {
                *fight = Fight::default();
            }
            fight.values = (change.before, change.after);
            fight.cadence.record(state.seq, state.at);
            record(fight, object, state, change.path, findings);
        }
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|(object, _), _| tracker.object(*object).is_some());
    }
}

fn record(fight: &mut Fight, object: &TrackedObject, state: &TrackedVersion, path: u64, findings: &mut Findings) {
    let flips = usize::try_from(fight.cadence.count).unwrap_or(usize::MAX);
    let (rounds, took) = (fight.cadence.count / 2, fight.cadence.took());
    if let Some(finding_id) = fight.finding_id {
        findings.update(finding_id, |finding| {
            finding.add_evidence(state.seq);
            finding.rounds = rounds;
            finding.set_pace(2, rounds, took);
        });
        return;
    }
    if flips < FLIPS || fight.cadence.median_gap().is_some_and(|gap| gap > SLOWEST) {
        return;
    }
    let Some(field) = object.pointer(path) else { return };
    let [one, two] = unrecorded_writer::owners(object, &field);
    fight.managers = one.clone().into_iter().chain(two.clone()).collect();
    fight.managers.sort();
    fight.managers.dedup();
    if fight.managers.len() < 2 && flips < FLIPS_OF_ONE {
        return;
    }
    let who = match &fight.managers[..] {
        [one, two, ..] => format!("{one} and {two} keep undoing each other on"),
        [one] if one_and_one(object, &field) => format!("{one} keeps changing its own field"),
        [one] => format!("{one} and an unrecorded writer keep undoing each other on"),
        [] => "unrecorded writers keep undoing each other on".to_owned(),
    };
    let values = object.values(path).map_or_else(String::new, |(before, after)| format!(" ({before} ↔ {after})"));
    let sentence = format!("{who} {field}{values} of {}", object.object);
    fight.finding_id = findings.report(
        Finding::new(Class::Loops, Severity::Error, Certainty::Likely, sentence)
            .object(&object.object)
            .actors(&fight.managers)
            .fields(vec![field])
            .evidence(fight.cadence.seqs())
            .rounds(rounds)
            .pace(2, rounds, took),
    );
}

/// True if the same manager owns the field before and after its change.
fn one_and_one(object: &TrackedObject, field: &str) -> bool {
    let [one, two] = unrecorded_writer::owners(object, field);
    one.is_some() && one == two
}
