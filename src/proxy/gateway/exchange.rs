//! One call, told to the recording while it passes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, request, response};

use super::body::{End, Onlooker};
use super::decode::Decoder;
use crate::capture::message::{CallId, Chunk, Ending, Head, Message, Missing, RequestHeaders, Started};
use crate::model::{Clock, GapReason, Timestamp};
use crate::proxy::port::Port;

const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Requests' bodies that are being gathered hold this much at most, all together.
const GATHERED: usize = 64 * 1024 * 1024;

/// What tells calls to the recording.
pub struct Teller {
    /// Where it is told.
    pub port: Arc<dyn Port>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How much of a body is looked at.
    pub body_limit: usize,
    calls: AtomicU64,
    gathered: AtomicUsize,
}

impl Teller {
    /// A teller to `port`.
    pub fn new(port: Arc<dyn Port>, clock: Arc<dyn Clock>, body_limit: usize) -> Teller {
        Teller { port, clock, body_limit, calls: AtomicU64::new(0), gathered: AtomicUsize::new(0) }
    }

    /// A call begins. `None` while recording is off.
    pub fn begin(self: &Arc<Self>, parts: &request::Parts, actor: Arc<str>) -> Option<Exchange> {
        if !self.port.is_on() {
            return None;
        }
        let call = CallId(self.calls.fetch_add(1, Ordering::Relaxed));
        let header = |name: HeaderName| parts.headers.get(name).cloned();
        let started = Started {
            call,
            at: self.clock.now(),
            actor,
            method: parts.method.clone(),
            uri: parts.uri.clone(),
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
        let opening = Opening { started: Box::new(started), pieces: Vec::new(), held: 0, cut: false };
        Some(Exchange { teller: self.clone(), call, opening: Arc::new(Mutex::new(Some(opening))) })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A request that was not told yet, because its body is still on the way.
struct Opening {
    started: Box<Started>,
    pieces: Vec<Bytes>,
    held: usize,
    cut: bool,
}

/// One call. Clones speak of the same one.
#[derive(Clone)]
pub struct Exchange {
    teller: Arc<Teller>,
    call: CallId,
    opening: Arc<Mutex<Option<Opening>>>,
}

impl Exchange {
    /// Looks on while the request's body passes: it is told with the request, when its end was seen.
    pub fn request_body(&self) -> RequestBody {
        RequestBody(self.clone())
    }

    /// The answer begins.
    pub fn head(&self, parts: &response::Parts) -> ResponseBody {
        self.open(false);
        let decoder = Decoder::of(&parts.headers);
        self.tell_head(parts.status.as_u16(), &parts.headers, decoder.is_none());
        let decoder = decoder.unwrap_or(Decoder::Plain);
        ResponseBody { exchange: self.clone(), decoder, unread: None }
    }

    /// No answer came.
    pub fn failed(&self, why: &str) {
        self.open(false);
        self.end(Ending::Failed(why.to_owned()), None);
    }

    /// The client went away before any answer.
    pub fn dropped(&self) {
        self.open(false);
        self.end(Ending::Dropped, None);
    }

    /// What was a call is a stream of bytes now, and that has ended.
    pub fn stream_ended(&self, error: Option<String>) {
        self.end(error.map_or(Ending::Complete, Ending::Failed), None);
    }

    /// The server agreed to leave HTTP.
    pub fn switched(&self, parts: &response::Parts) {
        self.open(false);
        self.tell_head(parts.status.as_u16(), &parts.headers, false);
    }

    fn tell_head(&self, status: u16, headers: &HeaderMap, encoded: bool) {
        let header = |name: HeaderName| headers.get(name).cloned();
        self.teller.port.tell(Message::Head(Head {
            call: self.call,
            at: self.teller.now(),
            status,
            content_type: header(CONTENT_TYPE),
            content_encoding: if encoded { header(CONTENT_ENCODING) } else { None },
            audit_id: header(AUDIT_ID),
        }));
    }

    fn end(&self, how: Ending, missing: Option<Missing>) {
        self.teller.port.tell(Message::End(crate::capture::message::End { call: self.call, at: self.teller.now(), how, missing }));
    }

    fn gather(&self, piece: &Bytes) {
        let mut opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(opening) = opening.as_mut() else { return };
        let room = self.teller.body_limit.saturating_sub(opening.held);
        let all = self.teller.gathered.load(Ordering::Relaxed);
        if opening.cut || piece.len() > room || piece.len() > GATHERED.saturating_sub(all) {
            opening.cut = true;
            return;
        }
        self.teller.gathered.fetch_add(piece.len(), Ordering::Relaxed);
        opening.held += piece.len();
        opening.pieces.push(piece.clone());
    }

    /// Tells the request, if that was not done.
    fn open(&self, body_ended: bool) {
        let taken = self.opening.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut opening) = taken else { return };
        self.teller.gathered.fetch_sub(opening.held, Ordering::Relaxed);
        opening.started.body_whole = body_ended && !opening.cut;
        opening.started.body = match opening.pieces.len() {
            0 | 1 => opening.pieces.pop().unwrap_or_default(),
            _ => Bytes::from(opening.pieces.concat()),
        };
        self.teller.port.tell(Message::Started(opening.started));
    }
}

/// Looks on while a request's body passes.
pub struct RequestBody(Exchange);

impl Onlooker for RequestBody {
    fn piece(&mut self, bytes: &Bytes) {
        self.0.gather(bytes);
    }

    fn over(&mut self, how: End<'_>) {
        self.0.open(how == End::Whole);
    }
}

/// Looks on while an answer's body passes.
pub struct ResponseBody {
    exchange: Exchange,
    decoder: Decoder,
    unread: Option<Missing>,
}

impl Onlooker for ResponseBody {
    fn piece(&mut self, bytes: &Bytes) {
        let (teller, call) = (&self.exchange.teller, self.exchange.call);
        let at = teller.now();
        let read = self.decoder.read(bytes, |bytes| {
            teller.port.tell(Message::Chunk(Chunk { call, at, bytes, missing: None }));
        });
        if !read {
            let missing = self.unread.get_or_insert(Missing { count: 0, bytes: 0, mid_line: true, reason: GapReason::Unreadable });
            missing.count = missing.count.saturating_add(1);
            missing.bytes = missing.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
    }

    fn over(&mut self, how: End<'_>) {
        let ending = match how {
            End::Whole => Ending::Complete,
            End::Failed(why) => Ending::Failed(why.to_owned()),
            End::Dropped => Ending::Dropped,
        };
        self.exchange.end(ending, self.unread.take());
    }
}
