//! The messages that describe the traffic, in the order in which it happened.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Uri};

use super::pending_actor::PendingActor;
use kuberewind_model::{Duration, GapReason, KindRef, LogStream, Remark, SpanKey, SpanResult, Timestamp};

/// The number of a call, unique within the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

#[derive(Debug)]
pub enum Message {
    /// A request was sent.
    Started(Box<Started>),
    /// The head of the response arrived.
    Head(Head),
    /// A decoded chunk of the response's body arrived.
    Chunk(Chunk),
    /// The call is over. Each call that started ends.
    End(End),
    /// Facts about a call of which not all bodies are known. Sent between its start and its end.
    Facts(Box<CallFacts>),
    /// A reconcile began.
    SpanStarted(Box<SpanStarted>),
    /// The actor of a reconcile became known.
    SpanActor { span: SpanKey, actor: Arc<str> },
    /// A reconcile ended.
    SpanEnded(Box<SpanEnded>),
    /// The recorded process printed a line.
    Log(Box<PrintedLine>),
    /// Messages were lost at this place because the queue was full.
    Lost(Box<Lost>),
    /// The recorded program is ending. It does not wait for the responses of calls that are under way.
    Stopping,
    /// Recording was disabled at this place.
    Disabled,
    /// Recording was enabled again.
    Enabled,
    /// An actor started again with empty caches.
    Restarted { actor: Arc<str> },
}

/// A request.
#[derive(Debug, Clone)]
pub struct Started {
    pub call: CallId,
    pub at: Timestamp,
    pub actor: Arc<str>,
    /// Replaces `actor` once it is resolved.
    pub pending_actor: Option<Arc<PendingActor>>,
    /// The user as which the API server sees the call, if the request names it: of the client's own token, or impersonated. The API server
    /// has not checked it yet. '' if unknown.
    pub user: Arc<str>,
    pub method: Method,
    /// Path and query; scheme and authority are ignored.
    pub uri: Uri,
    pub headers: RequestHeaders,
    /// The body, as far as it is known.
    pub body: Bytes,
    /// True if `body` is the whole body.
    pub body_whole: bool,
    /// The reconcile that sent the request.
    pub span: Option<SpanKey>,
}

/// The request headers that are recorded. None of them authenticates.
#[derive(Debug, Clone, Default)]
pub struct RequestHeaders {
    pub user_agent: Option<HeaderValue>,
    pub content_type: Option<HeaderValue>,
    pub accept: Option<HeaderValue>,
    pub traceparent: Option<HeaderValue>,
}

/// Facts about a call from a source that has not all bodies, such as an audit log.
#[derive(Debug, Clone)]
pub struct CallFacts {
    pub call: CallId,
    /// The object's name, if the path does not have it; else ''.
    pub name: Arc<str>,
    /// The resourceVersion that a write required; '' for none.
    pub precondition: Arc<str>,
    pub response_body: ResponseBody,
    /// Facts from the source besides the response.
    pub remarks: Vec<Remark>,
}

/// Where the body of a response comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseBody {
    /// It is sent in chunks.
    Captured,
    /// The source does not have it.
    NotKept,
    /// The source does not have it; this is the object as it follows from the request.
    Reconstructed(Bytes),
}

/// The head of a response.
#[derive(Debug, Clone)]
pub struct Head {
    pub call: CallId,
    pub at: Timestamp,
    /// HTTP status.
    pub status: u16,
    pub content_type: Option<HeaderValue>,
    /// Set only if the body is not decoded.
    pub content_encoding: Option<HeaderValue>,
    pub audit_id: Option<HeaderValue>,
    /// `Warning` headers.
    pub warnings: Vec<HeaderValue>,
}

/// A part of a response's body.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub call: CallId,
    pub at: Timestamp,
    pub bytes: Bytes,
    /// Chunks that were lost directly before this one.
    pub missing: Option<Missing>,
}

/// Chunks of a response that were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Number of chunks.
    pub count: u64,
    pub bytes: u64,
    /// True if the last of them ended in the middle of a line.
    pub mid_line: bool,
    pub reason: GapReason,
}

/// The end of a call.
#[derive(Debug, Clone)]
pub struct End {
    pub call: CallId,
    pub at: Timestamp,
    pub how: Ending,
    /// Chunks that were lost directly before the end.
    pub missing: Option<Missing>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The last byte of the response arrived.
    Complete,
    /// The client went away earlier.
    Dropped,
    /// The transport failed with this error.
    Failed(String),
}

/// The start of a reconcile.
#[derive(Debug, Clone)]
pub struct SpanStarted {
    pub span: SpanKey,
    pub at: Timestamp,
    /// `None` if it is unknown: then it is the actor of the first call in the reconcile, or the one that observed the object.
    pub actor: Option<Arc<str>>,
    /// The runtime's id for the run; '' for none.
    pub label: Arc<str>,
    pub object: SpanObject,
    /// The reason that the runtime gives; '' for none.
    pub reason: Arc<str>,
}

/// The object of a reconcile. Unknown texts are ''.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanObject {
    /// API group; '' for core.
    pub group: Arc<str>,
    /// API version without the group: `v1`.
    pub version: Arc<str>,
    /// Kind: `Deployment`.
    pub kind: Arc<str>,
    /// Plural as in URLs: `deployments`.
    pub resource: Arc<str>,
    /// Namespace; '' at cluster scope.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// True if `name` is `NAME.NAMESPACE`, as kube-runtime's spans have it. At cluster scope it is the name alone.
    pub joined: bool,
}

/// The end of a reconcile.
#[derive(Debug, Clone)]
pub struct SpanEnded {
    pub span: SpanKey,
    pub at: Timestamp,
    pub result: SpanResult,
    /// '' for none.
    pub error: String,
    /// The delay after which the reconciler wants to run again.
    pub requeue_after: Option<Duration>,
}

/// A line that the recorded process printed.
#[derive(Debug, Clone)]
pub struct PrintedLine {
    pub at: Timestamp,
    pub stream: LogStream,
    /// `error`, `info`, …; '' if unknown.
    pub level: Arc<str>,
    /// The reconcile that printed it.
    pub span: Option<SpanKey>,
    /// The line without its line feed.
    pub text: String,
}

/// Messages that were lost.
#[derive(Debug, Clone)]
pub struct Lost {
    pub actor: Option<Arc<str>>,
    pub kind: Option<KindRef>,
    /// '' for all namespaces.
    pub namespace: Arc<str>,
    /// Number of messages.
    pub count: u64,
    pub bytes: u64,
    pub reason: GapReason,
}
