//! Turns messages into events.

use std::collections::HashMap;
use std::sync::Arc;

use super::binary;
use super::body::BodyBuffer;
use super::call::{Call, ResponseReader};
use super::limits::Limits;
use super::list_reader::ListReader;
use super::message::{CallId, End, Ending, Head, Message, PrintedLine, SpanEnded, Started};
use super::output::Output;
use super::state::State;
use super::watch_reader::WatchReader;
use super::{discovery, response, server_version};
use kuberewind_model::redact::Redactor;
use kuberewind_model::{Error, Event, GapReason, NewLogLine, Result, Sink, SpanEnd, Verb};

/// Counters since the start of the session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations that were recorded.
    pub operations: u64,
    /// Events that the sink refused.
    pub refused: u64,
    /// Calls that are no operations: discovery, health, metrics, OpenAPI.
    pub untracked: u64,
}

/// Turns the [`Message`]s of one session into the [`Event`]s of a [`Sink`].
pub struct Capture {
    state: State,
    calls: HashMap<CallId, Call>,
    untracked: u64,
    disabled: bool,
    fallback: Arc<str>,
    /// True once the sink has the id of the redaction key.
    key_sent: bool,
}

impl Capture {
    /// `fallback` is the actor of a reconcile if neither a call nor a delivery shows whose it is.
    #[must_use]
    pub fn new(sink: Box<dyn Sink>, redactor: Redactor, limits: Limits, fallback: &str) -> Capture {
        Capture {
            state: State::new(Output::new(sink), redactor, limits),
            calls: HashMap::new(),
            untracked: 0,
            disabled: false,
            fallback: fallback.into(),
            key_sent: false,
        }
    }

    /// Processes the next message. Never fails: what the sink refuses becomes a gap, see [`Capture::take_error`].
    pub fn take(&mut self, message: Message) {
        if !std::mem::replace(&mut self.key_sent, true) {
            let key = self.state.redactor.key_id().into();
            self.state.emit(Event::Redacted { key });
        }
        match message {
            Message::Started(started) => self.started(started),
            Message::Head(head) => self.with_call(head.call, |state, call| headed(state, call, head)),
            Message::Chunk(chunk) => self.with_call(chunk.call, |state, call| call.push(state, &chunk)),
            Message::End(end) => self.ended(&end),
            Message::Facts(facts) => self.with_call(facts.call, |_, call| call.facts = Some(*facts)),
            Message::SpanStarted(started) => {
                let span = self.state.reconciles.started(&self.state.kinds, started);
                self.state.span_started(span);
            }
            Message::SpanActor { span, actor } => {
                let span = self.state.reconciles.belongs_to(&self.state.kinds, span, &actor);
                self.state.span_started(span);
            }
            Message::SpanEnded(ended) => self.span_ended(&ended),
            Message::Log(line) => self.log(*line),
            Message::Lost(lost) => {
                let scope = (lost.kind.as_ref(), &lost.namespace);
                self.state.gap(lost.actor.as_ref(), scope, (lost.count, lost.bytes), lost.reason);
            }
            Message::Stopping => self.state.stopping = true,
            Message::Disabled => self.disabled = true,
            Message::Enabled => self.enabled(),
            Message::Restarted { actor } => {
                self.state.reconciles.restarted(&actor);
                self.state.emit(Event::Restarted { actor });
            }
        }
    }

    /// Makes the events so far visible to readers. Returns true if events wait for another flush.
    pub fn flush(&mut self) -> bool {
        self.state.flush()
    }

    /// Ends the session and closes the sink. Calls under way stay without an end.
    ///
    /// # Errors
    /// The last events could not be written.
    pub fn finish(mut self) -> Result<()> {
        self.enabled();
        let cleaned = self.state.clean_stored();
        self.state.output.close().and(cleaned)
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        let output = &self.state.output;
        Counts { operations: output.operations(), refused: output.refused(), untracked: self.untracked }
    }

    /// Returns the sink's last error, once.
    pub fn take_error(&mut self) -> Option<Error> {
        self.state.output.take_error()
    }

    /// Bytes held for responses that are not complete yet.
    #[must_use]
    pub fn held(&self) -> usize {
        self.state.held
    }

