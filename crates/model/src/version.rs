//! Versions: the states of objects, and how completely they are known.

use std::sync::Arc;

use super::session::words;
use super::{BodyId, ObjectId, Seq, SessionNo, VersionId};

/// How completely a version is known. The order is that of fullness: the last one is the fullest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// That it exists is known, nothing of its content.
    Unknown,
    /// One row of a table.
    TableRow,
    /// Its metadata only (`PartialObjectMetadata`).
    Metadata,
    /// Its beginning; the body limit cut the rest.
    Cut,
    /// Put together from an earlier version and a write.
    Reconstructed,
    /// All of it.
    Full,
}

words!(Shape: Unknown = 0 "content unknown", TableRow = 1 "table row", Metadata = 2 "metadata only", Cut = 3 "cut", Reconstructed = 4 "reconstructed", Full = 5 "full");

impl Shape {
    /// Whether a diff between the two says something about the object and not about the shapes.
    #[must_use]
    pub fn comparable(self, other: Shape) -> bool {
        let whole = |shape: Shape| shape >= Shape::Reconstructed;
        (whole(self) && whole(other)) || (self == other && matches!(self, Shape::Metadata | Shape::TableRow))
    }
}

/// Where a version stands among those of its resource: by resourceVersion as a decimal number, by arrival where it is none.
///
/// Ordering: versions with a number come in the order of the numbers; those without one come at the place of their
/// arrival, that is, directly after the highest number known then (`number`), in order of arrival (`arrival`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rank {
    /// The resourceVersion, or the highest one known for the object when this arrived.
    pub number: u64,
    /// 0 for a version with a number of its own, else the operation that brought it.
    pub arrival: u64,
}

/// One state of one object in one shape, first shown by an operation. A deletion is a version too (`gone`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its row.
    pub id: VersionId,
    /// The object (incarnation).
    pub object: ObjectId,
    /// The resourceVersion as text; '' where there is none.
    pub resource_version: Arc<str>,
    /// Its place in the object's history.
    pub rank: Rank,
    /// Whether it says that the object is gone (or known to be absent).
    pub gone: bool,
    /// How completely it is known.
    pub shape: Shape,
    /// The apiVersion in which it was shown, '' where unknown.
    pub api_version: Arc<str>,
    /// `metadata.generation`, where there is one.
    pub generation: Option<i64>,
    /// The content, where any is kept. A gone version may have the last state that the server sent along.
    pub body: Option<BodyId>,
    /// Length of the content in bytes.
    pub bytes: u64,
    /// The session of the operation that first showed it.
    pub session: SessionNo,
    /// The operation that first showed it.
    pub first_observed: Seq,
}
