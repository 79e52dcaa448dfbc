//! The events that a recorder sends to a [`Sink`](super::Sink).
//!
//! All texts and bodies are redacted. The sink numbers the operations. An event refers to something that is not stored yet by
//! a key of the sender ([`SpanKey`], [`WatchKey`], [`ListKey`]), which is unique within the session.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Certainty, Duration, GapReason, Kind, KindRef, LogStream, Outcome, Seq, Shape, SpanResult, Timestamp, Verb, WatchOutcome,
};

/// The sender's number of a reconcile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanKey(pub u64);

/// The sender's number of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WatchKey(pub u64);

/// The sender's number of a list, shared by all its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListKey(pub u64);

/// Something that became known to the recorder. Events are sent in that order.
#[derive(Debug, Clone)]
pub enum Event {
    /// Names the key of the redaction. Sent once, before any other event.
    Redacted {
        /// The id of the key, not the key.
        key: Arc<str>,
    },
    /// A call got its result, or a watch event was delivered. The sink gives it the next number.
    Operation(Box<NewOperation>),
    /// An item of a list page that is still being received. The operation of the list follows at the end of the page, so the
    /// memory for a list does not grow with the size of its items.
    ListItem {
        list: ListKey,
        actor: Arc<str>,
        observation: Observation,
    },
    /// A watch was opened. Its opening operation follows and refers to it.
    WatchOpened(NewWatch),
    /// A bookmark event arrived on a watch.
    WatchProgress {
        watch: WatchKey,
        resource_version: Arc<str>,
    },
    WatchEnded(WatchEnd),
    SpanStarted(NewSpan),
    SpanEnded(SpanEnd),
    Log(NewLogLine),
    /// Events were dropped.
    Gap(NewGap),
    /// Facts about a kind, for example from discovery. Empty fields are unknown.
    Kind(Kind),
    /// The version of the API server: the JSON that it answers at `/version`.
    ServerVersion(Arc<str>),
    /// The actor restarted, so its view is empty.
    Restarted {
        actor: Arc<str>,
    },
}

impl Event {
    /// The time of the event, if it has one. For an operation, the time of its result.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Event::Operation(operation) => Some(operation.at),
            Event::SpanStarted(span) => Some(span.at),
            Event::SpanEnded(end) => Some(end.at),
            Event::Log(line) => Some(line.at),
            _ => None,
        }
    }
}

/// A text to store: compact JSON after redaction, possibly truncated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Valid UTF-8.
    pub bytes: Bytes,
    /// True if the body limit truncated it.
    pub cut: bool,
}

/// The resource or object that an operation addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `None` for paths that are not resource paths, for example `/healthz`.
    pub kind: Option<KindRef>,
    /// '' for none.
    pub namespace: Arc<str>,
    /// '' for none.
    pub name: Arc<str>,
    /// '' for none.
    pub subresource: Arc<str>,
}

impl Target {
    pub fn object(kind: KindRef, namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Target {
        Target { kind: Some(kind), namespace: namespace.into(), name: name.into(), subresource: "".into() }
    }
}

/// A finished call, or a delivered watch event.
#[derive(Debug, Clone)]
pub struct NewOperation {
    /// The time of the result.
    pub at: Timestamp,
    pub duration: Duration,
    /// [`Sink::last`](super::Sink::last) at the start of the call.
    pub started_after: Seq,
    pub actor: Arc<str>,
    pub verb: Verb,
    pub target: Target,
    /// The HTTP status, 0 if no response arrived. 200 for a watch event, the code of the status for an ERROR event.
    pub status: u16,
    pub outcome: Outcome,
    /// The message of the server or of the transport, '' for none.
    pub error: Arc<str>,
    /// The request body.
    pub request: Option<Text>,
    /// The response body if it is not an object in `observations`, for example a Status or a table.
    pub response: Option<Text>,
    /// The object states that the response or watch event contained.
    pub observations: Observations,
    /// The reconcile that made the call.
    pub span: Option<SpanKey>,
    /// The watch that this operation opened, or that delivered it.
    pub watch: Option<WatchKey>,
    /// Headers and other less common facts.
    pub detail: Detail,
}

impl NewOperation {
    /// A successful operation without duration, bodies or details.
    pub fn done(at: Timestamp, actor: impl Into<Arc<str>>, verb: Verb, target: Target) -> NewOperation {
        NewOperation {
            at,
            duration: Duration::default(),
            started_after: Seq::START,
            actor: actor.into(),
            verb,
            target,
            status: 200,
            outcome: Outcome::Done,
            error: "".into(),
            request: None,
            response: None,
            observations: Observations::Nothing,
            span: None,
            watch: None,
            detail: Detail::default(),
        }
    }
}

/// Headers and other less common facts of a call. Empty texts are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// Path and query, normalised and redacted.
    pub uri: Arc<str>,
    pub user_agent: Arc<str>,
    /// The `fieldManager` query parameter.
    pub field_manager: Arc<str>,
    /// Content type of the request body.
    pub media_type: Arc<str>,
    /// The resourceVersion precondition in the body or the options of a write.
    pub precondition: Arc<str>,
    /// `Audit-ID` of the response.
    pub audit_id: Arc<str>,
    pub traceparent: Arc<str>,
    /// The machine-readable reason of a failure, for example `Conflict`.
    pub reason: Arc<str>,
    /// The user as which the API server saw the call: of the client's own token, or impersonated. '' if unknown.
    pub user: Arc<str>,
    /// Messages of the server besides the response.
    pub remarks: Vec<Remark>,
    /// Length of the request body.
    pub request_bytes: u64,
    /// Length of the response body.
    pub response_bytes: u64,
}

