//! What a recorder tells a [`Sink`](super::Sink), in the order in which it became known.
//!
//! All texts and bodies in these events are redacted already. Numbers of operations are given by the sink; what refers
//! to something not yet stored does so by a key of the sender ([`SpanKey`], [`WatchKey`], [`ListKey`]), unique within the session.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Certainty, Duration, GapReason, Kind, KindRef, LogStream, Outcome, Seq, Shape, SpanResult, Timestamp, Verb, WatchOutcome,
};

/// The sender's number for a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanKey(pub u64);

/// The sender's number for a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WatchKey(pub u64);

/// The sender's number for a list: the same for all its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListKey(pub u64);

/// One thing that became known.
#[derive(Debug, Clone)]
pub enum Event {
    /// By which key the values of secrets are replaced in all that follows. Told once, before anything else.
    Redacted {
        /// The key's id; the key itself is told to nobody.
        key: Arc<str>,
    },
    /// A call came to its result, or a watch event was delivered. It gets the next number.
    Operation(Box<NewOperation>),
    /// An item of a list that is still being received; the list's operation follows when its page has ended. So a list
    /// of any length needs no memory but for its items' names.
    ListItem {
        /// The list.
        list: ListKey,
        /// Who is being shown it.
        actor: Arc<str>,
        /// The item.
        sight: Observation,
    },
    /// A watch was opened. Its opening operation follows and names it.
    WatchOpened(NewWatch),
    /// A watch got on without an event (a bookmark).
    WatchProgress {
        /// Which.
        watch: WatchKey,
        /// The bookmark's resourceVersion.
        resource_version: Arc<str>,
    },
    /// A watch ended.
    WatchEnded(WatchEnd),
    /// A reconcile began.
    SpanStarted(NewSpan),
    /// A reconcile ended.
    SpanEnded(SpanEnd),
    /// The recorded process printed a line.
    Log(NewLogLine),
    /// Something had to be left out.
    Gap(NewGap),
    /// Something became known about a kind. What is empty in it says nothing.
    Kind(Kind),
    /// The actor started anew: its view is empty.
    Restarted {
        /// Who.
        actor: Arc<str>,
    },
}

impl Event {
    /// When it happened, where it says so: an operation when its result became known.
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

/// A text to be stored: compact JSON after redaction, or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The bytes: valid UTF-8.
    pub bytes: Bytes,
    /// Whether the body limit cut it.
    pub cut: bool,
}

/// What an operation was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The resource; `None` for calls outside the resource paths.
    pub kind: Option<KindRef>,
    /// Namespace, '' for none.
    pub namespace: Arc<str>,
    /// Name, '' for none.
    pub name: Arc<str>,
    /// Subresource, '' for none.
    pub subresource: Arc<str>,
}

impl Target {
    /// An object.
    pub fn object(kind: KindRef, namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Target {
        Target { kind: Some(kind), namespace: namespace.into(), name: name.into(), subresource: "".into() }
    }
}

/// A finished call, or a delivered watch event.
#[derive(Debug, Clone)]
pub struct NewOperation {
    /// When its result became known.
    pub at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// [`Sink::last`](super::Sink::last) when it began.
    pub started_after: Seq,
    /// Who made it.
    pub actor: Arc<str>,
    /// What it did.
    pub verb: Verb,
    /// About what.
    pub target: Target,
    /// HTTP status, 0 for none; of a watch event 200, of an ERROR event the status' code.
    pub status: u16,
    /// What came of it.
    pub outcome: Outcome,
    /// The error in a sentence (message of the server, or of the transport); '' for none.
    pub error: Arc<str>,
    /// What was sent.
    pub request: Option<Text>,
    /// What came back, where it is not an object that is in `shown`: a Status, or a table.
    pub response: Option<Text>,
    /// What its actor was shown by it.
    pub shown: Observations,
    /// The reconcile it belongs to.
    pub span: Option<SpanKey>,
    /// The watch that it opened, or that delivered it.
    pub watch: Option<WatchKey>,
    /// What is rarer.
    pub detail: Detail,
}

impl NewOperation {
    /// One that was done at once, with nothing more to tell of it.
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
            shown: Observations::Nothing,
            span: None,
            watch: None,
            detail: Detail::default(),
        }
    }
}

/// The rarer facts of a call. Empty texts say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// Path and query as sent, normalised, secrets taken out.
    pub uri: Arc<str>,
    /// `User-Agent`.
    pub user_agent: Arc<str>,
    /// `fieldManager` of the query.
    pub field_manager: Arc<str>,
    /// Media type of the request's body.
    pub media_type: Arc<str>,
    /// The resourceVersion precondition that a write carried in its body or options.
    pub precondition: Arc<str>,
    /// `Audit-ID` of the answer.
    pub audit_id: Arc<str>,
    /// `traceparent` of the request.
    pub traceparent: Arc<str>,
    /// The machine-readable reason of a refusal: `Conflict`, `AlreadyExists`.
    pub reason: Arc<str>,
    /// Bytes sent.
    pub request_bytes: u64,
    /// Bytes received.
    pub response_bytes: u64,
}

