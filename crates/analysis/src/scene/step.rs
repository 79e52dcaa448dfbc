//! One item with what the scene knows of it: what a detector sees.

use std::sync::Arc;

use super::{Cause, Note, ObjectState, Scene, State};
use crate::normalise::Content;
use crate::stream::{Item, Observed};

/// One item, with the scene after it.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// The item.
    pub item: &'a Item,
    /// The common memory.
    pub scene: &'a Scene,
    /// The operation, where the item is one.
    pub seen: Option<&'a Observed>,
    /// The object it is about, or that a list showed.
    pub object: Option<&'a ObjectState>,
    /// The state that it brought: nobody had been shown it before.
    pub new: Option<&'a State>,
    /// The state before that one, in the object's history.
    pub before: Option<&'a State>,
    /// The state whose author became known: the answer to this write.
    pub authored: Option<&'a State>,
    /// Of a write, what it answers to.
    pub cause: Option<Cause>,
    /// Of a write whose request was read, what it sent.
    pub sent: Option<&'a Arc<Content>>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(item: &'a Item, scene: &'a Scene, note: &'a Note) -> Step<'a> {
        let object = note.object.and_then(|id| scene.object(id));
        let state = |place: Option<usize>| object.zip(place).and_then(|(object, place)| object.history.get(place));
        let seen = match item {
            Item::Operation(seen) => Some(&**seen),
            _ => None,
        };
        Step {
            item,
            scene,
            seen,
            object,
            new: state(note.new),
            before: state(note.new.and_then(|place| place.checked_sub(1))),
            authored: state(note.authored),
            cause: note.cause,
            sent: note.sent.as_ref(),
        }
    }

    /// Whether it is about noise that every cluster has: leases, and Events.
    #[must_use]
    pub fn is_noise(&self) -> bool {
        let of = |group: &str, resource: &str| {
            matches!((group, resource), ("coordination.k8s.io", "leases") | ("" | "events.k8s.io", "events"))
        };
        match (self.object, self.seen) {
            (Some(state), _) => of(&state.object.key.group, &state.object.key.resource),
            (None, Some(seen)) => seen.kind.as_ref().is_some_and(|kind| of(&kind.group, &kind.resource)),
            (None, None) => false,
        }
    }
}
