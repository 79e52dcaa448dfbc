//! Operations: API calls, and watch events delivered to an actor.

use std::sync::Arc;

use super::session::words;
use super::{ActorId, BodyId, Duration, KindId, ObjectId, Seq, SessionNo, SpanId, Timestamp, Verb, VersionId, ViewerId, WatchId};

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Answered (status below 400), or a watch event delivered.
    Done,
    /// Refused: status 400 or above. Shows no version.
    Refused,
    /// Answered, but nothing was to be changed. Shows no version.
    DryRun,
    /// A write whose answer was lost: maybe applied, until the next sight.
    MaybeApplied,
    /// A read whose answer was lost, or came only in part.
    Lost,
}

words!(Outcome: Done = 0 "done", Refused = 1 "refused", DryRun = 2 "dry run", MaybeApplied = 3 "maybe applied", Lost = 4 "lost");

/// What a LIST says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInfo {
    /// The resourceVersion of the collection.
    pub resource_version: Arc<str>,
    /// Label and field selectors as in the URL, '' where there are none.
    pub selector: Arc<str>,
    /// Whether with this page the list is complete (all pages seen).
    pub complete: bool,
    /// Items in this page.
    pub items: u64,
    /// Items of this page that changed the actor's view.
    pub changed: u64,
}

/// One operation: a row of the timeline. What is bigger or rarer is in [`crate::OperationDetail`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The session that holds it.
    pub session: SessionNo,
    /// Its number.
    pub seq: Seq,
    /// When its result became known.
    pub at: Timestamp,
    /// How long the call took, back from `at`.
    pub duration: Duration,
    /// The last number known when it began.
    pub started_after: Seq,
    /// Who made it.
    pub actor: ActorId,
    /// As which incarnation.
    pub viewer: ViewerId,
    /// What it did.
    pub verb: Verb,
    /// The kind, where the call was about one.
    pub kind: Option<KindId>,
    /// The subresource, '' for none.
    pub subresource: Arc<str>,
    /// Namespace, '' for none.
    pub namespace: Arc<str>,
    /// Name, '' for none (lists, and refused creates with generateName).
    pub name: Arc<str>,
    /// HTTP status; 0 where no answer came; of an ERROR event, the status' code.
    pub status: u16,
    /// What came of it.
    pub outcome: Outcome,
    /// The object, where it is about one.
    pub object: Option<ObjectId>,
    /// The version that it showed.
    pub version: Option<VersionId>,
    /// Whether the world changed by it.
    pub changed_world: bool,
    /// The reconcile it belongs to.
    pub span: Option<SpanId>,
    /// The watch that it opened, or that delivered it.
    pub watch: Option<WatchId>,
    /// Of a LIST, what it says of itself.
    pub list: Option<ListInfo>,
    /// The error in a sentence, '' where there is none.
    pub error: Arc<str>,
    /// What was sent, where it is kept.
    pub request_body: Option<BodyId>,
    /// What came back, where it is kept: the version's body, or a status.
    pub response_body: Option<BodyId>,
}
