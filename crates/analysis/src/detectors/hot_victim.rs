//! Class K: the victim, not the culprit.
//!
//! An actor reconciles hotly and writes nothing. What has to be named is who keeps waking it, and only where every
//! one of those writes is known to be theirs. Who records only his own operator does not see the culprit's calls: then
//! the states that come have no author, and `managedFields` may name one.

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
    cadence: Cadence,
}

/// An actor with its name; `None` for somebody whose writes are not in the recording.
type Writer = Option<(ActorId, Arc<str>)>;

#[derive(Default)]
struct Victim {
    works: u64,
    finding_id: Option<FindingId>,
}

impl Detector for HotVictim {
    fn handle(&mut self, input: &Input<'_>, findings: &mut Findings) {
        if input.authored.is_some() {
            self.written(input);
        }
        if input.new.is_some() {
            self.unseen(input);
        }
        if let Item::SpanStarted(span) = input.item {
            self.reconciles(input, span, findings);
        }
        let Some(operation) = input.operation else { return };
        let woken = &mut self.woken;
        if operation.op.verb == Verb::Modified {
            // Only where there is a culprit at all: most deliveries are nobody's trouble.
            let object = operation.observed.as_ref().map(|observed| observed.object.id);
            if let Some(object) = object.filter(|id| self.writes.peek(id).is_some()) {
                woken.insert(operation.op.actor, (object, operation.op.seq));
            }
        } else if operation.op.verb.is_write() {
            // Who holds a lease writes it whatever comes.
            if !input.is_lease_or_event() {
                woken.remove(&operation.op.actor);
                self.victims.retain(|(actor, _), _| *actor != operation.op.actor);
            }
        } else if matches!(operation.op.verb, Verb::Get | Verb::List)
            && let Some((object, delivery)) = woken.remove(&operation.op.actor)
        {
            self.answered(input, (operation.op.actor, &operation.actor), (object, delivery, Some(operation.op.seq)), findings);
        }
    }

    fn forget(&mut self, _: &Tracker) {
        *self = HotVictim::default();
    }
}

impl HotVictim {
    fn written(&mut self, input: &Input<'_>) {
        let (Some(object), Some(state)) = (input.object, input.authored) else { return };
        let Some(author) = &state.author else { return };
        let writes = &mut self.writes;
        let id = object.object.id;
        if !recurs(object, state) || input.is_lease_or_event() {
            writes.remove(&id);
            return;
        }
        strike(writes, id, Some((author.actor, Arc::clone(&author.name))), (author.seq, author.at));
    }

    /// The state before the new one has no author, and by now it would have: an answer comes before the next write.
    fn unseen(&mut self, input: &Input<'_>) {
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
        strike(writes, id, None, (state.seq, state.at));
    }

    /// An operator whose reads are answered by its own cache shows its work by its reconciles alone.
    fn reconciles(&mut self, input: &Input<'_>, span: &Span, findings: &mut Findings) {
        let Some((object, delivery)) = self.woken.peek(&span.actor).copied() else { return };
        let by_it = |trigger: &Trigger| {
            trigger.operation == Some(delivery) || input.tracker.by_uid(&trigger.uid).is_some_and(|uid| uid == object)
        };
        if span.triggers.iter().any(by_it) {
            self.woken.remove(&span.actor);
            let name = input.tracker.actor_name(span.actor).map_or("an actor", |name| &**name);
            self.answered(input, (span.actor, name), (object, delivery, None), findings);
        }
    }

    fn answered(
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
            "{name} is woken by every write of {} to {}, which says nothing new, and writes nothing itself",
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

/// Whether the object had been like this before.
fn recurs(object: &TrackedObject, state: &TrackedVersion) -> bool {
    let before = |known: &TrackedVersion| known.rank < state.rank && known.norm == state.norm;
    state.norm.is_some() && object.history.iter().any(before)
}

fn strike(writes: &mut Lru<ObjectId, Culprit, 1_024>, id: ObjectId, writer: Writer, (seq, at): (Seq, Timestamp)) {
    let culprit = writes.entry(id, || Culprit { writer: writer.clone(), cadence: Cadence::default() });
    if culprit.writer != writer {
        *culprit = Culprit { writer, cadence: Cadence::default() };
    }
    culprit.cadence.record(seq, at);
}
