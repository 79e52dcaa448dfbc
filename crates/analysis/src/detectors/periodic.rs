//! A regular beat: leases, heartbeats, resyncs. Labelled, never alerted.

use super::Detector;
use super::beat::{Series, number, place};
use crate::finding::{Book, Class, Finding, Severity};
use crate::hash::pair;
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use kuberewind_model::{Certainty, Duration, Verb};

const BEATS: u64 = 8;
const FASTEST: Duration = Duration(1_000_000_000);
/// Standard deviation as a share of the mean; of real leases it is 0.12 at a period of two seconds.
const JITTER: f64 = 0.2;

#[derive(Default)]
pub(super) struct Periodic(Lru<u64, Series, 8_192>);

impl Detector for Periodic {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen.filter(|seen| seen.op.kind.is_some() && seen.op.verb != Verb::Watch) else { return };
        let who = pair(number(seen.op.actor.0), number(seen.op.verb.code()));
        let what = seen.op.object.map_or_else(|| place(seen), |object| number(object.0));
        let series = self.0.entry(pair(who, what), Series::default);
        let beat = &mut series.beat;
        beat.strike(seen.op.seq, seen.op.at);
        if beat.count < BEATS || beat.median_gap().is_none_or(|gap| gap < FASTEST) || !beat.is_regular(JITTER) {
            return;
        }
        series.tell(book, |beat| {
            let every = beat.median_gap().unwrap_or_default();
            let sentence = format!("periodic: {} does {} {} every {every}", seen.actor, seen.op.verb, seen.subject());
            let finding = Finding::new(Class::Loops, Severity::Info, Certainty::Exact, sentence);
            Some(finding.object(&seen.subject()).actors([&seen.actor]))
        });
    }

    fn forget(&mut self, _: &Scene) {
        self.0.clear();
    }
}
