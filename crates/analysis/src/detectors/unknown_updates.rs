//! Frequent updates whose content is not recorded (audit level Metadata). Whether they loop is unknown, so only their
//! frequency is reported.

use super::detector::Detector;
use super::input::Input;
use super::keys::target_key;
use super::series::Series;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::{ActorId, Certainty, Duration, Verb};

const ROUNDS: u64 = 20;
/// Heartbeats are slower.
const SLOWEST: Duration = Duration(1_000_000_000);

#[derive(Default)]
pub(super) struct UnknownUpdates(Lru<(ActorId, u64), Series, 4_096>);

impl Detector for UnknownUpdates {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) = input.operation.filter(|operation| matches!(operation.op.verb, Verb::Update | Verb::Patch)) else {
            return;
        };
        let known = input.object.and_then(|object| object.latest()).is_some_and(|state| state.norm.is_some());
        if known || !operation.is_done_write() || operation.op.name.is_empty() || input.is_lease_or_event() {
            return;
        }
        let series = self.0.entry((operation.op.actor, target_key(operation)), Series::default);
        if series.cadence.count > 0 && operation.op.at.since(series.cadence.last_at).0 > SLOWEST.0 * 10 {
            *series = Series::default();
        }
        series.cadence.record(operation.op.seq, operation.op.at);
        series.report(findings, |cadence| {
            let quick = cadence.count >= ROUNDS && cadence.median_gap().is_some_and(|gap| gap < SLOWEST);
            quick.then(|| {
                let sentence = format!("repeated updates of {} by {}, content unknown", operation.subject(), operation.actor);
                let finding = Finding::new(Class::Loops, Severity::Warning, Certainty::Guess, sentence);
                finding.object(&operation.subject()).actors([&operation.actor])
            })
        });
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}
