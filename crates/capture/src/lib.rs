//! From exchanges and stream frames to operations, versions, showings and spans.
//!
//! Whoever sees the traffic (the layer in an operator, the proxy) tells it as [`Message`]s, in the order in which it
//! happened; [`Capture`] makes [`Event`]s of them for a [`Sink`]. It does no I/O of its own, asks no clock and knows no
//! transport. Everything passes through the [`Redactor`] on the way.
//!
//! - A unary call is one operation at the moment when its answer was there.
//! - A list is taken apart into its items while it is being received; pages joined by `continue` are one list.
//! - A watch's lines are joined again wherever the transport cut them; each event is an operation. After lost bytes
//!   reading resumes at the next line, and the loss is a gap.
//! - Discovery, health, metrics and OpenAPI calls are counted; what discovery says of kinds is learned. Where the server
//!   itself fails on one (500 and above), that is an operation about no resource: it explains what comes after.

// Internal to the workspace: names that explain themselves need no comment.
#![allow(missing_docs)]

mod answer;
mod body;
mod call;
mod desk;
mod discovery;
mod kinds;
mod late;
mod lines;
mod listing;
mod message;
mod outlet;
mod port;
mod reconciles;
mod sight;
mod watching;

use std::collections::HashMap;
use std::sync::Arc;

pub use late::LateName;
pub use message::{
    Answer, CallId, Chunk, End, Ending, Head, Known, Line, Lost, Message, Missing, RequestHeaders, SpanEnded, SpanObject,
    SpanStarted, Started,
};

pub use port::{Course, Port};

use body::Gathered;
use call::{Call, Reading};
use desk::Desk;
use kuberewind_model::redact::Redactor;
use kuberewind_model::{Error, Event, GapReason, KindRef, NewLogLine, Result, Sink, SpanEnd, Verb};
use listing::Listing;
use outlet::Outlet;
use watching::Watching;

/// What capture keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest object that is kept whole, in bytes. Holds for each object of a list or watch, not for the response.
    pub object: usize,
    /// Bytes held of all answers that are not yet whole.
    pub held: usize,
    /// Calls under way at the same time.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { object: 8 * 1024 * 1024, held: 64 * 1024 * 1024, calls: 65_536 }
    }
}

impl Limits {
    /// The longest line of a watch: an object and the few words around it.
    fn line(&self) -> usize {
        self.object.saturating_add(256)
    }
}

/// What has been counted so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations that were recorded.
    pub operations: u64,
    /// Events that the sink refused.
    pub refused: u64,
    /// Calls that are no operations: discovery, health, metrics, OpenAPI.
    pub passed_by: u64,
}

/// Turns messages into events.
pub struct Capture {
    desk: Desk,
    calls: HashMap<CallId, Call>,
    passed_by: u64,
    disabled: bool,
    fallback: Arc<str>,
    /// Whether the sink knows by which key secrets are replaced.
    told_key: bool,
}

impl Capture {
    /// `fallback` is the actor of a reconcile that shows by nothing whose it is.
    #[must_use]
    pub fn new(sink: Box<dyn Sink>, redactor: Redactor, limits: Limits, fallback: &str) -> Capture {
        let outlet = Outlet::new(sink);
        Capture {
            desk: Desk::new(outlet, redactor, limits),
            calls: HashMap::new(),
            passed_by: 0,
            disabled: false,
            fallback: fallback.into(),
            told_key: false,
        }
    }

