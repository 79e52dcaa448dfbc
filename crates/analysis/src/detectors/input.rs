//! The input of detectors.

use std::sync::Arc;

use crate::normalise::Content;
use crate::stream::{Item, OperationItem};
use crate::tracker::{Cause, TrackedObject, TrackedVersion, Tracker, Update};

/// One item, with the tracker's state after it.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub item: &'a Item,
    pub tracker: &'a Tracker,
    /// Set if the item is an operation.
    pub operation: Option<&'a OperationItem>,
    /// The object that the operation or list item is about.
    pub object: Option<&'a TrackedObject>,
    /// The version, if this is its first observation.
    pub new: Option<&'a TrackedVersion>,
    /// The version before `new` in the object's history.
    pub before: Option<&'a TrackedVersion>,
    /// The version whose author became known: this is the response to its write.
    pub authored: Option<&'a TrackedVersion>,
    /// The cause of a write.
    pub cause: Option<Cause>,
    /// The parsed request body, if it was read.
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

    /// True for leases and Events, which change constantly in every cluster.
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
