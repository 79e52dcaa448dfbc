//! Class K: the victim, not the culprit.
//!
//! An actor reconciles hotly and writes nothing. What has to be named is who keeps waking it, and only where every
//! one of those writes is known to be theirs. Who records only his own operator does not see the culprit's calls: then
//! the states that come have no author, and `managedFields` may name one.

use std::sync::Arc;

use super::Detector;
use super::beat::Beat;
use super::unseen;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::scene::{ObjectState, Scene, State, Step, is_read};
use crate::stream::Item;
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Seq, Span, Timestamp, Trigger, Verb};

const ROUNDS: u64 = 20;
/// Writes slower than this wake nobody hotly.
const SLOWEST: Duration = Duration(1_000_000_000);

#[derive(Default)]
pub(super) struct HotVictim {
    /// Writes per object by one author that reach no new state.
    writes: Lru<ObjectId, Culprit, 1_024>,
    /// Who works after each of them.
    victims: Lru<(ActorId, ObjectId), Victim, 1_024>,
    /// The delivery that an actor has not yet answered to.
    woken: Lru<ActorId, (ObjectId, Seq), 1_024>,
}

struct Culprit {
    writer: Writer,
    beat: Beat,
}

/// An actor with its name; `None` for somebody whose writes are not in the recording.
type Writer = Option<(ActorId, Arc<str>)>;

#[derive(Default)]
struct Victim {
    works: u64,
    ticket: Option<Ticket>,
}

impl Detector for HotVictim {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        if step.authored.is_some() {
            self.written(step);
        }
        if step.new.is_some() {
            self.unseen(step);
        }
        if let Item::SpanStarted(span) = step.item {
            self.reconciles(step, span, book);
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
            // Who holds a lease writes it whatever comes.
            if !step.is_noise() {
                woken.remove(&seen.op.actor);
                self.victims.retain(|(actor, _), _| *actor != seen.op.actor);
            }
        } else if is_read(seen.op.verb)
            && let Some((object, delivery)) = woken.remove(&seen.op.actor)
        {
            self.answered(step, (seen.op.actor, &seen.actor), (object, delivery, Some(seen.op.seq)), book);
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
        if !recurs(object, state) || step.is_noise() {
            writes.remove(&id);
            return;
        }
        strike(writes, id, Some((author.actor, Arc::clone(&author.name))), (author.seq, author.at));
    }

    /// The state before the new one has no author, and by now it would have: an answer comes before the next write.
    fn unseen(&mut self, step: &Step<'_>) {
        let (Some(object), Some(state)) = (step.object, step.before) else { return };
        let writes = &mut self.writes;
        let id = object.object.id;
        if state.author.is_some() || writes.peek(&id).is_some_and(|culprit| culprit.writer.is_some()) {
            return;
        }
        if !recurs(object, state) || step.is_noise() {
            writes.remove(&id);
            return;
        }
        strike(writes, id, None, (state.seq, state.at));
    }

    /// An operator whose reads are answered by its own cache shows its work by its reconciles alone.
    fn reconciles(&mut self, step: &Step<'_>, span: &Span, book: &mut Book) {
        let Some((object, delivery)) = self.woken.peek(&span.actor).copied() else { return };
        let by_it = |trigger: &Trigger| {
            trigger.operation == Some(delivery) || step.scene.by_uid(&trigger.uid).is_some_and(|uid| uid == object)
        };
        if span.triggers.iter().any(by_it) {
            self.woken.remove(&span.actor);
            let name = step.scene.actor_name(span.actor).map_or("an actor", |name| &**name);
            self.answered(step, (span.actor, name), (object, delivery, None), book);
        }
    }

    fn answered(
        &mut self,
        step: &Step<'_>,
        (actor, name): (ActorId, &str),
        (id, delivery, read): (ObjectId, Seq, Option<Seq>),
        book: &mut Book,
    ) {
        let Some(culprit) = self.writes.peek(&id) else { return };
        let hot = culprit.beat.median_gap().is_some_and(|gap| gap <= SLOWEST);
        if culprit.writer.as_ref().is_some_and(|(writer, _)| *writer == actor) || !hot {
            return;
        }
        let victims = &mut self.victims;
        let victim = victims.entry((actor, id), Victim::default);
        victim.works += 1;
        let (rounds, took) = (victim.works, culprit.beat.took());
        if let Some(ticket) = victim.ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(read.unwrap_or(delivery));
                finding.rounds = rounds;
            });
            return;
        }
        let Some(object) = step.scene.object(id).filter(|_| rounds >= ROUNDS) else { return };
        let culprits = culprit.writer.as_ref().map(|(_, culprit)| &**culprit);
        let sentence = format!(
            "{name} is woken by every write of {} to {}, which says nothing new, and writes nothing itself",
            culprits.map_or_else(|| unseen::writer(object), str::to_owned),
            object.object
        );
        let mut operations: Vec<Seq> = culprit.beat.seqs().chain([delivery]).chain(read).collect();

        operations.sort_unstable();
        operations.dedup();
        victim.ticket = book.open(
            Finding::new(Class::Loops, Severity::Warning, Certainty::Likely, sentence)
                .object(&object.object)
                .actors(culprits.into_iter().chain([name]))
                .evidence(operations)
                .rounds(rounds)
                .pace(1, culprit.beat.count.saturating_sub(1), took),
        );
    }
}

/// Whether the object had been like this before.
fn recurs(object: &ObjectState, state: &State) -> bool {
    let before = |known: &State| known.rank < state.rank && known.norm == state.norm;
    state.norm.is_some() && object.history.iter().any(before)
}

fn strike(writes: &mut Lru<ObjectId, Culprit, 1_024>, id: ObjectId, writer: Writer, (seq, at): (Seq, Timestamp)) {
    let culprit = writes.entry(id, || Culprit { writer: writer.clone(), beat: Beat::default() });
    if culprit.writer != writer {
        *culprit = Culprit { writer, beat: Beat::default() };
    }
    culprit.beat.strike(seq, at);
}