    /// Takes what happened next. Never fails: what the sink refuses becomes a gap, see [`Capture::take_error`].
    pub fn take(&mut self, message: Message) {
        if !std::mem::replace(&mut self.told_key, true) {
            let key = self.desk.redactor.key_id().into();
            self.desk.outlet.emit(Event::Redacted { key });
        }
        match message {
            Message::Started(started) => self.started(started),
            Message::Head(head) => self.with_call(head.call, |desk, call| headed(desk, call, head)),
            Message::Chunk(chunk) => self.with_call(chunk.call, |desk, call| chunked(desk, call, &chunk)),
            Message::End(end) => self.ended(&end),
            Message::Known(known) => self.with_call(known.call, |_, call| call.known = Some(*known)),
            Message::SpanStarted(started) => {
                let told = self.desk.reconciles.started(&self.desk.kinds, started);
                self.desk.span_told(told);
            }
            Message::SpanActor { span, actor } => {
                let told = self.desk.reconciles.belongs_to(&self.desk.kinds, span, &actor);
                self.desk.span_told(told);
            }
            Message::SpanEnded(ended) => self.span_ended(&ended),
            Message::Log(line) => self.log(*line),
            Message::Lost(lost) => {
                let scope = (lost.kind.as_ref(), &lost.namespace);
                self.desk.gap(lost.actor.as_ref(), scope, (lost.count, lost.bytes), lost.reason);
            }
            Message::Disabled => self.disabled = true,
            Message::Enabled => self.enabled(),
            Message::Restarted { actor } => {
                self.desk.reconciles.restarted(&actor);
                self.desk.outlet.emit(Event::Restarted { actor });
            }
        }
    }

    /// Makes what was taken visible to readers. Says whether something waits for another flush.
    pub fn flush(&mut self) -> bool {
        self.desk.outlet.flush();
        self.desk.outlet.waits()
    }

    /// The end of the session: what is still to be told is told, the sink is closed. Calls under way stay without an end.
    ///
    /// # Errors
    /// When the last of it could not be written.
    pub fn finish(mut self) -> Result<()> {
        self.enabled();
        self.desk.outlet.close()
    }

    /// What has been counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { operations: self.desk.outlet.operations(), refused: self.desk.outlet.refused(), passed_by: self.passed_by }
    }

    /// The last error of the sink, once.
    pub fn take_error(&mut self) -> Option<Error> {
        self.desk.outlet.take_error()
    }

    /// Bytes that are kept alive for answers that are not yet whole.
    #[must_use]
    pub fn held(&self) -> usize {
        self.desk.held
    }

    fn started(&mut self, mut started: Box<Started>) {
        if let Some(name) = started.late.take().and_then(|late| late.wait()) {
            started.actor = name;
        }
        if self.calls.len() >= self.desk.limits.calls {
            let lost = (1, started.body.len() as u64);
            self.desk.gap(Some(&started.actor), (None, &"".into()), lost, GapReason::QueueFull);
            return;
        }
        let call = Call::new(started, &mut self.desk);
        match &call.asked {
            Some(asked) => {
                let news = self.desk.kinds.learn_url(&asked.kind, !asked.namespace.is_empty());
                self.desk.learned(news);
            }
            None => self.passed_by = self.passed_by.saturating_add(1),
        }
        self.calls.insert(call.started.call, call);
    }

    fn with_call(&mut self, id: CallId, act: impl FnOnce(&mut Desk, &mut Call)) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let before = call.held();
        act(&mut self.desk, call);
        self.desk.held = self.desk.held.saturating_sub(before).saturating_add(call.held());
    }

    fn ended(&mut self, end: &End) {
        if let Some(missing) = end.missing {
            self.with_call(end.call, |desk, call| lost(desk, call, missing));
        }
        let Some(mut call) = self.calls.remove(&end.call) else { return };
        self.desk.held = self.desk.held.saturating_sub(call.held());
        let desk = &mut self.desk;
        let status = call.status();
        match (call.asked.take(), &mut call.reading) {
            (Some(asked), Reading::Watch(watching)) => watching.end(desk, &call.started.actor, &asked, end.at, &end.how),
            (Some(asked), _) => answer::finish(desk, call, &asked, end),
            (None, Reading::Whole(gathered)) if end.how == Ending::Complete && !call.incomplete && !gathered.cut => {
                discovery::learn(desk, &std::mem::take(gathered).into_bytes());
            }
            (None, _) if status >= 500 => answer::failed_outside(desk, &call, end),
            (None, _) => {}
        }
    }

    fn span_ended(&mut self, ended: &SpanEnded) {
        let Some(late) = self.desk.reconciles.ended(&self.desk.kinds, ended, &self.fallback) else { return };
        self.desk.span_told(late);
        let error = self.desk.redactor.text(&ended.error).into();
        let SpanEnded { span, at, result, requeue_after, .. } = *ended;
        self.desk.outlet.emit(Event::SpanEnded(SpanEnd { span, at, result, error, requeue_after }));
    }

    fn log(&mut self, line: Line) {
        let span = line.span.filter(|span| self.desk.reconciles.is_running(*span));
        let text = self.desk.redactor.text(&line.text).into();
        self.desk.outlet.emit(Event::Log(NewLogLine { at: line.at, stream: line.stream, level: line.level, span, text }));
    }

    fn enabled(&mut self) {
        if std::mem::take(&mut self.disabled) {
            self.desk.gap(None, (None, &"".into()), (0, 0), GapReason::Disabled);
        }
    }
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture").field("calls", &self.calls.len()).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// What a request to this path is about: for those who have to name what they lost.
#[must_use]
pub fn scope_of(started: &Started) -> (Option<KindRef>, Arc<str>) {
    match call::Asked::read(started) {
        Some(asked) => (Some(asked.kind), asked.namespace),
        None => (None, "".into()),
    }
}

