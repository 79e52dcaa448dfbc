//! The state that detectors share: recent versions of objects, their authors, the observations of actors, and the causes of
//! writes.
//!
//! Memory is bounded: the 8,192 most recently used objects with 40 versions each, the latest two contents of each up to 64 MiB
//! together, 16 views per object, 64 deliveries per actor, 4,096 actors and reconciles. Evicted state is unknown, never
//! guessed.

mod actors;
mod cause;
mod deliveries;
mod object;
mod subresource;
mod update;
mod version;
mod view;

use std::sync::Arc;

use crate::lru::Lru;
use crate::normalise::Content;
use crate::stream::{Item, ListItem, NewText, ObservedVersion, OperationItem};
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{ActorId, Derived, Gap, ObjectId, Rank, Seq, Shape, Span, SpanId, Timestamp};

pub use cause::Cause;
pub use object::TrackedObject;
pub(crate) use update::Update;
pub use version::{TrackedVersion, VersionAuthor};

use actors::Actors;
use deliveries::Deliveries;
use subresource::{SubresourceWrites, is_hidden_write};

const MAX_OBJECTS: usize = 8_192;
const MAX_SPANS: usize = 4_096;
const MAX_UIDS: usize = 16_384;
const MAX_TEXT: usize = 64 << 20;
/// Larger contents are fingerprinted but not kept.
const MAX_KEPT_TEXT: usize = 1 << 20;

/// The state that detectors share.
#[derive(Default)]
pub struct Tracker {
    objects: Lru<ObjectId, TrackedObject, MAX_OBJECTS>,
    actors: Actors,
    spans: Lru<SpanId, Arc<Span>, MAX_SPANS>,
    uids: Lru<Arc<str>, ObjectId, MAX_UIDS>,
    /// The size of the contents in `objects`.
    content_bytes: usize,
    deliveries: Deliveries,
    recorded: bool,
    timed: bool,
    /// Names of actors that reconcile.
    names: Lru<ActorId, Arc<str>, MAX_SPANS>,
    hidden_writes: SubresourceWrites,
    now: Timestamp,
    /// Derived rows that were not taken yet, if requested.
    derived: Option<Vec<Derived>>,
}

impl Tracker {
    /// Creates a tracker that also computes derived rows.
    pub(super) fn deriving() -> Tracker {
        Tracker { derived: Some(Vec::new()), ..Tracker::default() }
    }

    /// Returns the derived rows since the last call.
    pub(super) fn take_derived(&mut self) -> Vec<Derived> {
        self.derived.as_mut().map(std::mem::take).unwrap_or_default()
    }

    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<&TrackedObject> {
        self.objects.peek(&id)
    }

    #[must_use]
    pub fn by_uid(&self, uid: &str) -> Option<ObjectId> {
        self.uids.peek(&Arc::from(uid)).copied()
    }

    /// A reconcile that started recently.
    #[must_use]
    pub fn span(&self, id: SpanId) -> Option<&Arc<Span>> {
        self.spans.peek(&id)
    }

    /// True if the session was recorded, or has deliveries. An imported audit log does not prove what an actor had not observed.
    #[must_use]
    pub fn delivers(&self) -> bool {
        self.recorded || self.deliveries.any()
    }

    /// The latest watch event that was delivered to the process of the actor with this name.
    #[must_use]
    pub fn last_delivery(&self, actor: &str) -> Option<Seq> {
        self.deliveries.latest(actor)
    }

    /// The latest watch event of any other object that was delivered to the process of the actor with this name.
    #[must_use]
    pub fn last_delivery_besides(&self, actor: &str, object: ObjectId) -> Seq {
        self.deliveries.latest_besides(actor, object)
    }

    /// True if between an actor's reaction and the delivery before it, an object other than these was delivered to the process.
    #[must_use]
    pub fn delivered_others(&self, author: &VersionAuthor, [written, cause]: [ObjectId; 2]) -> bool {
        self.actors.between(author.actor, cause, author.started_after).any(|object| object != written && object != cause)
    }

