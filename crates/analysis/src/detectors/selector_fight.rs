//! Class J: two owners whose selectors overlap.
//!
//! One makes children, the other one deletes them at once, and their number stays the same. Jobs are made and removed
//! by different actors too; but they have ended by then, and are removed at leisure.

use std::collections::VecDeque;

use super::Detector;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::lru::Lru;
use crate::normalise::Content;
use crate::scene::{Scene, Step};
use crate::stream::Observed;
use kuberewind_model::{Certainty, Duration, KindId, ObjectId, Outcome, Seq, Timestamp, Verb};

const ROUNDS: usize = 5;
/// A child deleted later than this after its creation was of some use.
const AT_ONCE: Duration = Duration(5_000_000_000);
/// The span of numbers of living children that counts as constant.
const SPREAD: i64 = 3;

#[derive(Default)]
pub(super) struct SelectorFight(Lru<KindId, Children, 256>);

#[derive(Default)]
struct Children {
    /// Children that were made lately: who made them, as what party, when, content.
    made: VecDeque<Child>,
    /// Deletions of another party's fresh children.
    rounds: VecDeque<Round>,
    alive: i64,
    ticket: Option<(Ticket, u64)>,
}

struct Child {
    object: ObjectId,
    party: String,
    actor: String,
    seq: Seq,
    at: Timestamp,
    wanted: u64,
}

struct Round {
    maker: (String, String),
    deleter: (String, String),
    operations: [Seq; 2],
    at: Timestamp,
    alive: i64,
    wanted: u64,
}

/// For whom a call was made: the reconciled object where that is known, else the actor.
pub(super) fn party(seen: &Observed, scene: &Scene) -> String {
    match seen.op.span.and_then(|id| scene.span(id)) {
        Some(span) => format!("{}/{}/{}", span.kind_name, span.object.namespace, span.object.name),
        None => seen.actor.to_string(),
    }
}

/// Whether an object says of itself that it has come to its end.
pub(super) fn has_ended(content: &Content) -> bool {
    let phase = content.string(&["status", "phase"]);
    matches!(phase, Some("Succeeded" | "Failed")) || content.string(&["status", "completionTime"]).is_some()
}

impl Detector for SelectorFight {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let (Some(seen), Some(object)) = (step.seen, step.object) else { return };
        let whole = seen.op.outcome == Outcome::Done && seen.op.subresource.is_empty();
        if !whole || !matches!(seen.op.verb, Verb::Create | Verb::Delete) || step.is_noise() {
            return;
        }
        let kinds = &mut self.0;
        let children = kinds.entry(object.object.kind, Children::default);
        let party = party(seen, step.scene);
        if seen.op.verb == Verb::Create {
            children.alive += 1;
            let wanted = object.latest().map_or(0, |state| state.wanted);
            if children.made.len() >= 512 {
                children.made.pop_front();
            }
            children.made.push_back(Child {
                object: object.object.id,
                party,
                actor: seen.actor.to_string(),
                seq: seen.op.seq,
                at: seen.op.at,
                wanted,
            });
            return;
        }
        children.alive -= 1;
        let Some(place) = children.made.iter().position(|child| child.object == object.object.id) else { return };
        let Some(child) = children.made.remove(place) else { return };
        let fresh = seen.op.at.since(child.at) <= AT_ONCE && !object.content.as_ref().is_some_and(|content| has_ended(content));
        if child.party == party || !fresh {
            return;
        }
        children.rounds.push_back(Round {
            maker: (child.party, child.actor),
            deleter: (party, seen.actor.to_string()),
            operations: [child.seq, seen.op.seq],
            at: seen.op.at,
            alive: children.alive,
            wanted: child.wanted,
        });
        if children.rounds.len() > ROUNDS * 2 {
            children.rounds.pop_front();
        }
        report(children, &object.object.kind_name, &object.object.key.namespace, book);
    }

    fn forget(&mut self, _: &Scene) {
        self.0.clear();
    }
}

fn report(children: &mut Children, kind: &str, namespace: &str, book: &mut Book) {
    let Some(latest) = children.rounds.back() else { return };
    let alike: Vec<&Round> = children
        .rounds
        .iter()
        .filter(|round| round.maker == latest.maker && round.deleter == latest.deleter && round.wanted == latest.wanted)
        .collect();
    let number = |round: &&Round| round.alive;
    let (low, high) = (alike.iter().map(number).min().unwrap_or(0), alike.iter().map(number).max().unwrap_or(0));
    if alike.len() < ROUNDS || high - low > SPREAD {
        return;
    }
    if let Some((ticket, rounds)) = &mut children.ticket {
        *rounds += 1;
        let count = *rounds;
        book.extend(*ticket, |finding| {
            latest.operations.into_iter().for_each(|seq| finding.add_evidence(seq));
            finding.rounds = count;
        });
        return;
    }
    let rounds = u64::try_from(alike.len()).unwrap_or(u64::MAX);
    let took = latest.at.since(alike[0].at);
    let sentence = format!(
        "{} makes {kind} objects in {namespace} that {} deletes at once; their number stays the same",
        latest.maker.0, latest.deleter.0
    );
    let mut operations: Vec<Seq> = alike.iter().flat_map(|round| round.operations).collect();
    operations.sort_unstable();
    let ticket = book.open(
        Finding::new(Class::Loops, Severity::Error, Certainty::Likely, sentence)
            .object(&format!("{kind}/{namespace}"))
            .actors([&latest.maker.1, &latest.deleter.1])
            .evidence(operations)
            .rounds(rounds)
            .pace(2, rounds.saturating_sub(1), took),
    );
    children.ticket = ticket.map(|ticket| (ticket, rounds));
}
