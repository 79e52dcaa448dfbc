//! The items of the stream.

use std::sync::Arc;

use crate::normalise::Content;
use kuberewind_model::{ActorId, Detail, Gap, Kind, Object, Operation, Outcome, Seq, Span, Timestamp, Verb, Version};

/// A version that an operation observed, with its object.
#[derive(Debug, Clone)]
pub struct ObservedVersion {
    pub version: Version,
    pub object: Arc<Object>,
}

/// The text of a version, at its first observation.
#[derive(Debug, Clone)]
pub struct NewText {
    text: Arc<str>,
    /// Set once parsed. `None` inside if the text is not a JSON object.
    parsed: Option<Option<Arc<Content>>>,
}

impl NewText {
    pub(super) fn new(text: Arc<str>) -> NewText {
        NewText { text, parsed: None }
    }

    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The parsed content. `None` if the text is not a JSON object.
    #[must_use]
    pub fn content(&self) -> Option<Arc<Content>> {
        let read = || Content::read(Arc::clone(&self.text)).map(Arc::new);
        self.parsed.clone().unwrap_or_else(read)
    }

    fn parse(&mut self) {
        self.parsed = Some(self.content());
    }
}

/// A list item that changed the actor's view. Its LIST follows.
#[derive(Debug, Clone)]
pub struct ListItem {
    /// The LIST.
    pub seq: Seq,
    pub at: Timestamp,
    pub actor: ActorId,
    /// The observed version. `None` if the object is no longer in the list.
    pub observed: Option<Arc<ObservedVersion>>,
    /// Set at the first observation of the version.
    pub text: Option<NewText>,
}

/// An operation and the version it observed.
#[derive(Debug, Clone)]
pub struct OperationItem {
    pub op: Operation,
    pub actor: Arc<str>,
    pub kind: Option<Arc<Kind>>,
    pub object: Option<Arc<Object>>,
    /// The version in the response or event.
    pub observed: Option<Arc<ObservedVersion>>,
    /// Set at the first observation of the version.
    pub text: Option<NewText>,
    /// Read for writes, lists, failures and opened watches.
    pub detail: Option<Arc<Detail>>,
    /// The request body. Read for some of the writes that an actor repeats on an object.
    pub sent: Option<Arc<str>>,
}

impl OperationItem {
    /// The start of the call.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.op.at.minus(self.op.duration)
    }

    /// `Kind/namespace/name` of its target as far as known, `resource/…` if the kind is unknown.
    #[must_use]
    pub fn subject(&self) -> String {
        if let Some(object) = &self.object {
            return object.to_string();
        }
        let Some(kind) = &self.kind else { return String::new() };
        let mut subject = kind.display_name().to_owned();
        for part in [&self.op.namespace, &self.op.name] {
            if !part.is_empty() {
                subject.push('/');
                subject.push_str(part);
            }
        }
        subject
    }

    /// True for a successful write.
    #[must_use]
    pub fn is_done_write(&self) -> bool {
        self.op.verb.is_write() && self.op.outcome == Outcome::Done
    }

    /// True if the server or the transport failed the call.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.op.status >= 400 || matches!(self.op.outcome, Outcome::Refused | Outcome::MaybeApplied | Outcome::Lost)
    }

    /// True for calls that end on their own: neither watches nor streams of bytes or logs.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        let streams = matches!(&*self.op.subresource, "log" | "exec" | "attach" | "portforward" | "proxy");
        !(self.op.verb.is_watch_event() || matches!(self.op.verb, Verb::Watch | Verb::Connect) || streams)
    }

    /// The reason of a failure in one word: the server's reason, else the meaning of the status, else the start of the message.
    #[must_use]
    pub fn failure_reason(&self) -> String {
        let reason = self.detail.as_ref().map_or("", |detail| &*detail.reason);
        if !reason.is_empty() {
            return reason.to_owned();
        }
        let word = match self.op.status {
            400 => "BadRequest",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            405 => "MethodNotAllowed",
            409 => "Conflict",
            410 => "Expired",
            422 => "Invalid",
            429 => "TooManyRequests",
            500 => "InternalError",
            503 => "ServiceUnavailable",
            504 => "Timeout",
            _ if self.op.error.is_empty() => "Unknown",
            _ => return self.op.error.chars().take(80).collect(),
        };
        word.to_owned()
    }
}

/// One item of the stream.
#[derive(Debug, Clone)]
pub enum Item {
    /// An item of the LIST that follows.
    ListItem(Box<ListItem>),
    Operation(Box<OperationItem>),
    /// True if the session was recorded, not imported, and has times. Emitted first.
    Source {
        recorded: bool,
        timed: bool,
    },
    /// The name of an actor of which only reconciles may be known. Emitted before its first reconcile.
    Actor(ActorId, Arc<str>),
    /// A reconcile that started before the next operation.
    SpanStarted(Arc<Span>),
    /// A reconcile that ended before the next operation.
    SpanEnded(Arc<Span>),
    /// Operations are missing here. Emitted at both edges of a gap.
    Gap(Arc<Gap>),
}

impl Item {
    /// The size of its texts.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let length = |text: &Option<NewText>| text.as_ref().map_or(0, NewText::bytes);
        match self {
            Item::ListItem(item) => length(&item.text),
            Item::Operation(operation) => length(&operation.text) + operation.sent.as_ref().map_or(0, |text| text.len()),
            _ => 0,
        }
    }

    /// Parses the content, so that the receiver need not.
    pub fn parse_content(&mut self) {
        let text = match self {
            Item::ListItem(item) => &mut item.text,
            Item::Operation(operation) => &mut operation.text,
            _ => return,
        };
        if let Some(text) = text {
            text.parse();
        }
    }
}
