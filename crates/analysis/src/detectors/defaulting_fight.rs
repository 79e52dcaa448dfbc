//! Class D: defaulting or normalising fights.
//!
//! An operator compares what it wants with what is there, finds the server's defaults, and writes what it wants again.
//! The first write after an upgrade looks the same, once; a resync at leisure looks the same, slowly.

use super::Detector;
use super::beat::Beat;
use super::sent_and_kept::{Difference, compare};
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::normalise::Content;
use crate::scene::{ObjectState, Scene, Step};
use crate::stream::Observed;
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Verb};

const ROUNDS: u64 = 5;
/// Rounds slower than this are a resync.
const SLOWEST: Duration = Duration(5_000_000_000);

#[derive(Default)]
pub(super) struct DefaultingFight(Lru<(ActorId, ObjectId), Run, 4_096>);

#[derive(Default)]
struct Run {
    request: u64,
    answer: Option<u64>,
    beat: Beat,
    ticket: Option<Ticket>,
}

impl Detector for DefaultingFight {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let (Some(seen), Some(object)) = (step.seen, step.object) else { return };
        let writes = matches!(seen.op.verb, Verb::Update | Verb::Patch) && seen.is_done_write();
        if !writes {
            return;
        }
        let runs = &mut self.0;
        let run = runs.entry((seen.op.actor, object.object.id), Run::default);
        let answer = object.latest().and_then(|state| state.norm);
        if let Some(sent) = step.sent {
            if run.request != sent.norm || run.answer != answer {
                *run = Run { request: sent.norm, answer, ..Run::default() };
            }
        } else if run.answer != answer {
            *run = Run::default();
            return;
        }
        if run.request == 0 {
            return;
        }
        run.beat.strike(seen.op.seq, seen.op.at);
        let rounds = run.beat.count;
        if let Some(ticket) = run.ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = rounds;
                finding.set_pace(1, rounds.saturating_sub(1), run.beat.took());
            });
        } else if let (true, Some(sent), Some(kept)) = (rounds >= ROUNDS, step.sent, &object.content) {
            let hot = run.beat.median_gap().is_some_and(|gap| gap <= SLOWEST);
            let difference = compare(sent, kept, seen.op.verb, &seen.op.subresource);
            if hot && !(difference.defaulted.is_empty() && difference.mutated.is_empty()) {
                run.ticket = report(seen, object, sent, &difference, &run.beat, book);
            }
        }
    }

    fn forget(&mut self, scene: &Scene) {
        self.0.retain(|(_, object), _| scene.object(*object).is_some());
    }
}

fn report(
    seen: &Observed,
    object: &ObjectState,
    sent: &Content,
    difference: &Difference,
    beat: &Beat,
    book: &mut Book,
) -> Option<Ticket> {
    let named = |paths: &[u64]| {
        let mut fields: Vec<String> =
            paths.iter().take(8).filter_map(|path| object.pointer(*path).or_else(|| sent.pointer(*path))).collect();
        fields.sort();
        fields
    };
    let (added, altered) = (named(&difference.defaulted), named(&difference.mutated));
    let mut causes = Vec::new();
    if !added.is_empty() {
        causes.push(format!("adds {}", added.join(", ")));
    }
    if !altered.is_empty() {
        causes.push(format!("alters {}", altered.join(", ")));
    }
    let sentence =
        format!("{} sends {} the same content again and again; the server {}", seen.actor, object.object, causes.join(" and "));
    book.open(
        Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, sentence)
            .object(&object.object)
            .actors([&seen.actor])
            .fields(added.into_iter().chain(altered).collect())
            .evidence(beat.seqs())
            .rounds(beat.count)
            .pace(1, beat.count.saturating_sub(1), beat.took()),
    )
}
