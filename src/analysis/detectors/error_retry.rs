//! Error-retry storms: the same call fails in the same way again and again.

use super::Detector;
use super::beat::Beat;
use crate::analysis::finding::{Book, Class, Finding, Severity, Ticket};
use crate::analysis::hash::{bytes, pair};
use crate::analysis::lru::Lru;
use crate::analysis::scene::{Scene, Step};
use crate::analysis::stream::Observed;
use crate::model::{Certainty, Duration, Verb};

const ROUNDS: u64 = 8;
const SLOWEST: Duration = Duration(60_000_000_000);

#[derive(Default)]
pub(super) struct ErrorRetry(Lru<u64, Run, 4_096>);

struct Run {
    status: u16,
    beat: Beat,
    ticket: Option<Ticket>,
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
        let fresh = || Run { status, beat: Beat::default(), ticket: None };
        let run = runs.entry(call(seen), fresh);
        if run.status != status || run.beat.count > 0 && seen.op.at.since(run.beat.last_at) > SLOWEST {
            *run = fresh();
        }
        run.beat.strike(seen.op.seq, seen.op.at);
        let (rounds, took) = (run.beat.count, run.beat.took());
        if let Some(ticket) = run.ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = rounds;
                finding.set_pace(1, rounds.saturating_sub(1), took);
            });
        } else if rounds >= ROUNDS {
            let reason = seen.detail.as_ref().map_or("", |detail| &*detail.reason);
            let why = if reason.is_empty() { &*seen.op.error } else { reason };
            let sentence =
                format!("{} tries to {} {} and fails every time ({status} {why})", seen.actor, seen.op.verb, seen.subject());
            run.ticket = book.open(
                Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence)
                    .object(&seen.subject())
                    .actors([&seen.actor])
                    .evidence(run.beat.seqs())
                    .rounds(rounds)
                    .pace(1, rounds.saturating_sub(1), took),
            );
        }
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
    let number = |id: i64| u64::from_ne_bytes(id.to_ne_bytes());
    let who = pair(number(seen.op.actor.0), number(seen.op.verb.code()));
    let what = pair(seen.op.kind.map_or(0, |kind| number(kind.0)), bytes(seen.op.namespace.as_bytes()));
    pair(pair(who, what), pair(bytes(seen.op.name.as_bytes()), bytes(seen.op.subresource.as_bytes())))
}
