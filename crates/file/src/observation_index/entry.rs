//! Keys and entries of the index.

use kuberewind_model::{ObjectId, ViewerId};

use crate::heads::WORLD;

/// A reference to one observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ObservationRef {
    /// The row id of the operation.
    pub(crate) op: i64,
    /// The row id of the version; `None` if the object left the view.
    pub(crate) version: Option<i64>,
    /// The change was inferred from the operation, not contained in it.
    pub(crate) inferred: bool,
}

/// A series of observations: of an object by a viewer or, for its heads, by the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeriesKey {
    pub(crate) object: i64,
    /// [`WORLD`] for the world.
    pub(crate) viewer: i64,
}

impl SeriesKey {
    pub(crate) fn world(object: ObjectId) -> SeriesKey {
        SeriesKey { object: object.0, viewer: WORLD }
    }

    pub(crate) fn view(object: ObjectId, viewer: ViewerId) -> SeriesKey {
        SeriesKey { object: object.0, viewer: viewer.0 }
    }
}

/// An observation of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    pub(crate) key: SeriesKey,
    pub(crate) observation: ObservationRef,
}
