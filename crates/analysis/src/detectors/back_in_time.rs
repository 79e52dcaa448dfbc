//! Class O: back in time.
//!
//! After a reconnect or a restart, perhaps to another API server, an actor is shown an older state than before and acts
//! on it. A relist that is not older is the normal thing after 410. What counts is what lists and watches show: a
//! watch may well be behind an actor's own reads and writes.

use super::Detector;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::stream::{Fact, Item, Observed};
use kuberewind_model::{ActorId, Certainty, Duration, ObjectId, Outcome, Rank, Seq, Timestamp, Verb, WatchId};

/// An act this long after the look back is taken to follow from it.
const SOON: Duration = Duration(30_000_000_000);

#[derive(Default)]
pub(super) struct BackInTime {
    shown: Lru<(ActorId, ObjectId), Observations, 32_768>,
    /// The latest look back of each actor, until it is shown what it knew before.
    behind: Lru<ActorId, Behind, 1_024>,
}

#[derive(Clone, Copy)]
struct Observations {
    rank: Rank,
    seq: Seq,
    watch: Option<WatchId>,
}

struct Behind {
    object: ObjectId,
    name: String,
    knew: Observations,
    older: Seq,
    at: Timestamp,
    ticket: Option<Ticket>,
    acts: u64,
}

impl Detector for BackInTime {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        match step.item {
            Item::Listed(listed) => {
                if let Some(fact) = &listed.fact {
                    self.told(listed.actor, fact, listed.seq, listed.at, None);
                }
            }
            Item::Operation(seen) if seen.op.verb.is_watch_event() => {
                if let Some(fact) = &seen.fact {
                    self.told(seen.op.actor, fact, seen.op.seq, seen.op.at, seen.op.watch);
                }
            }
            Item::Operation(seen) if seen.op.verb.is_write() => self.acted(seen, book),
            _ => {}
        }
    }

    fn forget(&mut self, _: &Scene) {
        *self = BackInTime::default();
    }
}

impl BackInTime {
    fn told(&mut self, actor: ActorId, fact: &Fact, seq: Seq, at: Timestamp, watch: Option<WatchId>) {
        // Without a number of its own a version has no order but that of its arrival.
        if fact.version.rank.arrival != 0 || fact.version.rank.number == 0 {
            return;
        }
        let shown = &mut self.shown;
        let behind = &mut self.behind;
        let now = Observations { rank: fact.version.rank, seq, watch };
        let known = shown.entry((actor, fact.object.id), || now);
        if now.rank >= known.rank {
            *known = now;
            if behind.peek(&actor).is_some_and(|behind| behind.object == fact.object.id) {
                behind.remove(&actor);
            }
            return;
        }
        // A second watch that lags behind the first is not the actor going back.
        let same_source = watch.is_none() || watch == known.watch || known.watch.is_none();
        if same_source && behind.peek(&actor).is_none() {
            let name = fact.object.to_string();
            behind.insert(actor, Behind { object: fact.object.id, name, knew: *known, older: seq, at, ticket: None, acts: 0 });
        }
    }

    fn acted(&mut self, seen: &Observed, book: &mut Book) {
        let Some(behind) = self.behind.get(&seen.op.actor) else { return };
        let on_it = seen.op.object == Some(behind.object);
        let destroys = matches!(seen.op.verb, Verb::Delete | Verb::DeleteCollection);
        let soon = seen.began().since(behind.at) <= SOON && seen.op.started_after >= behind.older;
        if seen.op.outcome != Outcome::Done || !soon || !(on_it || destroys) {
            return;
        }
        behind.acts += 1;
        let acts = behind.acts;
        if let Some(ticket) = behind.ticket {
            book.extend(ticket, |finding| {
                finding.add_evidence(seen.op.seq);
                finding.rounds = acts;
            });
            return;
        }
        let does = if destroys { "deletes" } else { "writes" };
        let sentence = format!(
            "{} is shown {} as it was before what it already knew from {}, and {does} {}",
            seen.actor,
            behind.name,
            behind.knew.seq,
            if on_it { "it".to_owned() } else { seen.subject() },
        );
        let (severity, certainty) =
            if destroys { (Severity::Error, Certainty::Likely) } else { (Severity::Warning, Certainty::Likely) };
        behind.ticket = book.open(
            Finding::new(Class::Races, severity, certainty, sentence)
                .object(&behind.name)
                .actors([&seen.actor])
                .evidence([behind.knew.seq, behind.older, seen.op.seq])
                .rounds(acts),
        );
    }
}
