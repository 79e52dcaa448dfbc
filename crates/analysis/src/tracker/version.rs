//! A version in an object's history, and its author.

use std::sync::Arc;

use super::cause::Cause;
use crate::normalise::{Change, Growth};
use kuberewind_model::{ActorId, Certainty, Rank, Seq, SpanId, Timestamp, Verb, VersionId};

/// The write that made a version.
#[derive(Debug, Clone)]
pub struct VersionAuthor {
    pub actor: ActorId,
    pub name: Arc<str>,
    /// '' for none.
    pub manager: Arc<str>,
    pub seq: Seq,
    /// The time of the response.
    pub at: Timestamp,
    /// The start of the call.
    pub began: Timestamp,
    /// The last operation known at the start of the call.
    pub started_after: Seq,
    pub verb: Verb,
    /// The reconcile that made the call.
    pub span: Option<SpanId>,
    /// Its resourceVersion precondition: '' for none, `None` if unknown.
    pub precondition: Option<Arc<str>>,
    /// The delivery that caused the write.
    pub cause: Option<Cause>,
    /// How certain it is that this write made the version.
    pub certainty: Certainty,
}

/// One version in an object's history.
#[derive(Debug, Clone)]
pub struct TrackedVersion {
    pub rank: Rank,
    /// Its id, in the shape observed first.
    pub version: VersionId,
    pub resource_version: Arc<str>,
    pub generation: Option<i64>,
    /// True if the object is gone.
    pub gone: bool,
    /// Its first observation.
    pub seq: Seq,
    pub at: Timestamp,
    /// The normalised fingerprint, `None` if the content is unknown.
    pub norm: Option<u64>,
    /// The fingerprint with all values as written.
    pub exact: u64,
    /// The normalised fingerprint of the desired state.
    pub wanted: u64,
    /// The changes since the previous version, `None` if unknown.
    pub changes: Option<Arc<[Change]>>,
    /// The lists of which only the order changed. Empty if anything else changed.
    pub reordered: Arc<[String]>,
    /// The list or map that gained items, if nothing was removed.
    pub growth: Option<Growth>,
    pub author: Option<VersionAuthor>,
}

impl TrackedVersion {
    /// True if at most volatile values changed. False if the changes are unknown.
    #[must_use]
    pub fn is_volatile_only(&self) -> bool {
        self.changes.as_ref().is_some_and(|changes| changes.iter().all(|change| change.volatile))
    }
}
