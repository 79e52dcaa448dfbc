//! Class K: an actor that works because of another's writes.
//!
//! It reconciles in quick succession and writes nothing. The finding names the actor whose writes trigger it, provided that
//! every one of them is known to be that actor's. If only the victim is recorded, the versions have no author, and
//! `managedFields` may name one.

use std::sync::Arc;

use super::cadence::Cadence;
use super::detector::Detector;
use super::input::Input;
use super::unrecorded_writer;
use crate::finding::{Class, Finding, Severity};
use crate::findings::{FindingId, Findings};
use crate::lru::Lru;
use crate::stream::Item;
use crate::tracker::{TrackedObject, TrackedVersion, Tracker};
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Seq, Span, Timestamp, Trigger, Verb};

const ROUNDS: u64 = 20;
/// Slower writes do not keep an actor busy.
const SLOWEST: Duration = Duration(1_000_000_000);

#[derive(Default)]
pub(super) struct HotVictim {
    /// Per object: consecutive writes by one author that reach no new state.
    writes: Lru<ObjectId, Culprit, 1_024>,
    /// Actors that work after each of these writes.
    victims: Lru<(ActorId, ObjectId), Victim, 1_024>,
    /// The delivery that an actor has not reacted to yet.
    woken: Lru<ActorId, (ObjectId, Seq), 1_024>,
}

struct Culprit {
    writer: Writer,
    cadence: Cadence,
}

/// An actor with its name, `None` for an unrecorded writer.
type Writer = Option<(ActorId, Arc<str>)>;

#[derive(Default)]
struct Victim {
    works: u64,
    finding_id: Option<FindingId>,
}

impl Detector for HotVictim {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        if input.authored.is_some() {
            self.recorded_write(input);
        }
        if input.new.is_some() {
            self.unrecorded_write(input);
        }
        if let Item::SpanStarted(span) = input.item {
            self.reconciled(input, span, findings);
        }
        let Some(operation) = input.operation else { return };
        let woken = &mut self.woken;
        if operation.op.verb == Verb::Modified {
            // Most deliveries are of objects without such writes.
            let object = operation.observed.as_ref().map(|observed| observed.object.id);
            if let Some(object) = object.filter(|id| self.writes.peek(id).is_some()) {
                woken.insert(operation.op.actor, (object, operation.op.seq));
            }
        } else if operation.op.verb.is_write() {
            // A lease holder writes its lease independently of deliveries.
            if !input.is_lease_or_event() {
                woken.remove(&operation.op.actor);
                self.victims.retain(|(actor, _), _| *actor != operation.op.actor);
            }
        } else if matches!(operation.op.verb, Verb::Get | Verb::List)
            && let Some((object, delivery)) = woken.remove(&operation.op.actor)
        {
            self.reacted(input, (operation.op.actor, &operation.actor), (object, delivery, Some(operation.op.seq)), findings);
        }
    }

    fn forget(&mut self, _: &Tracker) {
        *self = HotVictim::default();
    }
}

impl HotVictim {
    fn recorded_write(&mut self, input: &Input<'_>) {
        let (Some(object), Some(state)) = (input.object, input.authored) else { return };
        let Some(author) = &state.author else { return };
        let writes = &mut self.writes;
        let id = object.object.id;
        if !recurs(object, state) || input.is_lease_or_event() {
            writes.remove(&id);
            return;
        }
        record_write(writes, id, Some((author.actor, Arc::clone(&author.name))), (author.seq, author.at));
    }

    /// The version before the new one has no author. Its writer is unrecorded, since a response arrives before the next write.
    fn unrecorded_write(&mut self, input: &Input<'_>) {
        let (Some(object), Some(state)) = (input.object, input.before) else { return };
        let writes = &mut self.writes;
        let id = object.object.id;
        if state.author.is_some() || writes.peek(&id).is_some_and(|culprit| culprit.writer.is_some()) {
            return;
        }
        if !recurs(object, state) || input.is_lease_or_event() {
            writes.remove(&id);
            return;
        }
        record_write(writes, id, None, (state.seq, state.at));
    }

    /// An operator with cached reads shows its work only by its reconciles.
    fn reconciled(&mut self, input: &Input<'_>, span: &Span, findings: &mut Findings) {
        let Some((object, delivery)) = self.woken.peek(&span.actor).copied() else { return };
        let by_it = |trigger: &Trigger| {
            trigger.operation == Some(delivery) || input.tracker.by_uid(&trigger.uid).is_some_and(|uid| uid == object)
        };
        if span.triggers.iter().any(by_it) {
            self.woken.remove(&span.actor);
            let name = input.tracker.actor_name(span.actor).map_or("an actor", |name| &**name);
            self.reacted(input, (span.actor, name), (object, delivery, None), findings);
        }
    }

    fn reacted(
        &mut self,
        input: &Input<'_>,
        (actor, name): (ActorId, &str),
        (id, delivery, read): (ObjectId, Seq, Option<Seq>),
        findings: &mut Findings,
    ) {
        let Some(culprit) = self.writes.peek(&id) else { return };
        let hot = culprit.cadence.median_gap().is_some_and(|gap| gap <= SLOWEST);
        if culprit.writer.as_ref().is_some_and(|(writer, _)| *writer == actor) || !hot {
            return;
        }
        let victims = &mut self.victims;
        let victim = victims.entry((actor, id), Victim::default);
        victim.works += 1;
        let (rounds, took) = (victim.works, culprit.cadence.took());
        if let Some(finding_id) = victim.finding_id {
            findings.update(finding_id, |finding| {
                finding.add_evidence(read.unwrap_or(delivery));
                finding.rounds = rounds;
            });
            return;
        }
        let Some(object) = input.tracker.object(id).filter(|_| rounds >= ROUNDS) else { return };
        let culprits = culprit.writer.as_ref().map(|(_, culprit)| &**culprit);
        let sentence = format!(
            "{name} is woken by every write of {} to {}, which changes nothing, and writes nothing itself",
            culprits.map_or_else(|| unrecorded_writer::writer(object), str::to_owned),
            object.object
        );
        let mut operations: Vec<Seq> = culprit.cadence.seqs().chain([delivery]).chain(read).collect();

        operations.sort_unstable();
        operations.dedup();
        victim.finding_id = findings.report(
            Finding::new(Class::Loops, Severity::Warning, Certainty::Likely, sentence)
                .object(&object.object)
                .actors(culprits.into_iter().chain([name]))
                .evidence(operations)
                .rounds(rounds)
                .pace(1, culprit.cadence.count.saturating_sub(1), took),
        );
    }
}

/// True if the object had the same state before.
fn recurs(object: &TrackedObject, state: &TrackedVersion) -> bool {
    let before = |known: &TrackedVersion| known.rank < state.rank && known.norm == state.norm;
    state.norm.is_some() && object.history.iter().any(before)
}

fn record_write(writes: &mut Lru<ObjectId, Culprit, 1_024>, id: ObjectId, writer: Writer, (seq, at): (Seq, Timestamp)) {
    let culprit = writes.entry(id, || Culprit { writer: writer.clone(), cadence: Cadence::default() });
    if culprit.writer != writer {
        *culprit = Culprit { writer, cadence: Cadence::default() };
    }
    culprit.cadence.record(seq, at);
}
