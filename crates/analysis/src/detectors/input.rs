//! One item with what the tracker knows of it: what a detector sees.

use std::sync::Arc;

use crate::normalise::Content;
use crate::stream::{Item, OperationItem};
use crate::tracker::{Cause, TrackedObject, TrackedVersion, Tracker, Update};

/// One item, with the tracker after it.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The item.
    pub item: &'a Item,
    /// The common memory.
    pub tracker: &'a Tracker,
    /// The operation, where the item is one.
    pub operation: Option<&'a OperationItem>,
    /// The object it is about, or that a list showed.
    pub object: Option<&'a TrackedObject>,
    /// The state that it brought: nobody had been shown it before.
    pub new: Option<&'a TrackedVersion>,
    /// The state before that one, in the object's history.
    pub before: Option<&'a TrackedVersion>,
    /// The state whose author became known: the answer to this write.
    pub authored: Option<&'a TrackedVersion>,
    /// Of a write, what it answers to.
    pub cause: Option<Cause>,
    /// Of a write whose request was read, what it sent.
    pub sent: Option<&'a Arc<Content>>,
}

impl<'a> Input<'a> {
    pub(crate) fn new(item: &'a Item, tracker: &'a Tracker, update: &'a Update) -> Input<'a> {
        let object = update.object.and_then(|id| tracker.object(id));
        let state = |place: Option<usize>| object.zip(place).and_then(|(object, place)| object.history.get(place));
        let operation = match item {
            Item::Operation(operation) => Some(&**operation),
            _ => None,
        };
        Input {
            item,
            tracker,
            operation,
            object,
            new: state(update.new),
            before: state(update.new.and_then(|place| place.checked_sub(1))),
            authored: state(update.authored),
            cause: update.cause,
            sent: update.sent.as_ref(),
        }
    }

    /// Whether it is about noise that every cluster has: leases, and Events.
    #[must_use]
    pub fn is_lease_or_event(&self) -> bool {
        let of = |group: &str, resource: &str| {
            matches!((group, resource), ("coordination.k8s.io", "leases") | ("" | "events.k8s.io", "events"))
        };
        match (self.object, self.operation) {
            (Some(state), _) => of(&state.object.key.group, &state.object.key.resource),
            (None, Some(operation)) => operation.kind.as_ref().is_some_and(|kind| of(&kind.group, &kind.resource)),
            (None, None) => false,
        }
    }
}
