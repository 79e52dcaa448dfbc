//! Records one call while it is forwarded.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT, WARNING};
use http::{HeaderName, response};

use super::decode::Decoder;
use super::observed_body::{BodyEnd, BodyObserver};
use crate::actors::CallActor;
use kuberewind_capture::{CallRecorder, Ending, Head, Port, RequestHeaders, Started};

const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Bytes of pending request bodies, all calls together.
const MAX_HELD: usize = 64 * 1024 * 1024;

/// Records the calls of all connections.
pub struct RequestRecorder {
    pub port: Arc<dyn Port>,
    body_limit: usize,
    held_bytes: AtomicUsize,
}

impl RequestRecorder {
    /// Records to `port`, with at most `body_limit` bytes of each request body.
    pub fn new(port: Arc<dyn Port>, body_limit: usize) -> RequestRecorder {
        RequestRecorder { port, body_limit, held_bytes: AtomicUsize::new(0) }
    }

    /// Starts to record a call.
    pub fn start<B>(self: &Arc<Self>, request: &http::Request<B>, actor: CallActor, user: Option<Arc<str>>) -> RecordedCall {
        let header = |name: HeaderName| request.headers().get(name).cloned();
        let started = Started {
            call: self.port.next_call(),
            at: self.port.now(),
            actor: actor.name,
            pending_actor: actor.late,
            user: user.unwrap_or_default(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: RequestHeaders {
                user_agent: header(USER_AGENT),
                content_type: header(CONTENT_TYPE),
                accept: header(ACCEPT),
                traceparent: header(TRACEPARENT),
            },
            body: Bytes::new(),
            body_whole: false,
            span: None,
        };
        let state = RequestState::Pending(Box::new(PendingRequest { started, chunks: Vec::new(), held: 0, cut: false }));
        RecordedCall { recorder: self.clone(), state: Arc::new(Mutex::new(state)) }
    }
}

/// The state of a call's request.
enum RequestState {
    /// The request's body is not complete.
    Pending(Box<PendingRequest>),
    /// The request was sent to the recording.
    Sent(Box<dyn CallRecorder>),
    /// The response, or the end of the call, has taken over.
    Done,
}

/// A request that was not sent to the recording yet.
struct PendingRequest {
    started: Started,
    chunks: Vec<Bytes>,
    held: usize,
    cut: bool,
}

/// One call. Clones share it.
#[derive(Clone)]
pub struct RecordedCall {
    recorder: Arc<RequestRecorder>,
    state: Arc<Mutex<RequestState>>,
}

impl RecordedCall {
    /// The observer of the request's body. The request is recorded when the body ends.
    #[must_use]
    pub fn request_body(&self) -> RequestBody {
        RequestBody(self.clone())
    }

    /// The response has started. Returns the observer of its body.
    #[must_use]
    pub fn response(&self, parts: &response::Parts) -> ResponseBody {
        let decoder = Decoder::of(&parts.headers);
        let mut course = self.take_course();
        record_head(&mut course, parts, decoder.is_none());
        ResponseBody { course, decoder: decoder.unwrap_or(Decoder::Plain) }
    }

    /// The server agreed to an upgrade, which ends the call: the stream that follows may last for days.
    pub fn switched(&self, parts: &response::Parts) {
        let mut course = self.take_course();
        record_head(&mut course, parts, false);
        if let Some(mut course) = course {
            course.end(Ending::Complete);
        }
    }

    /// The server did not respond.
    pub fn failed(&self, why: &str) {
        if let Some(mut course) = self.take_course() {
            course.end(Ending::Failed(why.to_owned()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, RequestState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what records the rest of the call.
    fn take_course(&self) -> Option<Box<dyn CallRecorder>> {
        self.send_request(false);
        match std::mem::replace(&mut *self.lock(), RequestState::Done) {
            RequestState::Sent(course) => Some(course),
            RequestState::Pending(_) | RequestState::Done => None,
        }
    }

    fn keep(&self, chunk: &Bytes) {
        let mut state = self.lock();
        let RequestState::Pending(pending) = &mut *state else { return };
        let room = self.recorder.body_limit.saturating_sub(pending.held);
        let all = self.recorder.held_bytes.load(Ordering::Relaxed);
        if pending.cut || chunk.len() > room.min(MAX_HELD.saturating_sub(all)) {
            pending.cut = true;
            return;
        }
        self.recorder.held_bytes.fetch_add(chunk.len(), Ordering::Relaxed);
        pending.held += chunk.len();
        pending.chunks.push(chunk.clone());
    }

    /// Records the request, if that was not done yet.
    fn send_request(&self, body_ended: bool) {
        let mut state = self.lock();
        let next = match std::mem::replace(&mut *state, RequestState::Done) {
            RequestState::Pending(pending) => RequestState::Sent(self.send(*pending, body_ended)),
            other => other,
        };
        *state = next;
    }

    fn send(&self, mut pending: PendingRequest, body_ended: bool) -> Box<dyn CallRecorder> {
        self.recorder.held_bytes.fetch_sub(pending.held, Ordering::Relaxed);
        pending.started.body_whole = body_ended && !pending.cut;
        pending.started.body = match pending.chunks.len() {
            0 | 1 => pending.chunks.pop().unwrap_or_default(),
            _ => Bytes::from(pending.chunks.concat()),
        };
        self.recorder.port.call(pending.started)
    }
}

fn record_head(course: &mut Option<Box<dyn CallRecorder>>, parts: &response::Parts, encoded: bool) {
    let Some(course) = course else { return };
    let header = |name: HeaderName| parts.headers.get(name).cloned();
    course.head(&mut |call, at| Head {
        call,
        at,
        status: parts.status.as_u16(),
        content_type: header(CONTENT_TYPE),
        content_encoding: if encoded { header(CONTENT_ENCODING) } else { None },
        audit_id: header(AUDIT_ID),
        warnings: parts.headers.get_all(WARNING).iter().cloned().collect(),
    });
}

/// The observer of a request's body.
pub struct RequestBody(RecordedCall);

impl BodyObserver for RequestBody {
    fn data(&mut self, bytes: &Bytes) {
        self.0.keep(bytes);
    }

    fn finished(&mut self, end: BodyEnd<'_>) {
        self.0.send_request(end == BodyEnd::Whole);
    }
}

/// The observer of a response's body.
pub struct ResponseBody {
    course: Option<Box<dyn CallRecorder>>,
    decoder: Decoder,
}

impl BodyObserver for ResponseBody {
    fn data(&mut self, bytes: &Bytes) {
        let Some(course) = &mut self.course else { return };
        if !self.decoder.read(bytes, |bytes| course.chunk(&bytes)) {
            course.unreadable(bytes);
        }
    }

    fn finished(&mut self, end: BodyEnd<'_>) {
        let Some(course) = &mut self.course else { return };
        course.end(match end {
            BodyEnd::Whole => Ending::Complete,
            BodyEnd::Failed(why) => Ending::Failed(why.to_owned()),
            BodyEnd::Dropped => Ending::Dropped,
        });
    }
}
