//! Class K: the victim, not the culprit.
//!
//! An actor reconciles hotly and writes nothing. What has to be named is who keeps waking it, and only where every
//! one of those writes is known to be theirs.

use super::Detector;
use super::beat::Beat;
use crate::analysis::finding::{Book, Class, Finding, Severity, Ticket};
use crate::analysis::lru::Lru;
use crate::analysis::scene::{Scene, Step, is_read};
use crate::model::{ActorId, Certainty, Duration, ObjectId, Seq, Verb};

const ROUNDS: u64 = 20;
/// Writes slower than this wake nobody hotly.
const SLOWEST: Duration = Duration(1_000_000_000);

#[derive(Default)]
pub(super) struct HotVictim {
    /// Writes per object by one author that reach no new state.
    writes: Lru<ObjectId, Culprit, 1_024>,
    /// Who reads it after each of them.
    victims: Lru<(ActorId, ObjectId), Victim, 1_024>,
    /// The delivery that an actor has not yet answered to.
    woken: Lru<ActorId, (ObjectId, Seq), 1_024>,
}

struct Culprit {
    actor: ActorId,
    name: String,
    beat: Beat,
}

#[derive(Default)]
struct Victim {
    reads: u64,
    ticket: Option<Ticket>,
}

impl Detector for HotVictim {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        if step.authored.is_some() {
            self.written(step);
        }
        let Some(seen) = step.seen else { return };
        let woken = &mut self.woken;
        if seen.op.verb == Verb::Modified {
            // Only where there is a culprit at all: most deliveries are nobody's trouble.
            let object = seen.fact.as_ref().map(|fact| fact.object.id);
            if let Some(object) = object.filter(|id| self.writes.peek(id).is_some()) {
                woken.insert(seen.op.actor, (object, seen.op.seq));
            }
        } else if seen.op.verb.is_write() {
            woken.remove(&seen.op.actor);
            self.victims.retain(|(actor, _), _| *actor != seen.op.actor);
        } else if is_read(seen.op.verb)
            && let Some((object, delivery)) = woken.remove(&seen.op.actor)
        {
            self.answered(step, object, delivery, book);
        }
    }

    fn forget(&mut self, _: &Scene) {
        *self = HotVictim::default();
    }
}

impl HotVictim {
    fn written(&mut self, step: &Step<'_>) {
        let (Some(object), Some(state)) = (step.object, step.authored) else { return };
        let Some(author) = &state.author else { return };
        let writes = &mut self.writes;
        let id = object.object.id;
        let recurs = state.norm.is_some()
            && object.history.iter().any(|known| known.rank < state.rank && known.norm == state.norm)
            && !step.is_noise();
        if !recurs {
            writes.remove(&id);
            return;
        }
        let culprit = writes.entry(id, || Culprit { actor: author.actor, name: author.name.to_string(), beat: Beat::default() });
        if culprit.actor != author.actor {
            *culprit = Culprit { actor: author.actor, name: author.name.to_string(), beat: Beat::default() };
        }
        culprit.beat.strike(author.seq, author.at);
    }

    fn answered(&mut self, step: &Step<'_>, id: ObjectId, delivery: Seq, book: &mut Book) {
        let (Some(seen), Some(culprit)) = (step.seen, self.writes.peek(&id)) else { return };
        let hot = culprit.beat.median_gap().is_some_and(|gap| gap <= SLOWEST);
        if culprit.actor == seen.op.actor || !hot {
            return;
        }
        let victims = &mut self.victims;
        let victim = victims.entry((seen.op.actor, id), Victim::default);
        victim.reads += 1;
        let (rounds, took) = (victim.reads, culprit.beat.took());
        if let Some(ticket) = victim.ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = rounds;
            });
            return;
        }
        let Some(object) = step.scene.object(id).filter(|_| rounds >= ROUNDS) else { return };
        let sentence = format!(
            "{} is woken by every write of {} to {}, which says nothing new, and writes nothing itself",
            seen.actor, culprit.name, object.object
        );
        let mut operations: Vec<Seq> = culprit.beat.seqs().chain([delivery, seen.op.seq]).collect();
        operations.sort_unstable();
        victim.ticket = book.open(
            Finding::new(Class::Loops, Severity::Warning, Certainty::Likely, sentence)
                .object(&object.object)
                .actors([culprit.name.as_str(), &seen.actor])
                .evidence(operations)
                .rounds(rounds)
                .pace(1, culprit.beat.count.saturating_sub(1), took),
        );
    }
}
