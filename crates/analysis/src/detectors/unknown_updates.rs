//! What can be said of updates whose content was not recorded (audit level Metadata): that they come quickly and often.
//! Whether they loop cannot be said, and is not.

use super::Detector;
use super::beat::{Series, place};
use crate::finding::{Book, Class, Finding, Severity};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use kuberewind_model::{ActorId, Certainty, Duration, Verb};

const ROUNDS: u64 = 20;
/// Heartbeats are slower.
const SLOWEST: Duration = Duration(1_000_000_000);

#[derive(Default)]
pub(super) struct UnknownUpdates(Lru<(ActorId, u64), Series, 4_096>);

impl Detector for UnknownUpdates {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen.filter(|seen| matches!(seen.op.verb, Verb::Update | Verb::Patch)) else { return };
        let known = step.object.and_then(|object| object.latest()).is_some_and(|state| state.norm.is_some());
        if known || !seen.is_done_write() || seen.op.name.is_empty() || step.is_noise() {
            return;
        }
        let series = self.0.entry((seen.op.actor, place(seen)), Series::default);
        if series.beat.count > 0 && seen.op.at.since(series.beat.last_at).0 > SLOWEST.0 * 10 {
            *series = Series::default();
        }
        series.beat.strike(seen.op.seq, seen.op.at);
        series.tell(book, |beat| {
            let quick = beat.count >= ROUNDS && beat.median_gap().is_some_and(|gap| gap < SLOWEST);
            quick.then(|| {
                let sentence = format!("repeated updates of {} by {}, content unknown", seen.subject(), seen.actor);
                let finding = Finding::new(Class::Loops, Severity::Warning, Certainty::Guess, sentence);
                finding.object(&seen.subject()).actors([&seen.actor])
            })
        });
    }

    fn forget(&mut self, _: &Scene) {
        self.0.clear();
    }
}
