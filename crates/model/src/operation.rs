//! Operations: API calls, and watch events delivered to an actor.

use std::sync::Arc;

use super::session::words;
use super::{
    ActorId, BodyId, Duration, KindId, ObjectId, Seq, SessionNo, SpanId, Timestamp, Verb, Version, VersionId, ViewerId, WatchId,
};

/// The result of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A status below 400, or a delivered watch event.
    Done,
    /// A status of 400 or above. Yields no version.
    Refused,
    /// A successful dry run. Yields no version.
    DryRun,
    /// A write whose response was lost. It may be applied; the next observation decides.
    MaybeApplied,
    /// A read whose response was lost or incomplete.
    Lost,
}

words!(Outcome: Done = 0 "done", Refused = 1 "refused", DryRun = 2 "dry run", MaybeApplied = 3 "maybe applied", Lost = 4 "lost");

/// The metadata of a LIST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInfo {
    pub resource_version: Arc<str>,
    /// Label and field selectors as in the URL, '' for none.
    pub selector: Arc<str>,
    /// True if this page completes the list.
    pub complete: bool,
    pub items: u64,
    /// Items of this page that changed the actor's view.
    pub changed: u64,
}

/// One operation, a row of the timeline. Larger and less common facts are in [`crate::OperationDetail`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub session: SessionNo,
    pub seq: Seq,
    /// The time of the result.
    pub at: Timestamp,
    /// Duration of the call, back from `at`.
    pub duration: Duration,
    /// The last number known at the start of the call.
    pub started_after: Seq,
    pub actor: ActorId,
    /// The incarnation of the actor.
    pub viewer: ViewerId,
    pub verb: Verb,
    /// `None` for paths that are not resource paths.
    pub kind: Option<KindId>,
    /// '' for none.
    pub subresource: Arc<str>,
    /// '' for none.
    pub namespace: Arc<str>,
    /// '' for none: lists. A refused create of a generated name has its prefix, which ends with `-`.
    pub name: Arc<str>,
    /// The HTTP status, 0 without response. For an ERROR event, the code of the status.
    pub status: u16,
    pub outcome: Outcome,
    /// `None` for collections and unknown objects.
    pub object: Option<ObjectId>,
    /// The version in the response or event.
    pub version: Option<VersionId>,
    /// True if the highest observed version of an object changed.
    pub changed_world: bool,
    /// The reconcile that made the call.
    pub span: Option<SpanId>,
    /// The watch that this operation opened, or that delivered it.
    pub watch: Option<WatchId>,
    /// Set for a LIST.
    pub list: Option<ListInfo>,
    /// The error message, '' for none.
    pub error: Arc<str>,
    /// The request body, if stored.
    pub request_body: Option<BodyId>,
    /// The body of the version or status in the response, if stored.
    pub response_body: Option<BodyId>,
}

impl Operation {
    /// Returns true for a successful update or patch whose response is a version that was known before the call began. A
    /// response to a deletion may be the last state of the object, so it proves nothing.
    #[must_use]
    pub fn changed_nothing(&self, version: &Version) -> bool {
        matches!(self.verb, Verb::Update | Verb::Patch)
            && self.outcome == Outcome::Done
            && !self.changed_world
            && !version.gone
            && !version.resource_version.is_empty()
            && version.first_observed <= self.started_after
    }

    /// Returns true for a successful write whose version was delivered between the start of the call and its response.
    #[must_use]
    pub fn is_overtaken(&self, first_observed: Seq) -> bool {
        self.verb.is_write()
            && self.outcome == Outcome::Done
            && !self.changed_world
            && self.started_after < first_observed
            && first_observed < self.seq
    }
}
