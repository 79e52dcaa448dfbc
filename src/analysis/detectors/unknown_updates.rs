//! What can be said of updates whose content was not recorded (audit level Metadata): that they come quickly and often.
//! Whether they loop cannot be said, and is not.

use super::Detector;
use super::beat::Beat;
use crate::analysis::finding::{Book, Class, Finding, Severity, Ticket};
use crate::analysis::hash::{bytes, pair};
use crate::analysis::lru::Lru;
use crate::analysis::scene::{Scene, Step};
use crate::model::{ActorId, Certainty, Duration, Verb};

const ROUNDS: u64 = 20;
/// Heartbeats are slower.
const SLOWEST: Duration = Duration(1_000_000_000);

#[derive(Default)]
pub(super) struct UnknownUpdates(Lru<(ActorId, u64), (Beat, Option<Ticket>), 4_096>);

impl Detector for UnknownUpdates {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen.filter(|seen| matches!(seen.op.verb, Verb::Update | Verb::Patch)) else { return };
        let known = step.object.and_then(|object| object.latest()).is_some_and(|state| state.norm.is_some());
        if known || !seen.is_done_write() || seen.op.name.is_empty() || step.is_noise() {
            return;
        }
        let kind = seen.op.kind.map_or(0, |kind| u64::from_ne_bytes(kind.0.to_ne_bytes()));
        let name = pair(pair(kind, bytes(seen.op.namespace.as_bytes())), bytes(seen.op.name.as_bytes()));
        let runs = &mut self.0;
        let (beat, ticket) = runs.entry((seen.op.actor, name), Default::default);
        if beat.count > 0 && seen.op.at.since(beat.last_at).0 > SLOWEST.0 * 10 {
            (*beat, *ticket) = (Beat::default(), None);
        }
        beat.strike(seen.op.seq, seen.op.at);
        let (rounds, took) = (beat.count, beat.took());
        if let Some(ticket) = *ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = rounds;
                finding.set_pace(1, rounds.saturating_sub(1), took);
            });
        } else if rounds >= ROUNDS && beat.median_gap().is_some_and(|gap| gap < SLOWEST) {
            let sentence = format!("repeated updates of {} by {}, content unknown", seen.subject(), seen.actor);
            *ticket = book.open(
                Finding::new(Class::Loops, Severity::Warning, Certainty::Guess, sentence)
                    .object(&seen.subject())
                    .actors([&seen.actor])
                    .evidence(beat.seqs())
                    .rounds(rounds)
                    .pace(1, rounds.saturating_sub(1), took),
            );
        }
    }

    fn forget(&mut self, _: &Scene) {
        self.0.clear();
    }
}
