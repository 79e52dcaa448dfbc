//! Sends the messages of calls to capture, without a network.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method};
use kuberewind_capture::{CallId, Capture, Chunk, End, Ending, Head, Limits, Message, Missing, RequestHeaders, Started};
use kuberewind_model::redact::{PathRule, Redactor, SessionKey};
use kuberewind_model::{Sink, SpanKey, Timestamp};

use crate::sink::Collected;

pub struct Feed {
    pub capture: Capture,
    pub sink: Collected,
    next: u64,
    now: i64,
}

/// A request to send.
pub struct Ask<'a> {
    pub method: Method,
    pub uri: &'a str,
    pub body: &'a str,
    pub media_type: &'static str,
    pub actor: &'a str,
    pub span: Option<SpanKey>,
}

impl<'a> Ask<'a> {
    pub fn new(method: Method, uri: &'a str) -> Ask<'a> {
        Ask { method, uri, body: "", media_type: "application/json", actor: "op/a", span: None }
    }

    pub fn get(uri: &'a str) -> Ask<'a> {
        Ask::new(Method::GET, uri)
    }

    pub fn with(mut self, media_type: &'static str, body: &'a str) -> Ask<'a> {
        self.media_type = media_type;
        self.body = body;
        self
    }

    pub fn by(mut self, actor: &'a str) -> Ask<'a> {
        self.actor = actor;
        self
    }

    pub fn within(mut self, span: u64) -> Ask<'a> {
        self.span = Some(SpanKey(span));
        self
    }
}

impl Feed {
    pub fn new() -> Feed {
        Feed::with(Limits::default(), &[])
    }

    pub fn with(limits: Limits, rules: &[&str]) -> Feed {
        let sink = Collected::default();
        let rules = rules.iter().map(|rule| PathRule::parse(rule).unwrap()).collect();
        let redactor = Redactor::new(SessionKey::new([42; 32]), rules);
        Feed { capture: Capture::new(sink.boxed(), redactor, limits, "op"), sink, next: 0, now: 1_000 }
    }

    /// Sends what is captured to another sink.
    pub fn into_sink(sink: Box<dyn Sink>, limits: Limits) -> Feed {
        let redactor = Redactor::new(SessionKey::new([42; 32]), Vec::new());
        Feed { capture: Capture::new(sink, redactor, limits, "op"), sink: Collected::default(), next: 0, now: 1_000 }
    }

    /// The time of the last message.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.now)
    }

    fn tick(&mut self) -> Timestamp {
        self.now += 1_000;
        Timestamp(self.now)
    }

    pub fn start(&mut self, ask: &Ask<'_>) -> CallId {
        self.next += 1;
        let call = CallId(self.next);
        let at = self.tick();
        self.capture.take(Message::Started(Box::new(Started {
            call,
            at,
            actor: Arc::from(ask.actor),
            pending_actor: None,
            user: "".into(),
            method: ask.method.clone(),
            uri: ask.uri.parse().unwrap(),
            headers: RequestHeaders { content_type: Some(HeaderValue::from_static(ask.media_type)), ..RequestHeaders::default() },
            body: Bytes::copy_from_slice(ask.body.as_bytes()),
            body_whole: true,
            span: ask.span,
        })));
        call
    }

    pub fn head(&mut self, call: CallId, status: u16) {
        self.head_as(call, status, "application/json");
    }

    pub fn head_as(&mut self, call: CallId, status: u16, content_type: &'static str) {
        let at = self.tick();
        self.capture.take(Message::Head(Head {
            call,
            at,
            status,
            content_type: Some(HeaderValue::from_static(content_type)),
            content_encoding: None,
            audit_id: None,
            warnings: Vec::new(),
        }));
    }

    pub fn chunk(&mut self, call: CallId, bytes: &[u8]) {
        self.chunk_after(call, bytes, None);
    }

    pub fn chunk_after(&mut self, call: CallId, bytes: &[u8], missing: Option<Missing>) {
        let at = self.tick();
        self.capture.take(Message::Chunk(Chunk { call, at, bytes: Bytes::copy_from_slice(bytes), missing }));
    }

    pub fn end(&mut self, call: CallId, how: Ending) {
        let at = self.tick();
        self.capture.take(Message::End(End { call, at, how, missing: None }));
    }

    /// A request and its complete response.
    pub fn exchange(&mut self, ask: &Ask<'_>, status: u16, answer: &str) {
        let call = self.start(ask);
        self.head(call, status);
        if !answer.is_empty() {
            self.chunk(call, answer.as_bytes());
        }
        self.end(call, Ending::Complete);
    }

    pub fn story(&self) -> Vec<String> {
        self.sink.story()
    }
}