    fn started(&mut self, mut started: Box<Started>) {
        if let Some(name) = started.pending_actor.take().and_then(|pending| pending.wait()) {
            started.actor = name;
        }
        if self.calls.len() >= self.state.limits.calls {
            let lost = (1, started.body.len() as u64);
            self.state.gap(Some(&started.actor), (None, &"".into()), lost, GapReason::QueueFull);
            return;
        }
        let call = Call::new(started, &mut self.state);
        match &call.request {
            Some(request) => {
                let kind = self.state.kinds.learn_url(&request.kind, !request.namespace.is_empty());
                self.state.learned(kind);
            }
            None => self.untracked = self.untracked.saturating_add(1),
        }
        self.calls.insert(call.started.call, call);
    }

    fn with_call(&mut self, id: CallId, act: impl FnOnce(&mut State, &mut Call)) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let before = call.held();
        act(&mut self.state, call);
        self.state.held = self.state.held.saturating_sub(before).saturating_add(call.held());
    }

    fn ended(&mut self, end: &End) {
        if let Some(missing) = end.missing {
            self.with_call(end.call, |state, call| call.lost(state, missing));
        }
        let Some(mut call) = self.calls.remove(&end.call) else { return };
        self.state.held = self.state.held.saturating_sub(call.held());
        let state = &mut self.state;
        let status = call.status();
        match (call.request.take(), &mut call.reader) {
            (Some(request), ResponseReader::Watch(watch)) => {
                watch.end(state, &call.started.actor, &request, end.at, &end.how);
            }
            (Some(request), _) => response::finish(state, call, &request, end),
            (None, ResponseReader::Buffer(buffer)) if end.how == Ending::Complete && !call.incomplete && !buffer.cut => {
                let body = std::mem::take(buffer).into_bytes();
                if server_version::is_version(call.started.uri.path()) {
                    server_version::learn(state, &body);
                } else {
                    discovery::learn(state, &body);
                }
            }
            (None, _) if status >= 500 => response::failed_untracked(state, &call, end),
            (None, _) => {}
        }
    }

    fn span_ended(&mut self, ended: &SpanEnded) {
        let Some(span) = self.state.reconciles.ended(&self.state.kinds, ended, &self.fallback) else { return };
        self.state.span_started(span);
        let error = self.state.redactor.text(&ended.error).into();
        let SpanEnded { span, at, result, requeue_after, .. } = *ended;
        self.state.emit(Event::SpanEnded(SpanEnd { span, at, result, error, requeue_after }));
    }

    fn log(&mut self, line: PrintedLine) {
        let span = line.span.filter(|span| self.state.reconciles.is_running(*span));
        let text = self.state.redactor.line(line.stream as usize, &line.text).into();
        self.state.emit(Event::Log(NewLogLine { at: line.at, stream: line.stream, level: line.level, span, text }));
    }

    fn enabled(&mut self) {
        if std::mem::take(&mut self.disabled) {
            self.state.gap(None, (None, &"".into()), (0, 0), GapReason::Disabled);
        }
    }
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture").field("calls", &self.calls.len()).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// Chooses the reader of the response's body.
fn headed(state: &mut State, call: &mut Call, head: Head) {
    let (status, at) = (head.status, head.at);
    call.head = Some(head);
    let Some(request) = call.request.take() else {
        let path = call.started.uri.path();
        let learns = status == 200 && (discovery::is_discovery(path) || server_version::is_version(path));
        call.reader = if learns { ResponseReader::Buffer(BodyBuffer::default()) } else { ResponseReader::Ignore };
        return;
    };
    let readable = !call.is_encoded() && !binary::is_cbor(call.media_type());
    let protobuf = binary::is_protobuf(call.media_type());
    let (granted, listed) = ((200..300).contains(&status) && readable, !protobuf);
    call.reader = match request.verb {
        // No body will come.
        _ if call.lacks_response_body() && status < 400 && request.verb != Verb::Watch => ResponseReader::Ignore,
        Verb::Watch if granted => {
            let watch = WatchReader::open(state, &call.started.actor, &request, protobuf);
            response::watch_opened(state, call, &request, at, watch.key());
            ResponseReader::Watch(Box::new(watch))
        }
        // A list in protobuf is collected: its items cannot be split off before it is decoded.
        Verb::List if granted && listed => ResponseReader::List(Box::new(ListReader::new(state, &call.started, &request))),
        Verb::DeleteCollection if granted && listed && !request.dry_run => {
            ResponseReader::List(Box::new(ListReader::new(state, &call.started, &request)))
        }
        Verb::Connect if status < 400 => ResponseReader::Ignore,
        Verb::Get if &*request.subresource == "log" && status < 400 => ResponseReader::Ignore,
        _ => ResponseReader::Buffer(BodyBuffer::default()),
    };
    call.request = Some(request);
}
