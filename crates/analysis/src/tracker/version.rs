//! A version in an object's history, and its author.

use std::sync::Arc;

use super::cause::Cause;
use crate::normalise::Change;
use kuberewind_model::{ActorId, Certainty, Rank, Seq, SpanId, Timestamp, Verb, VersionId};

/// Who wrote a state.
#[derive(Debug, Clone)]
pub struct VersionAuthor {
    /// Who.
    pub actor: ActorId,
    /// Its name.
    pub name: Arc<str>,
    /// The field manager it gave, '' for none.
    pub manager: Arc<str>,
    /// The write.
    pub seq: Seq,
    /// Its answer's time.
    pub at: Timestamp,
    /// When it was sent.
    pub began: Timestamp,
    /// The last operation known when it was sent.
    pub started_after: Seq,
    /// What sort of write.
    pub verb: Verb,
    /// The reconcile it belongs to.
    pub span: Option<SpanId>,
    /// The resourceVersion it insisted on; `None` where that was not read, '' for none.
    pub precondition: Option<Arc<str>>,
    /// What it answered to.
    pub cause: Option<Cause>,
    /// How sure it is that the state's changes are this write's.
    pub certainty: Certainty,
}

/// One state in an object's history.
#[derive(Debug, Clone)]
pub struct TrackedVersion {
    /// Its position.
    pub rank: Rank,
    /// The version that told of it, in the shape that was known first.
    pub version: VersionId,
    /// Its resourceVersion.
    pub resource_version: Arc<str>,
    /// generation.
    pub generation: Option<i64>,
    /// Whether it says that the object is gone.
    pub gone: bool,
    /// The operation that first showed it.
    pub seq: Seq,
    /// When that was.
    pub at: Timestamp,
    /// Normalised fingerprint; `None` where the content is not known.
    pub norm: Option<u64>,
    /// Fingerprint as is.
    pub exact: u64,
    /// Fingerprint of what is wanted.
    pub wanted: u64,
    /// What differs from the state before; `None` where that cannot be told.
    pub changes: Option<Arc<[Change]>>,
    /// Who wrote it.
    pub author: Option<VersionAuthor>,
}

impl TrackedVersion {
    /// Whether nothing but volatile values changed (or nothing at all); `false` where that cannot be told.
    #[must_use]
    pub fn is_volatile_only(&self) -> bool {
        self.changes.as_ref().is_some_and(|changes| changes.iter().all(|change| change.volatile))
    }
}
