//! Repeated identical reads: an actor asks for what it has just been told.

use super::Detector;
use super::beat::Beat;
use crate::analysis::finding::{Book, Class, Finding, Severity, Ticket};
use crate::analysis::lru::Lru;
use crate::analysis::scene::{Scene, Step};
use crate::model::{ActorId, Certainty, Duration, ObjectId, Rank, Verb};

const READS: u64 = 30;
const SLOWEST: Duration = Duration(500_000_000);

#[derive(Default)]
pub(super) struct IdenticalReads(Lru<(ActorId, ObjectId), (Rank, Beat, Option<Ticket>), 8_192>);

impl Detector for IdenticalReads {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(seen) = step.seen.filter(|seen| seen.op.verb == Verb::Get) else { return };
        let Some(fact) = &seen.fact else { return };
        let reads = &mut self.0;
        let rank = fact.version.rank;
        let (last, beat, ticket) = reads.entry((seen.op.actor, fact.object.id), || (rank, Beat::default(), None));
        if *last != rank {
            (*last, *beat, *ticket) = (rank, Beat::default(), None);
        }
        beat.strike(seen.op.seq, seen.op.at);
        let (count, took) = (beat.count, beat.took());
        if let Some(ticket) = *ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = count;
                finding.set_pace(1, count.saturating_sub(1), took);
            });
        } else if count >= READS && beat.median_gap().is_some_and(|gap| gap <= SLOWEST) {
            let sentence = format!("{} reads {} again and again and finds it unchanged", seen.actor, fact.object);
            *ticket = book.open(
                Finding::new(Class::Slow, Severity::Warning, Certainty::Exact, sentence)
                    .object(&fact.object)
                    .actors([&seen.actor])
                    .evidence(beat.seqs())
                    .rounds(count)
                    .pace(1, count.saturating_sub(1), took),
            );
        }
    }

    fn forget(&mut self, scene: &Scene) {
        self.0.retain(|(_, object), _| scene.object(*object).is_some());
    }
}
