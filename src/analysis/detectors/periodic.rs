//! A regular beat: leases, heartbeats, resyncs. Labelled, never alerted.

use super::Detector;
use super::beat::Beat;
use crate::analysis::finding::{Book, Class, Finding, Severity, Ticket};
use crate::analysis::hash::{bytes, pair};
use crate::analysis::lru::Lru;
use crate::analysis::scene::{Scene, Step};
use crate::model::{Certainty, Duration, Verb};

const BEATS: u64 = 8;
const FASTEST: Duration = Duration(1_000_000_000);
/// Standard deviation as a share of the mean; of real leases it is 0.12 at a period of two seconds.
const JITTER: f64 = 0.2;

#[derive(Default)]
pub(super) struct Periodic(Lru<u64, (Beat, Option<Ticket>), 8_192>);

impl Detector for Periodic {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen.filter(|seen| seen.op.kind.is_some() && seen.op.verb != Verb::Watch) else { return };
        let number = |id: i64| u64::from_ne_bytes(id.to_ne_bytes());
        let who = pair(number(seen.op.actor.0), number(seen.op.verb.code()));
        let what = seen.op.object.map_or_else(
            || {
                pair(
                    seen.op.kind.map_or(0, |kind| number(kind.0)),
                    pair(bytes(seen.op.namespace.as_bytes()), bytes(seen.op.name.as_bytes())),
                )
            },
            |object| number(object.0),
        );
        let beats = &mut self.0;
        let (beat, ticket) = beats.entry(pair(who, what), Default::default);
        beat.strike(seen.op.seq, seen.op.at);
        if beat.count < BEATS || beat.median_gap().is_none_or(|gap| gap < FASTEST) || !beat.is_regular(JITTER) {
            return;
        }
        let (rounds, took) = (beat.count, beat.took());
        if let Some(ticket) = *ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = rounds;
                finding.set_pace(1, rounds.saturating_sub(1), took);
            });
        } else {
            let every = beat.median_gap().unwrap_or_default();
            let sentence = format!("periodic: {} does {} {} every {every}", seen.actor, seen.op.verb, seen.subject());
            *ticket = book.open(
                Finding::new(Class::Loops, Severity::Info, Certainty::Exact, sentence)
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