    /// The recent deliveries of an object before the start of a write: the version and the time, the latest first.
    pub fn deliveries_of(&self, author: &VersionAuthor, object: ObjectId) -> impl Iterator<Item = (Rank, Timestamp)> {
        self.actors.deliveries_of(author.actor, object, author.began)
    }

    /// False for a session that has no times, only an order.
    #[must_use]
    pub fn is_timed(&self) -> bool {
        self.timed
    }

    /// The time of the latest operation or reconcile.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The tracked objects.
    pub fn objects(&self) -> impl Iterator<Item = &TrackedObject> {
        self.objects.iter().map(|(_, object)| object)
    }

    #[must_use]
    pub fn actor_name(&self, id: ActorId) -> Option<&Arc<str>> {
        self.actors.name(id).or_else(|| self.names.peek(&id))
    }

    /// Applies the next item.
    pub(super) fn take(&mut self, item: &Item) -> Update {
        match item {
            Item::ListItem(item) => self.list_item(item),
            Item::Operation(operation) => self.operation(operation),
            Item::SpanStarted(span) => {
                self.spans.insert(span.id, Arc::clone(span));
                Update::default()
            }
            Item::Source { recorded, timed } => {
                (self.recorded, self.timed) = (*recorded, *timed);
                Update::default()
            }
            Item::Actor(id, name) => {
                self.names.insert(*id, Arc::clone(name));
                Update::default()
            }
            Item::SpanEnded(span) => {
                let end = span.duration.map_or(span.start, |took| span.start.plus(took));
                self.now = self.now.max(end);
                Update::default()
            }
            Item::Gap(gap) => {
                self.gap(gap);
                Update::default()
            }
        }
    }

    fn list_item(&mut self, item: &ListItem) -> Update {
        let Some(observed) = &item.observed else { return Update::default() };
        let new = self.add_version(observed, item.text.as_ref(), item.seq, item.at);
        let receiver = self.actors.receiver(item.actor);
        if let Some(object) = self.objects.get(&observed.object.id) {
            object.observe(receiver, observed.version.rank, item.seq, item.at, true);
        }
        Update { object: Some(observed.object.id), new, ..Update::default() }
    }

    fn operation(&mut self, operation: &OperationItem) -> Update {
        let op = &operation.op;
        let mut update = Update { object: op.object, ..Update::default() };
        if let Some(observed) = &operation.observed {
            update.object = Some(observed.object.id);
            update.new = self.add_version(observed, operation.text.as_ref(), op.seq, op.at);
        }
        if op.verb.is_write() {
            if let Some(object) = update.object {
                update.cause = self.cause(operation, object);
            }
            update.sent = operation.sent.as_ref().and_then(|text| Content::read(Arc::clone(text))).map(Arc::new);
        }
        self.deliveries.operation(operation);
        self.now = self.now.max(op.at);
        self.actors.operation(operation);
        let receiver = self.actors.receiver(op.actor);
        if let Some(object) = update.object.and_then(|id| self.objects.get(&id)).filter(|_| op.verb.is_write()) {
            object.join(op.actor, receiver);
        }
        if let (true, Some(position), Some(object)) =
            (op.verb.is_watch_event(), update.new, update.object.and_then(|id| self.objects.get(&id)))
        {
            self.hidden_writes.added(object, position, op.at);
        }
        if is_hidden_write(operation)
            && let Some(object) = update.object.and_then(|id| self.objects.get(&id))
        {
            self.hidden_writes.wrote(operation, object);
        }
        if let (Some(observed), Some(object)) = (&operation.observed, update.object.and_then(|id| self.objects.get(&id))) {
            if operation.is_done_write() {
                update.authored = object.set_author(operation, update.cause, update.sent.as_ref());
            }
            object.observe(receiver, observed.version.rank, op.seq, op.at, op.verb.is_watch_event());
        }
        update
    }