/// Whether a request opens a watch.
#[must_use]
pub fn is_watch(started: &Started) -> bool {
    call::Asked::read(started).is_some_and(|asked| asked.verb == Verb::Watch)
}

fn headed(desk: &mut Desk, call: &mut Call, head: Head) {
    let (status, at) = (head.status, head.at);
    call.head = Some(head);
    let Some(asked) = call.asked.take() else {
        let learns = status == 200 && discovery::is_discovery(call.started.uri.path());
        call.reading = if learns { Reading::Whole(Gathered::default()) } else { Reading::Passing };
        return;
    };
    let json = !answer::is_encoded(call)
        && !call::header(call.head.as_ref().and_then(|head| head.content_type.as_ref())).contains("protobuf");
    let granted = (200..300).contains(&status) && json;
    call.reading = match asked.verb {
        // Nothing will come.
        _ if call.left_out() && status < 400 && asked.verb != Verb::Watch => Reading::Passing,
        Verb::Watch if granted => {
            let watching = Watching::open(desk, call, &asked);
            answer::opened(desk, call, &asked, at, watching.key());
            Reading::Watch(Box::new(watching))
        }
        Verb::List if granted => Reading::List(Box::new(Listing::begin(desk, call, &asked))),
        Verb::DeleteCollection if granted && !asked.dry_run => Reading::List(Box::new(Listing::begin(desk, call, &asked))),
        Verb::Connect if status < 400 => Reading::Passing,
        Verb::Get if &*asked.subresource == "log" && status < 400 => Reading::Passing,
        _ => Reading::Whole(Gathered::default()),
    };
    call.asked = Some(asked);
}

fn chunked(desk: &mut Desk, call: &mut Call, chunk: &Chunk) {
    if let Some(missing) = chunk.missing {
        lost(desk, call, missing);
    }
    call.received = call.received.saturating_add(chunk.bytes.len() as u64);
    let actor = call.started.actor.clone();
    let room = desk.room();
    match (&call.asked, &mut call.reading) {
        (Some(asked), Reading::Watch(watching)) => watching.push(desk, &actor, asked, chunk.at, &chunk.bytes),
        (Some(asked), Reading::List(listing)) => listing.push(desk, &actor, asked, &chunk.bytes),
        (_, Reading::Whole(gathered)) => {
            let room = room.min(desk.limits.object.saturating_sub(gathered.held()));
            gathered.push(&chunk.bytes, room);
        }
        (_, Reading::Nothing | Reading::Passing) | (None, _) => {}
    }
}

fn lost(desk: &mut Desk, call: &mut Call, missing: Missing) {
    call.incomplete = true;
    call.received = call.received.saturating_add(missing.bytes);
    let Some(asked) = &call.asked else { return };
    let actor = call.started.actor.clone();
    match &mut call.reading {
        Reading::Watch(watching) => watching.lost(desk, &actor, asked, missing),
        Reading::List(listing) => {
            listing.lost();
            desk.gap(Some(&actor), (Some(&asked.kind), &asked.namespace), (missing.count, missing.bytes), missing.reason);
        }
        _ => desk.gap(Some(&actor), (Some(&asked.kind), &asked.namespace), (missing.count, missing.bytes), missing.reason),
    }
}
