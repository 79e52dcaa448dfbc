//! Telling capture of calls that others saw: what an importer reads becomes messages, as if it happened now.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Uri};

use kuberewind_capture::{
    CallFacts, CallId, Capture, Chunk, End, Ending, Head, Limits, Lost, Message, PrintedLine, RequestHeaders, ResponseBody,
    SpanEnded, SpanStarted, Started,
};
use kuberewind_file::{NewSession, SessionWriter, WriterLimits};
use kuberewind_model::redact::{PathRule, Redactor, SessionKey};
use kuberewind_model::{ClockKind, Error, GapReason, LogStream, Origin, Result, SpanKey, Timestamp};

/// After so many messages it is looked whether the disk still takes them.
const LOOK: u64 = 1_024;

/// The session into which something is imported.
#[derive(Debug, Clone)]
pub(super) struct NewImport {
    /// Its name.
    pub(super) session: String,
    /// The recording's id, where the file is new.
    pub(super) recording_id: u128,
    /// The key of replaced values.
    pub(super) key: [u8; 32],
    /// What else is secret.
    pub(super) rules: Vec<PathRule>,
}

/// A request that somebody saw.
pub(super) struct Request {
    pub(super) at: Timestamp,
    pub(super) actor: Arc<str>,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) user_agent: Option<HeaderValue>,
    pub(super) media_type: &'static str,
    pub(super) body: Bytes,
    pub(super) span: Option<SpanKey>,
}

/// Its answer.
pub(super) struct Response {
    pub(super) at: Timestamp,
    pub(super) status: u16,
    pub(super) audit_id: Option<HeaderValue>,
    pub(super) body: Bytes,
}

/// What is known of a call whose bodies nobody kept.
pub(super) struct Beside {
    pub(super) name: Arc<str>,
    pub(super) precondition: Arc<str>,
    pub(super) answer: ResponseBody,
}

/// Plays what was seen into a session.
pub(super) struct Player {
    capture: Capture,
    calls: u64,
    spans: u64,
    told: u64,
    lost: (u64, u64),
}

impl Player {
    /// Begins the session.
    pub(super) fn begin(path: &Path, import: NewImport, start: Timestamp, clock: ClockKind, who: &str) -> Result<Player> {
        let redactor = Redactor::new(SessionKey::new(import.key), import.rules);
        let mut session = NewSession::new(import.session, start, import.recording_id);
        session.origin = Origin::Imported;
        session.clock = clock;
        // All that is in the file comes along.
        session.limits = WriterLimits { max_operations: u64::MAX, ..WriterLimits::default() };
        let writer = SessionWriter::begin(path, session)?;
        let capture = Capture::new(Box::new(writer), redactor, Limits::default(), who);
        Ok(Player { capture, calls: 0, spans: 0, told: 0, lost: (0, 0) })
    }

    /// A request went out.
    pub(super) fn start(&mut self, request: Request) -> Result<CallId> {
        self.calls += 1;
        let call = CallId(self.calls);
        let headers = RequestHeaders {
            user_agent: request.user_agent,
            content_type: (!request.media_type.is_empty()).then(|| HeaderValue::from_static(request.media_type)),
            ..RequestHeaders::default()
        };
        self.tell(Message::Started(Box::new(Started {
            call,
            at: request.at,
            actor: request.actor,
            pending_actor: None,
            method: request.method,
            uri: request.uri,
            headers,
            body: request.body,
            body_whole: true,
            span: request.span,
        })))?;
        Ok(call)
    }

    /// What is known of it beside.
    pub(super) fn know(&mut self, call: CallId, beside: Beside) -> Result<()> {
        let Beside { name, precondition, answer } = beside;
        self.tell(Message::Facts(Box::new(CallFacts { call, name, precondition, response_body: answer })))
    }

    /// The beginning of its answer came.
    pub(super) fn head(&mut self, call: CallId, at: Timestamp, status: u16, audit_id: Option<HeaderValue>) -> Result<()> {
        let content_type = Some(HeaderValue::from_static("application/json"));
        self.tell(Message::Head(Head { call, at, status, content_type, content_encoding: None, audit_id }))
    }

    /// A piece of its answer came.
    pub(super) fn chunk(&mut self, call: CallId, at: Timestamp, bytes: Bytes) -> Result<()> {
        self.tell(Message::Chunk(Chunk { call, at, bytes, missing: None }))
    }

    /// It is over.
    pub(super) fn end(&mut self, call: CallId, at: Timestamp, how: Ending) -> Result<()> {
        self.tell(Message::End(End { call, at, how, missing: None }))
    }

    /// Its answer, to the end.
    pub(super) fn answer(&mut self, call: CallId, response: Response) -> Result<()> {
        let Response { at, status, audit_id, body } = response;
        self.head(call, at, status, audit_id)?;
        if !body.is_empty() {
            self.chunk(call, at, body)?;
        }
        self.end(call, at, Ending::Complete)
    }

    /// A reconcile began; gives its number. `started.span` is not looked at.
    pub(super) fn span(&mut self, mut started: SpanStarted) -> Result<SpanKey> {
        self.spans += 1;
        started.span = SpanKey(self.spans);
        self.tell(Message::SpanStarted(Box::new(started)))?;
        Ok(SpanKey(self.spans))
    }

    /// A reconcile ended.
    pub(super) fn span_ended(&mut self, ended: SpanEnded) -> Result<()> {
        self.tell(Message::SpanEnded(Box::new(ended)))
    }

    /// A line was printed.
    pub(super) fn log(&mut self, at: Timestamp, level: &str, text: String) -> Result<()> {
        self.tell(Message::Log(Box::new(PrintedLine { at, stream: LogStream::Stderr, level: level.into(), span: None, text })))
    }

    /// A record at this place could not be read: a gap, one for all that follow each other.
    pub(super) fn lost(&mut self, bytes: u64) {
        self.lost = (self.lost.0.saturating_add(1), self.lost.1.saturating_add(bytes));
    }

    /// Ends the session; gives the number of operations.
    pub(super) fn finish(mut self) -> Result<u64> {
        self.tell_lost();
        self.capture.flush();
        if let Some(error) = self.capture.take_error() {
            return Err(error);
        }
        let operations = self.capture.counts().operations;
        self.capture.finish()?;
        Ok(operations)
    }

    fn tell(&mut self, message: Message) -> Result<()> {
        self.tell_lost();
        self.capture.take(message);
        self.told += 1;
        if self.told.is_multiple_of(LOOK) {
            return self.look();
        }
        Ok(())
    }

    fn tell_lost(&mut self) {
        let (count, bytes) = std::mem::take(&mut self.lost);
        if count > 0 {
            let reason = GapReason::Unreadable;
            let lost = Lost { actor: None, kind: None, namespace: "".into(), count, bytes, reason };
            self.capture.take(Message::Lost(Box::new(lost)));
        }
    }

    /// Unlike a recorder, an import that cannot write has nothing else to do.
    fn look(&mut self) -> Result<(), Error> {
        self.capture.take_error().map_or(Ok(()), Err)
    }
}
