//! Keys and entries of the index.

use kuberewind_model::{ObjectId, ViewerId};

use crate::heads::WORLD;

/// One showing: an operation, and the version where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ObservationRef {
    /// The operation's row.
    pub(crate) op: i64,
    /// The version's row; `None` where the object left the view.
    pub(crate) version: Option<i64>,
    /// Not shown by the operation, but inferred from it.
    pub(crate) inferred: bool,
}

/// Whose trail: of an object, as a viewer (or the world) had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeriesKey {
    pub(crate) object: i64,
    /// [`WORLD`] for the world.
    pub(crate) viewer: i64,
}

impl SeriesKey {
    /// What the world had of an object.
    pub(crate) fn world(object: ObjectId) -> SeriesKey {
        SeriesKey { object: object.0, viewer: WORLD }
    }

    /// What a viewer had of an object.
    pub(crate) fn view(object: ObjectId, viewer: ViewerId) -> SeriesKey {
        SeriesKey { object: object.0, viewer: viewer.0 }
    }
}

/// A showing with whose it is, as it is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    pub(crate) of: SeriesKey,
    pub(crate) showing: ObservationRef,
}
