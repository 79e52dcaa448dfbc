//! What capture is told, by the layer, the proxy or whoever else sees the traffic: in the order in which it happened.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Uri};

use super::late::LateName;
use kuberewind_model::{Duration, GapReason, KindRef, LogStream, SpanKey, SpanResult, Timestamp};

/// The sender's number for a call, unique within the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// One thing that happened.
#[derive(Debug)]
pub enum Message {
    /// A request went out.
    Started(Box<Started>),
    /// The beginning of its answer came.
    Head(Head),
    /// A piece of the answer's body came, decoded.
    Chunk(Chunk),
    /// The call is over. Every call that started ends, one way or another.
    End(End),
    /// What is known of a call of which not everything was seen. Between its start and its end.
    Known(Box<Known>),
    /// A reconcile began.
    SpanStarted(Box<SpanStarted>),
    /// It became known whose reconcile it is.
    SpanActor {
        /// Which.
        span: SpanKey,
        /// Whose.
        actor: Arc<str>,
    },
    /// A reconcile ended.
    SpanEnded(Box<SpanEnded>),
    /// The recorded process printed a line.
    Log(Box<Line>),
    /// Something did not fit and was left out at this place.
    Lost(Box<Lost>),
    /// Recording was switched off at this place.
    Disabled,
    /// Recording was switched on again.
    Enabled,
    /// An actor starts anew: what it knew is gone.
    Restarted {
        /// Who.
        actor: Arc<str>,
    },
}

/// A request.
#[derive(Debug, Clone)]
pub struct Started {
    /// Its number.
    pub call: CallId,
    /// When.
    pub at: Timestamp,
    /// Who sends it.
    pub actor: Arc<str>,
    /// A better name for the sender, which may still be on its way.
    pub late: Option<Arc<LateName>>,
    /// Method.
    pub method: Method,
    /// Path and query; scheme and authority are not looked at.
    pub uri: Uri,
    /// The headers that are of interest.
    pub headers: RequestHeaders,
    /// The body, as far as it was seen.
    pub body: Bytes,
    /// Whether that is all of it.
    pub body_whole: bool,
    /// The reconcile in which it is made.
    pub span: Option<SpanKey>,
}

/// The headers of a request that are kept. Never one that authenticates.
#[derive(Debug, Clone, Default)]
pub struct RequestHeaders {
    /// `User-Agent`.
    pub user_agent: Option<HeaderValue>,
    /// `Content-Type`.
    pub content_type: Option<HeaderValue>,
    /// `Accept`.
    pub accept: Option<HeaderValue>,
    /// `traceparent`.
    pub traceparent: Option<HeaderValue>,
}

/// What is known of a call beside its bodies, by somebody who was not there: an audit log may keep none of them.
#[derive(Debug, Clone)]
pub struct Known {
    /// Of which call.
    pub call: CallId,
    /// The object's name, where the path does not say it; '' for none.
    pub name: Arc<str>,
    /// The resourceVersion that a write depended on; '' for none.
    pub precondition: Arc<str>,
    /// What is there of its answer.
    pub answer: Answer,
}

/// What is there of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its body is told by chunks, as always.
    Told,
    /// There was one (or not), and nobody kept it.
    LeftOut,
    /// Nobody kept it, but this is the object that it must have shown, put together from what was sent.
    Reconstructed(Bytes),
}

/// The beginning of an answer.
#[derive(Debug, Clone)]
pub struct Head {
    /// Of which call.
    pub call: CallId,
    /// When.
    pub at: Timestamp,
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<HeaderValue>,
    /// `Content-Encoding`, where the body is not decoded.
    pub content_encoding: Option<HeaderValue>,
    /// `Audit-ID`.
    pub audit_id: Option<HeaderValue>,
}

/// A piece of an answer's body.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Of which call.
    pub call: CallId,
    /// When.
    pub at: Timestamp,
    /// The bytes.
    pub bytes: Bytes,
    /// What is missing directly before them.
    pub missing: Option<Missing>,
}

/// Pieces of an answer that were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// How many pieces.
    pub count: u64,
    /// How many bytes.
    pub bytes: u64,
    /// Whether the last of them ended within a line: then what follows begins with the rest of it.
    pub mid_line: bool,
    /// Why.
    pub reason: GapReason,
}

/// The end of a call.
#[derive(Debug, Clone)]
pub struct End {
    /// Which.
    pub call: CallId,
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: Ending,
    /// What is missing directly before the end.
    pub missing: Option<Missing>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The answer is there, to its last byte.
    Complete,
    /// The client went away before that.
    Dropped,
    /// The transport failed.
    Failed(String),
}

/// A reconcile that began.
#[derive(Debug, Clone)]
pub struct SpanStarted {
    /// Its number.
    pub span: SpanKey,
    /// When.
    pub at: Timestamp,
    /// Whose; `None` where that is not known yet: then the first call made in it tells, or who was shown the object.
    pub actor: Option<Arc<str>>,
    /// Its name: a uuid of the runtime; '' for none.
    pub label: Arc<str>,
    /// Of what.
    pub object: SpanObject,
    /// The runtime's words for why.
    pub reason: Arc<str>,
}

/// The object of a reconcile, as a runtime names it. What is not known is ''.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanObject {
    /// API group.
    pub group: Arc<str>,
    /// API version.
    pub version: Arc<str>,
    /// Kind.
    pub kind: Arc<str>,
    /// Plural.
    pub resource: Arc<str>,
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Whether `name` is `NAME.NAMESPACE` in one, as kube-runtime writes it; at cluster scope it is the name alone.
    pub joined: bool,
}

/// A reconcile that ended.
#[derive(Debug, Clone)]
pub struct SpanEnded {
    /// Which.
    pub span: SpanKey,
    /// When.
    pub at: Timestamp,
    /// How.
    pub result: SpanResult,
    /// The error, '' for none.
    pub error: String,
    /// When it asked to be run again.
    pub requeue_after: Option<Duration>,
}

/// A line that was printed.
#[derive(Debug, Clone)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub stream: LogStream,
    /// `error`, `info`, …; '' where unknown.
    pub level: Arc<str>,
    /// The reconcile it speaks of.
    pub span: Option<SpanKey>,
    /// The line without its end.
    pub text: String,
}

/// What was left out.
#[derive(Debug, Clone)]
pub struct Lost {
    /// Whose.
    pub actor: Option<Arc<str>>,
    /// About what.
    pub kind: Option<KindRef>,
    /// Namespace, '' for all.
    pub namespace: Arc<str>,
    /// How many messages.
    pub count: u64,
    /// How many bytes.
    pub bytes: u64,
    /// Why.
    pub reason: GapReason,
}