/// What an actor was shown by an operation.
#[derive(Debug, Clone)]
pub enum Observations {
    /// Nothing about any object (errors other than 404, dry runs, answers that are no objects).
    Nothing,
    /// One object.
    Object(Box<Observation>),
    /// The items that were told before under this key, and what the page says of itself.
    List(Page),
    /// That these are gone, one by one: the answer of a `deletecollection`, as a list of the removed.
    Removed(ListKey),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The list.
    pub list: ListKey,
    /// The collection's resourceVersion; '' for none.
    pub resource_version: Arc<str>,
    /// Label and field selectors as in the URL; '' for none.
    pub selector: Arc<str>,
    /// Whether this is the last page and every one before it was seen: what is not in the list is not there.
    pub complete: bool,
}

/// What a sight says of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObservationKind {
    /// Here is its state.
    State,
    /// It is gone: a DELETED event without selector, a delete answered as gone, the write that took the last finalizer.
    Gone,
    /// It left this view: DELETED under a selector. Says nothing of the world.
    LeftView,
    /// It is not there: a 404.
    NotFound,
}

/// One object as shown to an actor.
#[derive(Debug, Clone)]
pub struct Observation {
    /// What it says.
    pub says: ObservationKind,
    /// The resource.
    pub kind: KindRef,
    /// `kind` of the body, '' where it has none.
    pub kind_name: Arc<str>,
    /// `apiVersion` of the body, '' where it has none.
    pub api_version: Arc<str>,
    /// Namespace, '' for cluster scope.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// uid, '' where not told.
    pub uid: Arc<str>,
    /// resourceVersion, '' where not told.
    pub resource_version: Arc<str>,
    /// generation, where told.
    pub generation: Option<i64>,
    /// How completely it is shown.
    pub shape: Shape,
    /// Whether this is the answer to a create that succeeded: after a known absence a new incarnation begins.
    pub created: bool,
    /// The content, where there is any.
    pub body: Option<Text>,
}

/// A watch that was opened.
#[derive(Debug, Clone)]
pub struct NewWatch {
    /// The sender's number for it.
    pub key: WatchKey,
    /// Who.
    pub actor: Arc<str>,
    /// What.
    pub kind: KindRef,
    /// Namespace, '' for all.
    pub namespace: Arc<str>,
    /// Label and field selectors as in the URL; '' for none.
    pub selector: Arc<str>,
    /// From where; '' for any.
    pub from_resource_version: Arc<str>,
    /// Whether the server was asked to send the present state first (`sendInitialEvents`).
    pub initial_events: bool,
}

/// A watch that ended.
#[derive(Debug, Clone)]
pub struct WatchEnd {
    /// Which.
    pub watch: WatchKey,
    /// How.
    pub outcome: WatchOutcome,
}

/// A reconcile that began.
#[derive(Debug, Clone)]
pub struct NewSpan {
    /// The sender's number for it.
    pub key: SpanKey,
    /// Its name in the file.
    pub label: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Arc<str>,
    /// Of what: group and plural where they are known, ('', '') where only the kind's name is.
    pub kind: Option<KindRef>,
    /// `Deployment`, '' where only the resource is known.
    pub kind_name: Arc<str>,
    /// Namespace, '' for cluster scope.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Counts runs for this object since the last success, from 1.
    pub attempt: u32,
    /// Whether it was inferred, and how sure.
    pub inferred: Option<Certainty>,
    /// What made it run.
    pub triggers: Vec<NewTrigger>,
}

/// What made a reconcile run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrigger {
    /// The number of the delivery, where it is known.
    pub operation: Option<Seq>,
    /// uid, '' where unknown.
    pub uid: Arc<str>,
    /// resourceVersion, '' where unknown.
    pub resource_version: Arc<str>,
    /// The runtime's words.
    pub reason: Arc<str>,
    /// How sure.
    pub certainty: Certainty,
}

/// A reconcile that ended.
#[derive(Debug, Clone)]
pub struct SpanEnd {
    /// Which.
    pub span: SpanKey,
    /// When.
    pub at: Timestamp,
    /// How.
    pub result: SpanResult,
    /// The error, '' for none.
    pub error: Arc<str>,
    /// When it asked to be run again.
    pub requeue_after: Option<Duration>,
}

/// A line that the recorded process printed.
#[derive(Debug, Clone)]
pub struct NewLogLine {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub stream: LogStream,
    /// `error`, `info`, …; '' where unknown.
    pub level: Arc<str>,
    /// The reconcile it speaks of.
    pub span: Option<SpanKey>,
    /// The line, redacted.
    pub text: Arc<str>,
}

/// Something that had to be left out.
#[derive(Debug, Clone)]
pub struct NewGap {
    /// Whose calls; `None` for anybody's.
    pub actor: Option<Arc<str>>,
    /// What they were about; `None` for anything.
    pub kind: Option<KindRef>,
    /// Namespace; '' for all.
    pub namespace: Arc<str>,
    /// The last operation known when the loss began.
    pub first: Seq,
    /// The last operation known when it ended.
    pub last: Seq,
    /// How many events.
    pub count: u64,
    /// How many bytes.
    pub bytes: u64,
    /// Why.
    pub reason: GapReason,
}
