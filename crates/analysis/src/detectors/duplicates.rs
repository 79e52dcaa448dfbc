//! Class N: duplicates from a stale cache.
//!
//! A sibling is created for the same owner with the same content in another reconcile, before the creator was shown the
//! first one by its watch. Parallelism by design creates its siblings in one go: in one reconcile, or, where none is
//! recorded, without having been shown the owner again in between. Who lists after creating sees what it has created.

use std::collections::VecDeque;

use super::Detector;
use crate::finding::{Book, Class, Finding, Severity, Ticket};
use crate::hash::{bytes, pair};
use crate::lru::Lru;
use crate::scene::{Scene, Step};
use crate::stream::{Item, Observed};
use kuberewind_model::{ActorId, Certainty, KindId, ObjectId, Outcome, Seq, SpanId, Verb};

const MAX_WAITING: usize = 64;

#[derive(Default)]
pub(super) struct Duplicates {
    /// Children that their creator has not been shown, by creator.
    waiting: Lru<ActorId, VecDeque<Child>, 1_024>,
    open: Lru<(ActorId, u64), (Option<Ticket>, u64), 1_024>,
}

struct Child {
    object: ObjectId,
    kind: KindId,
    owner: Option<ObjectId>,
    /// Whether the creator was shown the owner since.
    asked_again: bool,
    family: u64,
    seq: Seq,
    span: Option<SpanId>,
    name: String,
}

impl Detector for Duplicates {
    fn step(&mut self, step: &Step<'_>, book: &mut Book) {
        let waiting = &mut self.waiting;
        let (actor, shown) = match step.item {
            Item::Listed(listed) => (listed.actor, listed.fact.as_ref().map(|fact| fact.object.id)),
            Item::Operation(seen)
                if seen.op.verb.is_watch_event() || seen.op.verb == Verb::Delete || seen.op.verb == Verb::Get =>
            {
                (seen.op.actor, seen.op.object)
            }
            Item::Operation(seen) if seen.op.verb == Verb::List => {
                if let (Some(children), Some(kind)) = (waiting.get(&seen.op.actor), seen.op.kind) {
                    children.retain(|child| child.kind != kind || child.seq > seen.op.started_after);
                }
                return;
            }
            Item::Operation(seen) if seen.op.verb == Verb::Create => return self.created(step, seen, book),
            _ => return,
        };
        if let (Some(children), Some(object)) = (waiting.get(&actor), shown) {
            children.retain(|child| child.object != object);
            for child in children.iter_mut().filter(|child| child.owner == Some(object)) {
                child.asked_again = true;
            }
        }
    }

    fn forget(&mut self, _: &Scene) {
        *self = Duplicates::default();
    }
}

impl Duplicates {
    fn created(&mut self, step: &Step<'_>, seen: &Observed, book: &mut Book) {
        let whole = seen.op.outcome == Outcome::Done && seen.op.subresource.is_empty() && !step.is_noise();
        let Some((object, kind)) = step.object.zip(seen.op.kind).filter(|_| whole) else { return };
        let Some((content, owner)) = object.content.as_ref().and_then(|content| Some((content, content.owner()?))) else {
            return;
        };
        let kind_number = u64::from_ne_bytes(kind.0.to_ne_bytes());
        let family = pair(pair(kind_number, content.wanted), bytes(owner.as_bytes()));
        let waiting = &mut self.waiting;
        let children = waiting.entry(seen.op.actor, VecDeque::new);
        let looked_again = |child: &&Child| match (child.span, seen.op.span) {
            (Some(before), Some(now)) => before != now,
            _ => child.asked_again,
        };
        let first = children.iter().find(|child| child.family == family && looked_again(child));
        if let Some(first) = first {
            let key = (seen.op.actor, family);
            let open = &mut self.open;
            if let Some((ticket, count)) = open.get(&key) {
                *count += 1;
                let count = *count;
                if let Some(ticket) = *ticket {
                    book.extend(ticket, |finding| {
                        finding.add_evidence(seen.op.seq);
                        finding.rounds = count;
                    });
                }
            } else {
                let sentence = format!(
                    "{} creates {} although {} is there already for the same owner: it had not been shown it",
                    seen.actor, object.object, first.name
                );
                let ticket = book.open(
                    Finding::new(Class::Races, Severity::Error, Certainty::Likely, sentence)
                        .object(&object.object)
                        .actors([&seen.actor])
                        .evidence([first.seq, seen.op.seq])
                        .rounds(1),
                );
                open.insert(key, (ticket, 1));
            }
        }
        if children.len() >= MAX_WAITING {
            children.pop_front();
        }
        children.push_back(Child {
            object: object.object.id,
            kind,
            owner: step.scene.by_uid(owner),
            asked_again: false,
            family,
            seq: seen.op.seq,
            span: seen.op.span,
            name: object.object.to_string(),
        });
    }
}