    /// Adds an observed version. Returns its position in the object's history if it is new.
    fn add_version(&mut self, observed: &ObservedVersion, text: Option<&NewText>, seq: Seq, at: Timestamp) -> Option<usize> {
        let id = observed.object.id;
        let known = self.objects.get(&id).is_some_and(|object| object.position(observed.version.rank).is_some());
        if known && text.is_none() {
            return None;
        }
        let whole = observed.version.shape >= Shape::Reconstructed;
        let content = text.filter(|_| whole).and_then(NewText::content);
        if !observed.object.uid.is_empty() && self.uids.peek(&observed.object.uid).is_none() {
            self.uids.insert(Arc::clone(&observed.object.uid), id);
        }
        let object = self.objects.entry(id, || TrackedObject::new(Arc::clone(&observed.object)));
        object.object = Arc::clone(&observed.object);
        let before = object.content_bytes();
        if let Some(derived) = &mut self.derived {
            derived.extend(object.derive(&observed.version, content.as_deref()));
        }
        let keep = content.as_ref().is_some_and(|content| content.text.len() <= MAX_KEPT_TEXT);
        let place = object.add(observed, content, keep, seq, at);
        self.content_bytes = (self.content_bytes + object.content_bytes()).saturating_sub(before);
        if self.content_bytes > MAX_TEXT {
            self.objects.forget(MAX_OBJECTS / 8);
            self.content_bytes = self.objects.iter().map(|(_, object)| object.content_bytes()).sum();
        }
        place
    }

    /// The cause of a write: the trigger of its reconcile, else the delivery before it.
    fn cause(&self, operation: &OperationItem, object: ObjectId) -> Option<Cause> {
        if let Some(span) = operation.op.span.and_then(|id| self.spans.peek(&id)).filter(|span| !span.triggers.is_empty()) {
            return span.triggers.iter().rev().find_map(|trigger| {
                let delivered = trigger.operation.and_then(|seq| self.actors.delivery(operation.op.actor, seq));
                let delivered = delivered.map(|delivery| (delivery.object, delivery.rank));
                let (object, rank) = delivered.or_else(|| {
                    let id = self.by_uid(&trigger.uid)?;
                    let state =
                        self.object(id)?.history.iter().rev().find(|state| state.resource_version == trigger.resource_version)?;
                    Some((id, state.rank))
                })?;
                Some(Cause { object, rank, certainty: trigger.certainty })
            });
        }
        let cause = self.actors.cause_by_time(operation, object, self.object(object))?;
        Some(if cause.object == object { self.detour(operation, cause).unwrap_or(cause) } else { cause })
    }

    /// The cause of a write that seems to follow the writer's own last write, if the process has written another object in between: that
    /// write began after the first delivery, and its own delivery came before this write.
    fn detour(&self, operation: &OperationItem, own: Cause) -> Option<Cause> {
        let process = process_of(&operation.actor);
        let (seq, delivery) = self.actors.latest_besides(operation, own)?;
        let state = self.object(delivery.object)?.history.iter().rev().find(|state| state.rank == delivery.rank)?;
        let author = state.author.as_ref().filter(|author| process_of(&author.name) == process)?;
        let follows = author.started_after >= seq && author.seq < operation.op.seq;
        follows.then_some(Cause { object: delivery.object, rank: delivery.rank, certainty: own.certainty })
    }

    fn gap(&mut self, gap: &Gap) {
        let kind = gap.scope.kind;
        self.objects.retain(|_, object| {
            let covered = kind.is_none_or(|kind| kind == object.object.kind)
                && (gap.scope.namespace.is_empty() || gap.scope.namespace == object.object.key.namespace);
            !covered
        });
        self.actors.gap();
        self.hidden_writes.clear();
    }
}
