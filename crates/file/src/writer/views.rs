//! What every incarnation of an actor has in its view now.

use crate::heads::Heads;
use crate::maps::Map;

/// What a view has of an object, and under which scope it came there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ViewEntry {
    pub(super) version: i64,
    pub(super) scope: Scope,
}

/// Kind, namespace (0 for all) and selector (0 for none) as rows.
pub(super) type Scope = (i64, i64, i64);

/// Viewer → object → what it was shown last, where that is a state.
#[derive(Debug, Default)]
pub(super) struct Views(Map<i64, Map<i64, ViewEntry>>);

impl Views {
    /// It was shown this; says whether the view changed by it.
    pub(super) fn show(&mut self, viewer: i64, object: i64, version: i64, scope: Scope) -> bool {
        let held = self.0.entry(viewer).or_default().insert(object, ViewEntry { version, scope });
        held.is_none_or(|held| held.version != version)
    }

    /// The object left the view; says whether it was there.
    pub(super) fn remove(&mut self, viewer: i64, object: i64) -> bool {
        self.0.get_mut(&viewer).is_some_and(|view| view.remove(&object).is_some())
    }

    /// All that the view has.
    pub(super) fn entries(&self, viewer: i64) -> impl Iterator<Item = (i64, ViewEntry)> {
        self.0.get(&viewer).into_iter().flatten().map(|(object, held)| (*object, *held))
    }

    /// The selectors under which anything came into a view.
    pub(super) fn selectors(&self) -> impl Iterator<Item = i64> {
        self.0.values().flat_map(Map::values).map(|held| held.scope.2)
    }

    /// The actor started anew.
    pub(super) fn empty(&mut self, viewer: i64) {
        self.0.remove(&viewer);
    }

    /// What was lost may have been about these: they are no longer known to be in the view.
    pub(super) fn forget(&mut self, viewer: Option<i64>, lost: impl Fn(i64) -> bool) {
        let views = self.0.iter_mut().filter(|(id, _)| viewer.is_none_or(|viewer| viewer == **id));
        views.for_each(|(_, view)| view.retain(|object, _| !lost(*object)));
    }

    /// Every view's heads.
    pub(super) fn heads(&self) -> impl Iterator<Item = (i64, Heads)> {
        self.0.iter().map(|(viewer, view)| (*viewer, view.iter().map(|(object, held)| (*object, held.version)).collect()))
    }
}
