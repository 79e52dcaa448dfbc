//! The whole normalised state of an object recurs, and its writers react to their own writes.
//!
//! A writer that changes the desired state for external reasons (an autoscaler) repeats states as well, so every change must
//! be caused by the object itself.

use super::cycle::{self, Cycle};
use super::detector::Detector;
use super::input::Input;
use super::slow_loop;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, ObjectId};

#[derive(Default)]
pub(super) struct StateCycle(Lru<ObjectId, (Option<FindingId>, u64), 1_024>);

impl Detector for StateCycle {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(object), Some(latest), Some(_)) = (input.object, input.new, input.before) else { return };
        let id = object.object.id;
        let found = &mut self.0;
        let Some(cycle) = cycle::find(object).filter(|cycle| answers_to_itself(cycle, id)) else {
            return;
        };
        let period = u64::try_from(cycle.period).unwrap_or(u64::MAX).max(1);
        if let Some((finding_id, moves)) = found.get(&id) {
            *moves += 1;
            let rounds = *moves / period;
            if let Some(finding_id) = *finding_id {
                findings.update(finding_id, |finding| {
                    finding.add_evidence(latest.seq);
                    finding.rounds = rounds;
                });
            }
            return;
        }
        let fields = cycle.fields(object);
        let authors = cycle.authors();
        let names: Vec<&str> = authors.iter().map(|author| &*author.name).collect();
        let sentence = format!(
            "{} goes through the same {} states repeatedly, written by {}",
            object.object,
            cycle.period,
            names.join(" and ")
        );
        let finding_id = findings.report(
            Finding::new(Class::Loops, Severity::Warning, cycle.certainty(), sentence)
                .object(&object.object)
                .actors(names)
                .fields(fields)
                .evidence(cycle.states.iter().map(|state| state.author.as_ref().map_or(state.seq, |author| author.seq)))
                .rounds(u64::try_from(cycle::PERIODS).unwrap_or(u64::MAX))
                .pace(period, 1, cycle.round()),
        );
        found.insert(id, (finding_id, u64::try_from(cycle.states.len()).unwrap_or(u64::MAX)));
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|object, _| tracker.object(*object).is_some());
    }
}

fn answers_to_itself(cycle: &Cycle<'_>, object: ObjectId) -> bool {
    let own = |author: &crate::tracker::VersionAuthor| {
        author.cause.is_some_and(|cause| cause.object == object && cause.certainty > Certainty::Guess)
    };
    cycle.authors_are_known()
        && !slow_loop::is_slow_loop(cycle)
        && cycle.moves().filter_map(|state| state.author.as_ref()).all(own)
}
