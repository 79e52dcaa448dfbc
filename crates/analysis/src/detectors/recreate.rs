//! Class F: delete and recreate.
//!
//! Rolling restarts replace objects too, but under new names (`generateName`), or once.

use super::Detector;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::scene::{ObjectState, Scene, Step};
use kuberewind_model::{Certainty, Duration, ObjectKey, Outcome, Seq, Timestamp, Verb};

const ROUNDS: u64 = 3;
/// Rounds slower than this are somebody's plan (a job made anew every hour).
const SLOWEST: Duration = Duration(600_000_000_000);

#[derive(Default)]
pub(super) struct Recreate(Lru<u64, Run, 8_192>);

#[derive(Default)]
struct Run {
    /// The fingerprint of what was deleted.
    wanted: Option<u64>,
    deleted: Option<(Seq, Option<String>)>,
    rounds: u64,
    since: Timestamp,
    latest: Timestamp,
    operations: Vec<Seq>,
    actors: Vec<String>,
    ticket: Option<Ticket>,
}

impl Detector for Recreate {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let Some(object) = step.object else { return };
        let runs = &mut self.0;
        let key = name_of(&object.object.key);
        let write = step.seen.filter(|seen| seen.op.outcome == Outcome::Done);
        let deletes = write.filter(|seen| seen.op.verb == Verb::Delete && seen.op.subresource.is_empty());
        let gone = step.new.filter(|state| state.gone);
        if deletes.is_some() || gone.is_some() {
            let Some(wanted) = last_wanted(object) else { return };
            let run = runs.entry(key, Run::default);
            run.wanted = Some(wanted);
            let (seq, at) = deletes.map_or_else(
                || gone.map_or((Seq::START, Timestamp::default()), |state| (state.seq, state.at)),
                |seen| (seen.op.seq, seen.op.at),
            );
            // The delete itself is better evidence than the news of it.
            if deletes.is_some() || run.deleted.is_none() {
                run.deleted = Some((seq, deletes.map(|seen| seen.actor.to_string())));
            }
            if run.rounds == 0 {
                run.since = at;
            }
            return;
        }
        let creates = write.filter(|seen| seen.op.verb == Verb::Create && seen.op.subresource.is_empty());
        let (Some(seen), Some(run)) = (creates, runs.get(&key)) else { return };
        let Some((deleted, deleter)) = run.deleted.take() else { return };
        let same = object.latest().is_some_and(|state| state.norm.is_some() && Some(state.wanted) == run.wanted);
        let slow = run.rounds > 0 && seen.op.at.since(run.latest) > SLOWEST;
        if !same || slow {
            runs.remove(&key);
            return;
        }
        run.rounds += 1;
        run.latest = seen.op.at;
        run.operations.extend([deleted, seen.op.seq]);
        for actor in deleter.into_iter().chain([seen.actor.to_string()]) {
            if !run.actors.contains(&actor) && run.actors.len() < 8 {
                run.actors.push(actor);
            }
        }
        report(run, object, book);
    }

    fn forget(&mut self, _: &Scene) {
        self.0.clear();
    }
}

fn name_of(key: &ObjectKey) -> u64 {
    let parts = [&key.group, &key.resource, &key.namespace, &key.name];
    parts.iter().fold(0, |hash, part| pair(hash, bytes(part.as_bytes())))
}

fn last_wanted(object: &ObjectState) -> Option<u64> {
    object.history.iter().rev().find(|state| !state.gone && state.norm.is_some()).map(|state| state.wanted)
}

fn report(run: &mut Run, object: &ObjectState, book: &mut Book) {
    let took = run.latest.since(run.since);
    if let Some(ticket) = run.ticket {
        let operations = std::mem::take(&mut run.operations);
        book.extend(ticket, |finding| {
            operations.into_iter().for_each(|seq| finding.add_evidence(seq));
            finding.rounds = run.rounds;
            finding.set_pace(2, run.rounds, took);
        });
    } else if run.rounds >= ROUNDS {
        let (who, s) = (run.actors.join(" and "), if run.actors.len() == 1 { "s" } else { "" });
        let sentence = format!("{who} delete{s} {} and make{s} it again with the same content", object.object);
        run.ticket = book.open(
            Finding::new(Class::Loops, Severity::Error, Certainty::Exact, sentence)
                .object(&object.object)
                .actors(&run.actors)
                .evidence(run.operations.drain(..))
                .rounds(run.rounds)
                .pace(2, run.rounds, took),
        );
    }
}
