//! What detectors have in common: the latest states of objects, who wrote them, who was shown what, what woke a writer.
//!
//! Memory is bounded: the 8,192 objects used last with 40 states each, their latest two contents while these together
//! stay below 64 MiB, 16 views per object, 64 deliveries per actor, 4,096 actors and spans. What is forgotten is
//! unknown again, never guessed.

mod actors;
mod object;
mod step;

use std::sync::Arc;

use super::lru::Lru;
use super::normalise::Content;
use super::stream::{Fact, FirstText, Item, Listed, Observed};
use kuberewind_model::{ActorId, Derived, Gap, ObjectId, Seq, Shape, Span, SpanId, Timestamp, Verb};

pub use actors::{Cause, Delivery};
pub use object::{Author, ObjectState, State, View};
pub use step::Step;

use actors::Actors;

const MAX_OBJECTS: usize = 8_192;
const MAX_SPANS: usize = 4_096;
const MAX_UIDS: usize = 16_384;
const MAX_TEXT: usize = 64 << 20;
/// Contents above this are fingerprinted but not kept.
const MAX_KEPT_TEXT: usize = 1 << 20;

/// The common memory of the detectors.
#[derive(Default)]
pub struct Scene {
    objects: Lru<ObjectId, ObjectState, MAX_OBJECTS>,
    actors: Actors,
    spans: Lru<SpanId, Arc<Span>, MAX_SPANS>,
    uids: Lru<Arc<str>, ObjectId, MAX_UIDS>,
    /// Bytes of text kept in `objects`.
    kept: usize,
    /// What was made of versions and not yet taken, where somebody takes it.
    derived: Option<Vec<Derived>>,
}

/// What an item did to the scene, as places in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Note {
    object: Option<ObjectId>,
    new: Option<usize>,
    authored: Option<usize>,
    cause: Option<Cause>,
    sent: Option<Arc<Content>>,
}

impl Scene {
    /// One that also makes what is kept of versions.
    pub(super) fn deriving() -> Scene {
        Scene { derived: Some(Vec::new()), ..Scene::default() }
    }

    /// What was made of versions since the last call.
    pub(super) fn take_derived(&mut self) -> Vec<Derived> {
        self.derived.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What is remembered of an object.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<&ObjectState> {
        self.objects.peek(&id)
    }

    /// The object with a uid.
    #[must_use]
    pub fn by_uid(&self, uid: &str) -> Option<ObjectId> {
        self.uids.peek(&Arc::from(uid)).copied()
    }

    /// A reconcile that began not long ago.
    #[must_use]
    pub fn span(&self, id: SpanId) -> Option<&Arc<Span>> {
        self.spans.peek(&id)
    }

    /// An actor's name, where it was seen.
    #[must_use]
    pub fn actor_name(&self, id: ActorId) -> Option<&Arc<str>> {
        self.actors.name(id)
    }

    /// Takes the next item in.
    pub(super) fn take(&mut self, item: &Item) -> Note {
        match item {
            Item::Listed(listed) => self.listed(listed),
            Item::Operation(seen) => self.operation(seen),
            Item::SpanStarted(span) => {
                self.spans.insert(span.id, Arc::clone(span));
                Note::default()
            }
            Item::SpanEnded(_) => Note::default(),
            Item::Gap(gap) => {
                self.gap(gap);
                Note::default()
            }
        }
    }

    fn listed(&mut self, listed: &Listed) -> Note {
        let Some(fact) = &listed.fact else { return Note::default() };
        let new = self.sight(fact, listed.text.as_ref(), listed.seq, listed.at);
        if let Some(object) = self.objects.get(&fact.object.id) {
            object.shown(listed.actor, fact.version.rank, listed.seq, listed.at, true);
        }
        Note { object: Some(fact.object.id), new, ..Note::default() }
    }

    fn operation(&mut self, seen: &Observed) -> Note {
        let op = &seen.op;
        let mut note = Note { object: op.object, ..Note::default() };
        if let Some(fact) = &seen.fact {
            note.object = Some(fact.object.id);
            note.new = self.sight(fact, seen.text.as_ref(), op.seq, op.at);
        }
        if op.verb.is_write() {
            if let Some(object) = note.object {
                note.cause = self.cause(seen, object);
            }
            note.sent = seen.sent.as_ref().and_then(|text| Content::read(Arc::clone(text))).map(Arc::new);
        }
        self.actors.operation(seen);
        if let (Some(fact), Some(object)) = (&seen.fact, note.object.and_then(|id| self.objects.get(&id))) {
            if seen.is_done_write() {
                note.authored = object.author(seen, note.cause, note.sent.as_ref());
            }
            object.shown(op.actor, fact.version.rank, op.seq, op.at, op.verb.is_watch_event());
        }
        note
    }

    /// Takes in a version that was shown; its place in the object's history where it is new.
    fn sight(&mut self, fact: &Fact, text: Option<&FirstText>, seq: Seq, at: Timestamp) -> Option<usize> {
        let id = fact.object.id;
        let known = self.objects.get(&id).is_some_and(|object| object.place(fact.version.rank).is_some());
        if known && text.is_none() {
            return None;
        }
        let whole = fact.version.shape >= Shape::Reconstructed;
        let content = text.filter(|_| whole).and_then(FirstText::content);
        if !fact.object.uid.is_empty() && self.uids.peek(&fact.object.uid).is_none() {
            self.uids.insert(Arc::clone(&fact.object.uid), id);
        }
        let object = self.objects.entry(id, || ObjectState::new(Arc::clone(&fact.object)));
        object.object = Arc::clone(&fact.object);
        let before = object.kept_bytes();
        if let Some(derived) = &mut self.derived {
            derived.extend(object.derive(&fact.version, content.as_deref()));
        }
        let keep = content.as_ref().is_some_and(|content| content.text.len() <= MAX_KEPT_TEXT);
        let place = object.add(fact, content, keep, seq, at);
        self.kept = (self.kept + object.kept_bytes()).saturating_sub(before);
        if self.kept > MAX_TEXT {
            self.objects.forget(MAX_OBJECTS / 8);
            self.kept = self.objects.iter().map(|(_, object)| object.kept_bytes()).sum();
        }
        place
    }

    /// What a write answers to: the span's trigger, else the delivery directly before it.
    fn cause(&self, seen: &Observed, object: ObjectId) -> Option<Cause> {
        if let Some(span) = seen.op.span.and_then(|id| self.spans.peek(&id)).filter(|span| !span.triggers.is_empty()) {
            return span.triggers.iter().rev().find_map(|trigger| {
                let told = trigger.operation.and_then(|seq| self.actors.delivery(seen.op.actor, seq));
                let told = told.map(|delivery| (delivery.object, delivery.rank));
                let (object, rank) = told.or_else(|| {
                    let id = self.by_uid(&trigger.uid)?;
                    let state =
                        self.object(id)?.history.iter().rev().find(|state| state.resource_version == trigger.resource_version)?;
                    Some((id, state.rank))
                })?;
                Some(Cause { object, rank, certainty: trigger.certainty })
            });
        }
        self.actors.cause_by_time(seen, object, self.object(object))
    }

    fn gap(&mut self, gap: &Gap) {
        let kind = gap.scope.kind;
        self.objects.retain(|_, object| {
            let covered = kind.is_none_or(|kind| kind == object.object.kind)
                && (gap.scope.namespace.is_empty() || gap.scope.namespace == object.object.key.namespace);
            !covered
        });
        self.actors.gap();
    }
}

/// Whether a verb is a read of objects.
pub(crate) fn is_read(verb: Verb) -> bool {
    matches!(verb, Verb::Get | Verb::List)
}
