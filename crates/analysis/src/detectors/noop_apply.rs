//! Class C: an apply that changes nothing but gets a new resourceVersion.
//!
//! A real no-op keeps its resourceVersion. Its response is a known version, so the write is not its author.

use super::detector::Detector;
use super::input::Input;
use super::series::Series;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, ObjectId, Verb};

const ROUNDS: u64 = 4;

#[derive(Default)]
pub(super) struct NoopApply(Lru<(ActorId, ObjectId), Series, 4_096>);

impl Detector for NoopApply {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let (Some(object), Some(state)) = (input.object, input.authored) else { return };
        let Some(author) = state.author.as_ref().filter(|author| author.verb == Verb::Patch) else { return };
        let key = (author.actor, object.object.id);
        if state.changes.as_ref().is_none_or(|changes| !changes.is_empty()) {
            self.0.remove(&key);
            return;
        }
        let series = self.0.entry(key, Series::default);
        series.cadence.record(author.seq, author.at);
        series.report(findings, |cadence| {
            (cadence.count >= ROUNDS).then(|| {
                let sentence = format!(
                    "{} applies {} without a change, and each time the server assigns a new resourceVersion",
                    author.name, object.object
                );
                let finding = Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence);
                finding.object(&object.object).actors([&author.name])
            })
        });
    }

    fn forget(&mut self, tracker: &Tracker) {
        self.0.retain(|(_, object), _| tracker.object(*object).is_some());
    }
}
