//! Frequent updates whose content is not recorded (audit level Metadata). Whether they loop is unknown, so only their
//! frequency is reported. Writes that follow a clock are heartbeats or reports of progress.

use super::detector::Detector;
use super::input::Input;
use super::keys::{family, is_reporter, target_key};
use super::series::Series;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::hash::bytes;
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Verb};

const ROUNDS: u64 = 20;
/// Heartbeats are slower.
const QUICK: Duration = Duration(200_000_000);
const SLOWEST: Duration = Duration(1_000_000_000);
/// So many updates at irregular times are reported although each comes later.
const MANY: u64 = 100;
const SLOWEST_OF_MANY: Duration = Duration(10_000_000_000);
/// Standard deviation of the gaps, relative to their mean, above which they do not follow a clock.
const JITTER: f64 = 0.15;

#[derive(Default)]
pub(super) struct UnknownUpdates(Lru<(u64, u64), Series, 4_096>);

impl Detector for UnknownUpdates {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) = input.operation.filter(|operation| matches!(operation.op.verb, Verb::Update | Verb::Patch)) else {
            return;
        };
        let known = input.object.and_then(|object| object.latest()).is_some_and(|state| state.norm.is_some());
        if known || !operation.is_done_write() || operation.op.name.is_empty() || input.is_lease_or_event() {
            return;
        }
        // The replicas of one service account are one writer.
        let writer = family(&operation.actor);
        let series = self.0.entry((bytes(writer.as_bytes()), target_key(operation)), Series::default);
        if series.cadence.count > 0 && operation.op.at.since(series.cadence.last_at).0 > SLOWEST_OF_MANY.0 * 3 {
            *series = Series::default();
        }
        series.cadence.record(operation.op.seq, operation.op.at);
        series.report(findings, |cadence| {
            let gap = cadence.median_gap()?;
            let irregular = !cadence.is_regular(JITTER);
            let quick = cadence.count >= ROUNDS && (gap < QUICK || (gap < SLOWEST && irregular));
            let many = cadence.count >= MANY && gap < SLOWEST_OF_MANY && irregular && !is_reporter(&writer);
            (quick || many).then(|| {
                let sentence = format!("repeated updates of {} by {writer}, content unknown", operation.subject());
                let finding = Finding::new(Class::Loops, Severity::Warning, Certainty::Guess, sentence);
                finding.object(&operation.subject()).actors([&writer])
            })
        });
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}
