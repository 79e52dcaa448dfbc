//! Writes imported calls to a session: sends them to capture as if they happened now.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Uri};

use kuberewind_capture::{
    CallFacts, CallId, Capture, Chunk, End, Ending, Head, Limits, Lost, Message, PrintedLine, RequestHeaders, ResponseBody,
    SpanEnded, SpanStarted, Started,
};
use kuberewind_file::{Branch, NewSession, SessionWriter, WriterLimits};
use kuberewind_model::redact::{PathRule, Redactor, SessionKey};
use kuberewind_model::{ClockKind, Error, GapReason, LogStream, Origin, Remark, Result, SessionNo, SpanKey, Timestamp};

/// Messages between two checks for write errors.
const CHECK_INTERVAL: u64 = 1_024;

/// The session to import into.
#[derive(Debug, Clone)]
pub(super) struct NewImport {
    pub(super) session: String,
    /// The recording's id, if the file is new.
    pub(super) recording_id: u128,
    /// The key that hashes secrets.
    pub(super) key: [u8; 32],
    /// Additional secret paths.
    pub(super) rules: Vec<PathRule>,
    /// The session that this one continues.
    pub(super) branch: Option<Branch>,
}

pub(super) struct Request {
    pub(super) at: Timestamp,
    pub(super) actor: Arc<str>,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) user_agent: Option<HeaderValue>,
    /// The type of the body; '' if unknown.
    pub(super) media_type: Cow<'static, str>,
    pub(super) body: Bytes,
    pub(super) span: Option<SpanKey>,
}

pub(super) struct Response {
    pub(super) at: Timestamp,
    pub(super) status: u16,
    pub(super) audit_id: Option<HeaderValue>,
    pub(super) body: Bytes,
}

/// Details of a call whose bodies were not recorded.
pub(super) struct CallDetail {
    pub(super) name: Arc<str>,
    pub(super) precondition: Arc<str>,
    pub(super) answer: ResponseBody,
    pub(super) remarks: Vec<Remark>,
}

pub(super) struct ImportSession {
    /// The session's number in the recording.
    pub(super) no: SessionNo,
    capture: Capture,
    calls: u64,
    spans: u64,
    sent: u64,
    unreadable: (u64, u64),
}

impl ImportSession {
    pub(super) fn begin(
        path: &Path,
        import: NewImport,
        start: Timestamp,
        clock: ClockKind,
        default_actor: &str,
    ) -> Result<ImportSession> {
        let redactor = Redactor::new(SessionKey::new(import.key), import.rules);
        let mut session = NewSession::new(import.session, start, import.recording_id);
        session.origin = Origin::Imported;
        session.clock = clock;
        session.branch = import.branch;
        // An import keeps everything in the file.
        session.limits = WriterLimits { max_operations: u64::MAX, ..WriterLimits::default() };
        let writer = SessionWriter::begin(path, session)?;
        let no = writer.session();
        let capture = Capture::new(Box::new(writer), redactor, Limits::default(), default_actor);
        Ok(ImportSession { no, capture, calls: 0, spans: 0, sent: 0, unreadable: (0, 0) })
    }

    /// A request started.
    pub(super) fn request(&mut self, request: Request) -> Result<CallId> {
        self.calls += 1;
        let call = CallId(self.calls);
        let headers = RequestHeaders {
            user_agent: request.user_agent,
            content_type: HeaderValue::from_str(&request.media_type).ok().filter(|value| !value.is_empty()),
            ..RequestHeaders::default()
        };
        self.send(Message::Started(Box::new(Started {
            call,
            at: request.at,
            actor: request.actor,
            pending_actor: None,
            user: "".into(),
            method: request.method,
            uri: request.uri,
            headers,
            body: request.body,
            body_whole: true,
            span: request.span,
        })))?;
        Ok(call)
    }

    /// Adds details to a call.
    pub(super) fn detail(&mut self, call: CallId, detail: CallDetail) -> Result<()> {
        let CallDetail { name, precondition, answer, remarks } = detail;
        self.send(Message::Facts(Box::new(CallFacts { call, name, precondition, response_body: answer, remarks })))
    }

