//! Error-retry storms: the same call fails in the same way again and again.

use super::Detector;
use super::beat::{Series, number, place};
use crate::finding::{Book, Class, Finding, Severity};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::stream::Observed;
use kuberewind_model::{Certainty, Duration, Verb};

const ROUNDS: u64 = 8;
const SLOWEST: Duration = Duration(60_000_000_000);

#[derive(Default)]
pub(super) struct ErrorRetry(Lru<u64, Run, 4_096>);

struct Run {
    status: u16,
    series: Series,
}

impl Detector for ErrorRetry {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        // Health checks and discovery have no kind, and belong to the errors.
        let Some(seen) = step.seen.filter(|seen| seen.op.kind.is_some()) else { return };
        if !is_trouble(seen) {
            if !self.0.is_empty() && !seen.is_failure() {
                self.0.remove(&call(seen));
            }
            return;
        }
        let runs = &mut self.0;
        let status = seen.op.status;
        let fresh = || Run { status, series: Series::default() };
        let run = runs.entry(call(seen), fresh);
        let late = |run: &Run| run.series.beat.count > 0 && seen.op.at.since(run.series.beat.last_at) > SLOWEST;
        if run.status != status || late(run) {
            *run = fresh();
        }
        run.series.beat.strike(seen.op.seq, seen.op.at);
        run.series.tell(book, |beat| {
            (beat.count >= ROUNDS).then(|| {
                let reason = seen.detail.as_ref().map_or("", |detail| &*detail.reason);
                let why = if reason.is_empty() { &*seen.op.error } else { reason };
                let sentence =
                    format!("{} tries to {} {} and fails every time ({status} {why})", seen.actor, seen.op.verb, seen.subject());
                let finding = Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence);
                finding.object(&seen.subject()).actors([&seen.actor])
            })
        });
    }

    fn forget(&mut self, _: &Scene) {
        self.0.clear();
    }
}

/// Whether a failure is one that retrying does not explain: looking for what is not there is a question, a conflict has
/// a detector of its own.
fn is_trouble(seen: &Observed) -> bool {
    seen.is_failure() && !matches!((seen.op.verb, seen.op.status), (Verb::Get, 404) | (_, 409))
}

fn call(seen: &Observed) -> u64 {
    let who = pair(number(seen.op.actor.0), number(seen.op.verb.code()));
    pair(pair(who, place(seen)), bytes(seen.op.subresource.as_bytes()))
}