/// Something that the server said about a call besides its response.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Remark {
    /// The text of a `Warning` header.
    Warning(Arc<str>),
    /// The mutating webhook that changed the object: `CONFIGURATION/WEBHOOK`.
    ChangedBy(Arc<str>),
}

/// The object states that an actor received in one operation.
#[derive(Debug, Clone)]
pub enum Observations {
    /// No object: errors other than 404, dry runs, and responses that are not objects.
    Nothing,
    Object(Box<Observation>),
    /// The items sent before under this key, and the metadata of the page.
    List(Page),
    /// The objects that a `deletecollection` removed, sent before under this key.
    Removed(ListKey),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub list: ListKey,
    /// The resourceVersion of the collection, '' for none.
    pub resource_version: Arc<str>,
    /// Label and field selectors as in the URL, '' for none.
    pub selector: Arc<str>,
    /// True for the last page if all pages before it were seen. Objects in scope that the list lacks are then absent.
    pub complete: bool,
}

/// The way in which an object was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObservationKind {
    /// The state of an existing object.
    State,
    /// The object is gone: a DELETED event without selector, a delete answered as gone, or the write that removed the last
    /// finalizer.
    Gone,
    /// The object left this view: a DELETED event under a selector. It may still exist.
    LeftView,
    /// The response was 404.
    NotFound,
}

/// One object as an actor received it.
#[derive(Debug, Clone)]
pub struct Observation {
    pub observation_kind: ObservationKind,
    pub kind: KindRef,
    /// `kind` of the body, '' if it has none.
    pub kind_name: Arc<str>,
    /// `apiVersion` of the body, '' if it has none.
    pub api_version: Arc<str>,
    /// '' for cluster scope.
    pub namespace: Arc<str>,
    pub name: Arc<str>,
    /// '' if unknown.
    pub uid: Arc<str>,
    /// '' if unknown.
    pub resource_version: Arc<str>,
    pub generation: Option<i64>,
    pub shape: Shape,
    /// True for the response of a successful create. After a known absence it starts a new incarnation.
    pub created: bool,
    pub body: Option<Text>,
}

#[derive(Debug, Clone)]
pub struct NewWatch {
    pub key: WatchKey,
    pub actor: Arc<str>,
    pub kind: KindRef,
    /// '' for all namespaces.
    pub namespace: Arc<str>,
    /// Label and field selectors as in the URL, '' for none.
    pub selector: Arc<str>,
    /// The requested start, '' for any.
    pub from_resource_version: Arc<str>,
    /// True if the client requested the present state first (`sendInitialEvents`).
    pub initial_events: bool,
}

#[derive(Debug, Clone)]
pub struct WatchEnd {
    pub watch: WatchKey,
    pub outcome: WatchOutcome,
}

#[derive(Debug, Clone)]
pub struct NewSpan {
    pub key: SpanKey,
    /// Its name in the file.
    pub label: Arc<str>,
    pub at: Timestamp,
    pub actor: Arc<str>,
    /// Group and plural are empty if only the name of the kind is known.
    pub kind: Option<KindRef>,
    /// For example `Deployment`, '' if only the resource is known.
    pub kind_name: Arc<str>,
    /// '' for cluster scope.
    pub namespace: Arc<str>,
    pub name: Arc<str>,
    /// Counts the runs for this object since its last success, from 1.
    pub attempt: u32,
    /// `None` for a recorded reconcile, the certainty for an inferred one.
    pub inferred: Option<Certainty>,
    pub triggers: Vec<NewTrigger>,
}

/// A reason for which a reconcile ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrigger {
    /// The number of the delivery, if known.
    pub operation: Option<Seq>,
    /// '' if unknown.
    pub uid: Arc<str>,
    /// '' if unknown.
    pub resource_version: Arc<str>,
    /// The reason in the words of the runtime.
    pub reason: Arc<str>,
    /// How certain the link to the operation is.
    pub certainty: Certainty,
}

#[derive(Debug, Clone)]
pub struct SpanEnd {
    pub span: SpanKey,
    pub at: Timestamp,
    pub result: SpanResult,
    /// '' for none.
    pub error: Arc<str>,
    /// The delay until the next run that the reconciler requested.
    pub requeue_after: Option<Duration>,
}

/// A line of output of the recorded process.
#[derive(Debug, Clone)]
pub struct NewLogLine {
    pub at: Timestamp,
    pub stream: LogStream,
    /// For example `error` or `info`, '' if unknown.
    pub level: Arc<str>,
    /// The reconcile that the line belongs to.
    pub span: Option<SpanKey>,
    /// Redacted.
    pub text: Arc<str>,
}

/// Events that the recorder dropped.
#[derive(Debug, Clone)]
pub struct NewGap {
    /// `None` for any actor.
    pub actor: Option<Arc<str>>,
    /// `None` for any kind.
    pub kind: Option<KindRef>,
    /// '' for all namespaces.
    pub namespace: Arc<str>,
    /// The last operation known when the loss began.
    pub first: Seq,
    /// The last operation known when the loss ended.
    pub last: Seq,
    /// Dropped events.
    pub count: u64,
    /// Dropped bytes.
    pub bytes: u64,
    pub reason: GapReason,
}