    /// The head of a response arrived.
    pub(super) fn response_head(
        &mut self,
        call: CallId,
        at: Timestamp,
        status: u16,
        audit_id: Option<HeaderValue>,
    ) -> Result<()> {
        self.typed_head((call, at), status, audit_id, HeaderValue::from_static("application/json"))
    }

    fn typed_head(
        &mut self,
        (call, at): (CallId, Timestamp),
        status: u16,
        audit_id: Option<HeaderValue>,
        content_type: HeaderValue,
    ) -> Result<()> {
        let content_type = Some(content_type);
        self.send(Message::Head(Head { call, at, status, content_type, content_encoding: None, audit_id, warnings: Vec::new() }))
    }

    /// A chunk of a response's body arrived.
    pub(super) fn response_body(&mut self, call: CallId, at: Timestamp, bytes: Bytes) -> Result<()> {
        self.send(Message::Chunk(Chunk { call, at, bytes, missing: None }))
    }

    /// A call ended.
    pub(super) fn end(&mut self, call: CallId, at: Timestamp, how: Ending) -> Result<()> {
        self.send(Message::End(End { call, at, how, missing: None }))
    }

    /// A complete response arrived.
    pub(super) fn response(&mut self, call: CallId, response: Response) -> Result<()> {
        self.typed_response(call, response, None)
    }

    /// A complete response of a type arrived [default: JSON].
    pub(super) fn typed_response(&mut self, call: CallId, response: Response, content_type: Option<HeaderValue>) -> Result<()> {
        let Response { at, status, audit_id, body } = response;
        let content_type = content_type.unwrap_or_else(|| HeaderValue::from_static("application/json"));
        self.typed_head((call, at), status, audit_id, content_type)?;
        if !body.is_empty() {
            self.response_body(call, at, body)?;
        }
        self.end(call, at, Ending::Complete)
    }

    /// A reconcile started; returns its key. `started.span` is ignored.
    pub(super) fn span_started(&mut self, mut started: SpanStarted) -> Result<SpanKey> {
        self.spans += 1;
        started.span = SpanKey(self.spans);
        self.send(Message::SpanStarted(Box::new(started)))?;
        Ok(SpanKey(self.spans))
    }

    pub(super) fn span_ended(&mut self, ended: SpanEnded) -> Result<()> {
        self.send(Message::SpanEnded(Box::new(ended)))
    }

    /// A line was printed in a reconcile.
    pub(super) fn span_line(&mut self, at: Timestamp, level: &str, text: String, span: Option<SpanKey>) -> Result<()> {
        self.send(Message::Log(Box::new(PrintedLine { at, stream: LogStream::Stderr, level: level.into(), span, text })))
    }

    /// A record could not be read. Consecutive ones become one gap.
    pub(super) fn unreadable(&mut self, bytes: u64) {
        self.unreadable = (self.unreadable.0.saturating_add(1), self.unreadable.1.saturating_add(bytes));
    }

    /// The number of operations so far.
    pub(super) fn operations(&self) -> u64 {
        self.capture.counts().operations
    }

    /// Ends the session; returns the number of operations.
    pub(super) fn finish(mut self) -> Result<u64> {
        self.flush_unreadable();
        self.capture.flush();
        if let Some(error) = self.capture.take_error() {
            return Err(error);
        }
        let operations = self.capture.counts().operations;
        self.capture.finish()?;
        Ok(operations)
    }

    fn send(&mut self, message: Message) -> Result<()> {
        self.flush_unreadable();
        self.capture.take(message);
        self.sent += 1;
        if self.sent.is_multiple_of(CHECK_INTERVAL) {
            return self.check();
        }
        Ok(())
    }

    fn flush_unreadable(&mut self) {
        let (count, bytes) = std::mem::take(&mut self.unreadable);
        if count > 0 {
            let reason = GapReason::Unreadable;
            let lost = Lost { actor: None, kind: None, namespace: "".into(), count, bytes, reason };
            self.capture.take(Message::Lost(Box::new(lost)));
        }
    }

    /// Unlike a recorder, an import stops when it cannot write.
    fn check(&mut self) -> Result<(), Error> {
        self.capture.take_error().map_or(Ok(()), Err)
    }
}
