//! The current views of all incarnations of actors.

use crate::heads::Heads;
use crate::maps::Map;

/// The version of an object in a view, and the scope under which it was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ViewEntry {
    pub(super) version: i64,
    pub(super) scope: Scope,
}

/// The rows of kind, namespace (0 for all) and selector (0 for none).
pub(super) type Scope = (i64, i64, i64);

/// Viewer → object → last observed state.
#[derive(Debug, Default)]
pub(super) struct Views(Map<i64, Map<i64, ViewEntry>>);

impl Views {
    /// Sets the version of an object. Returns true if the view changed.
    pub(super) fn show(&mut self, viewer: i64, object: i64, version: i64, scope: Scope) -> bool {
        let held = self.0.entry(viewer).or_default().insert(object, ViewEntry { version, scope });
        held.is_none_or(|held| held.version != version)
    }

    /// Removes an object. Returns true if it was in the view.
    pub(super) fn remove(&mut self, viewer: i64, object: i64) -> bool {
        self.0.get_mut(&viewer).is_some_and(|view| view.remove(&object).is_some())
    }

    pub(super) fn entries(&self, viewer: i64) -> impl Iterator<Item = (i64, ViewEntry)> {
        self.0.get(&viewer).into_iter().flatten().map(|(object, held)| (*object, *held))
    }

    /// Returns the selectors under which the objects of all views were observed.
    pub(super) fn selectors(&self) -> impl Iterator<Item = i64> {
        self.0.values().flat_map(Map::values).map(|held| held.scope.2)
    }

    /// Empties the view of an actor that restarted.
    pub(super) fn empty(&mut self, viewer: i64) {
        self.0.remove(&viewer);
    }

    /// Removes the objects that a gap may have changed.
    pub(super) fn forget(&mut self, viewer: Option<i64>, lost: impl Fn(i64) -> bool) {
        let views = self.0.iter_mut().filter(|(id, _)| viewer.is_none_or(|viewer| viewer == **id));
        views.for_each(|(_, view)| view.retain(|object, _| !lost(*object)));
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = (i64, Heads)> {
        self.0.iter().map(|(viewer, view)| (*viewer, view.iter().map(|(object, held)| (*object, held.version)).collect()))
    }
}
