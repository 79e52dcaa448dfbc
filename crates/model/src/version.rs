//! Versions: the states of objects.

use std::sync::Arc;

use super::session::words;
use super::{BodyId, ObjectId, Seq, SessionNo, VersionId};

/// How completely a version is known, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// The content is unknown.
    Unknown,
    /// One row of a table.
    TableRow,
    /// Metadata only (`PartialObjectMetadata`).
    Metadata,
    /// Truncated by the body limit.
    Cut,
    /// Reconstructed from an earlier version and a write.
    Reconstructed,
    /// The full object.
    Full,
}

words!(Shape: Unknown = 0 "content unknown", TableRow = 1 "table row", Metadata = 2 "metadata only", Cut = 3 "cut", Reconstructed = 4 "reconstructed", Full = 5 "full");

impl Shape {
    /// True if a diff between the two shapes shows changes of the object rather than of the shape.
    #[must_use]
    pub fn comparable(self, other: Shape) -> bool {
        let whole = |shape: Shape| shape >= Shape::Reconstructed;
        (whole(self) && whole(other)) || (self == other && matches!(self, Shape::Metadata | Shape::TableRow))
    }
}

/// The position of a version in the history of its object.
///
/// Versions with a decimal resourceVersion are ordered by it. A version without one follows the highest number known at its
/// arrival (`number`), in order of arrival (`arrival`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rank {
    /// The resourceVersion, or the highest one known for the object at arrival.
    pub number: u64,
    /// 0 for a version with a decimal resourceVersion, else the operation that delivered it.
    pub arrival: u64,
}

/// One state of one object in one shape. A deletion is a version too (`gone`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub id: VersionId,
    pub object: ObjectId,
    /// '' for none.
    pub resource_version: Arc<str>,
    /// Its position in the object's history.
    pub rank: Rank,
    /// True if the object is deleted or known to be absent.
    pub gone: bool,
    pub shape: Shape,
    /// '' if unknown.
    pub api_version: Arc<str>,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// The content, if stored. A gone version may have the last state that the server sent.
    pub body: Option<BodyId>,
    /// Length of the content.
    pub bytes: u64,
    /// The session of `first_observed`.
    pub session: SessionNo,
    /// The operation in which it was first observed.
    pub first_observed: Seq,
}
