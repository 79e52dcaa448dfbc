//! Class B: one writer's status flips.
//!
//! The trap is a real transition: it changes the generation or fields outside the status, or reaches states that were
//! not there before. Therefore the whole normalised state has to recur, not a field.

use super::cycle::{self, Cycle};
use super::{Detector, slow_loop};
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::scene::{ObjectState, Scene, Step};
use kuberewind_model::{Duration, ObjectId, Seq, Timestamp};

/// Slower flapping than this is the world's, not a controller's.
const SLOWEST: Duration = Duration(600_000_000_000);

#[derive(Default)]
pub(super) struct ConditionFlip(Lru<ObjectId, Found, 1_024>);

struct Found {
    ticket: Option<Ticket>,
    first_at: Timestamp,
    seen: Seq,
    moves: u64,
    period: u64,
}

impl Detector for ConditionFlip {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(object) = step.object else { return };
        // Looked at once the newest state's author is known, or when the next state comes.
        if step.authored.is_none() && step.before.is_none() {
            return;
        }
        let id = object.object.id;
        let found = &mut self.0;
        let Some(cycle) = cycle::find(object).filter(|cycle| is_flip(cycle)) else {
            if step.new.is_some_and(|state| !state.says_nothing_new()) {
                found.remove(&id);
            }
            return;
        };
        let Some(last) = cycle.states.last() else { return };
        match found.get(&id) {
            Some(known) if known.seen == last.seq => {}
            Some(known) => {
                (known.seen, known.moves) = (last.seq, known.moves + 1);
                let rounds = known.moves / known.period;
                let took = last.at.since(known.first_at);
                if let Some(ticket) = known.ticket {
                    book.extend(ticket, |finding| {
                        finding.add_evidence(last.seq);
                        finding.rounds = rounds;
                        finding.set_pace(known.period, rounds, took);
                    });
                }
            }
            None => {
                let first_at = cycle.states.first().map_or(last.at, |state| state.at);
                let period = u64::try_from(cycle.period).unwrap_or(u64::MAX);
                let moves = u64::try_from(cycle.states.len()).unwrap_or(u64::MAX);
                let ticket = report(&cycle, object, book);
                found.insert(id, Found { ticket, first_at, seen: last.seq, moves, period });
            }
        }
    }

    fn forget(&mut self, scene: &Scene) {
        self.0.retain(|object, _| scene.object(*object).is_some());
    }
}

fn is_flip(cycle: &Cycle<'_>) -> bool {
    let authors = cycle.authors().len();
    let one_writer = (authors == 1 && cycle.authors_are_known()) || authors == 0;
    one_writer && cycle.is_of_status() && cycle.round() <= SLOWEST && !slow_loop::is_slow_loop(cycle)
}

fn report(cycle: &Cycle<'_>, object: &ObjectState, book: &mut Book) -> Option<Ticket> {
    let fields = cycle.fields(object);
    let authors = cycle.authors();
    let who = authors.first().map_or("somebody outside the recording", |author| &author.name);
    let sentence = format!(
        "{who} takes the status of {} back and forth between the same {} states{}",
        object.object,
        cycle.period,
        if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) },
    );
    book.open(
        Finding::new(Class::Loops, Severity::Error, cycle.certainty(), sentence)
            .object(&object.object)
            .actors(authors.iter().map(|author| &author.name))
            .fields(fields)
            .evidence(cycle.states.iter().map(|state| state.author.as_ref().map_or(state.seq, |author| author.seq)))
            .rounds(u64::try_from(cycle::PERIODS).unwrap_or(u64::MAX))
            .pace(u64::try_from(cycle.period).unwrap_or(u64::MAX), 1, cycle.round()),
    )
}
