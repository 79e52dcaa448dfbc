//! Differences between the worlds of two moments.

use super::{ObjectId, Seq, VersionId};

/// An object whose state in the world differs between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldChange {
    pub object: ObjectId,
    /// Its version at the first moment; `None` if it was not present.
    pub before: Option<VersionId>,
    /// Its version at the second moment; `None` if it is not present.
    pub after: Option<VersionId>,
    /// The last operation between the two moments that changed the object.
    pub last: Seq,
}
