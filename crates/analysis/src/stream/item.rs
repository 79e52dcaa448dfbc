//! The items of the stream.

use std::sync::Arc;

use crate::normalise::Content;
use kuberewind_model::{ActorId, Detail, Gap, Kind, Object, Operation, Outcome, Seq, Span, Timestamp, Verb, Version};

/// A version as an operation showed it.
#[derive(Debug, Clone)]
pub struct ObservedVersion {
    /// The version.
    pub version: Version,
    /// The object.
    pub object: Arc<Object>,
}

/// A version's text, where an item is its first sight.
#[derive(Debug, Clone)]
pub struct NewText {
    text: Arc<str>,
    /// What was read of it, by whoever had the time.
    parsed: Option<Option<Arc<Content>>>,
}

impl NewText {
    pub(super) fn new(text: Arc<str>) -> NewText {
        NewText { text, parsed: None }
    }

    /// How many bytes it has.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Its content; `None` where it is no JSON object.
    #[must_use]
    pub fn content(&self) -> Option<Arc<Content>> {
        let read = || Content::read(Arc::clone(&self.text)).map(Arc::new);
        self.parsed.clone().unwrap_or_else(read)
    }

    fn parse(&mut self) {
        self.parsed = Some(self.content());
    }
}

/// Something of a list that changed the actor's view; its LIST follows.
#[derive(Debug, Clone)]
pub struct ListItem {
    /// The LIST.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// To whom it was shown.
    pub actor: ActorId,
    /// What it showed; `None`: it is not there any more.
    pub observed: Option<Arc<ObservedVersion>>,
    /// The content, where this is its first observation: sight.
    pub text: Option<NewText>,
}

/// An operation and what it showed.
#[derive(Debug, Clone)]
pub struct OperationItem {
    /// The operation.
    pub op: Operation,
    /// Its actor's name.
    pub actor: Arc<str>,
    /// Its kind.
    pub kind: Option<Arc<Kind>>,
    /// The object it is about.
    pub object: Option<Arc<Object>>,
    /// The version it showed.
    pub observed: Option<Arc<ObservedVersion>>,
    /// The content of that version, where this is its first sight.
    pub text: Option<NewText>,
    /// The rarer facts, of writes, lists, failures and opened watches.
    pub detail: Option<Arc<Detail>>,
    /// What was sent, of some of the writes that an actor repeats on an object.
    pub sent: Option<Arc<str>>,
}

impl OperationItem {
    /// When the call began.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.op.at.minus(self.op.duration)
    }

    /// `Kind/namespace/name` of what it is about, `resource/…` where the kind is not known, as far as that is known.
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

    /// Whether it is a write that the server carried out.
    #[must_use]
    pub fn is_done_write(&self) -> bool {
        self.op.verb.is_write() && self.op.outcome == Outcome::Done
    }

    /// Whether the server, or the way to it, refused.
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
    /// An operation.
    Operation(Box<OperationItem>),
    /// A reconcile began before the next operation.
    SpanStarted(Arc<Span>),
    /// A reconcile ended before the next operation.
    SpanEnded(Arc<Span>),
    /// Something is missing here. Told at both edges of what is missing.
    Gap(Arc<Gap>),
}

impl Item {
    /// Bytes of text that it holds.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let length = |text: &Option<NewText>| text.as_ref().map_or(0, NewText::bytes);
        match self {
            Item::ListItem(item) => length(&item.text),
            Item::Operation(operation) => length(&operation.text) + operation.sent.as_ref().map_or(0, |text| text.len()),
            _ => 0,
        }
    }

    /// Reads its content, so that whoever takes it in need not.
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
