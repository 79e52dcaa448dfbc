//! Regular calls: leases, heartbeats, resyncs. Reported as info only.

use super::detector::Detector;
use super::input::Input;
use super::keys::{id_key, target_key};
use super::series::Series;
use crate::finding::{Class, Finding, Severity};
use crate::findings::Findings;
use crate::hash::pair;
use crate::lru::Lru;
use crate::tracker::Tracker;
use kuberewind_model::{Certainty, Duration, Verb};

const BEATS: u64 = 8;
const FASTEST: Duration = Duration(1_000_000_000);
/// Standard deviation relative to the mean. Real leases have 0.12 at a period of two seconds.
const JITTER: f64 = 0.2;

#[derive(Default)]
pub(super) struct Periodic(Lru<u64, Series, 8_192>);

impl Detector for Periodic {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        let Some(operation) = input.operation.filter(|operation| operation.op.kind.is_some() && operation.op.verb != Verb::Watch)
        else {
            return;
        };
        let who = pair(id_key(operation.op.actor.0), id_key(operation.op.verb.code()));
        let what = operation.op.object.map_or_else(|| target_key(operation), |object| id_key(object.0));
        let series = self.0.entry(pair(who, what), Series::default);
        let cadence = &mut series.cadence;
        cadence.record(operation.op.seq, operation.op.at);
        if cadence.count < BEATS || cadence.median_gap().is_none_or(|gap| gap < FASTEST) || !cadence.is_regular(JITTER) {
            return;
        }
        series.report(findings, |cadence| {
            let every = cadence.median_gap().unwrap_or_default();
            let sentence = format!("periodic: {} {} {} every {every}", operation.actor, operation.op.verb, operation.subject());
            let finding = Finding::new(Class::Loops, Severity::Info, Certainty::Exact, sentence);
            Some(finding.object(&operation.subject()).actors([&operation.actor]))
        });
    }

    fn forget(&mut self, _: &Tracker) {
        self.0.clear();
    }
}
