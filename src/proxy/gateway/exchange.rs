//! One call, told to the recording while it passes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, response};

use super::body::{End, Onlooker};
use super::decode::Decoder;
use crate::proxy::actors::Actor;
use kuberewind_capture::{CallRecorder, Ending, Head, Port, RequestHeaders, Started};

const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Requests' bodies that are being gathered hold this much at most, all together.
const GATHERED: usize = 64 * 1024 * 1024;

/// What tells calls to the recording.
pub struct Teller {
    /// Where it is told.
    pub port: Arc<dyn Port>,
    body_limit: usize,
    gathered: AtomicUsize,
}

impl Teller {
    /// A teller to `port` that looks at `body_limit` bytes of a request's body.
    pub fn new(port: Arc<dyn Port>, body_limit: usize) -> Teller {
        Teller { port, body_limit, gathered: AtomicUsize::new(0) }
    }

    /// A call begins.
    pub fn begin<B>(self: &Arc<Self>, request: &http::Request<B>, actor: Actor) -> Exchange {
        let header = |name: HeaderName| request.headers().get(name).cloned();
        let started = Started {
            call: self.port.next_call(),
            at: self.port.now(),
            actor: actor.name,
            pending_actor: actor.late,
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
        let stage = Stage::Opening(Box::new(Opening { started, pieces: Vec::new(), held: 0, cut: false }));
        Exchange { teller: self.clone(), stage: Arc::new(Mutex::new(stage)) }
    }
}

/// How far the telling is.
enum Stage {
    /// The request's body is still on the way.
    Opening(Box<Opening>),
    /// The request was told.
    Told(Box<dyn CallRecorder>),
    /// The answer's body, or the end, has taken over.
    HandedOn,
}

/// A request that was not told yet.
struct Opening {
    started: Started,
    pieces: Vec<Bytes>,
    held: usize,
    cut: bool,
}

/// One call. Clones speak of the same one.
#[derive(Clone)]
pub struct Exchange {
    teller: Arc<Teller>,
    stage: Arc<Mutex<Stage>>,
}

impl Exchange {
    /// Looks on while the request's body passes: it is told with the request, when its end was seen.
    #[must_use]
    pub fn request_body(&self) -> RequestBody {
        RequestBody(self.clone())
    }

    /// The answer begins.
    #[must_use]
    pub fn head(&self, parts: &response::Parts) -> ResponseBody {
        let decoder = Decoder::of(&parts.headers);
        let mut course = self.course();
        tell_head(&mut course, parts, decoder.is_none());
        ResponseBody { course, decoder: decoder.unwrap_or(Decoder::Plain) }
    }

    /// The server agreed to leave HTTP. With that the call is answered; the stream of bytes that follows may last for days.
    pub fn switched(&self, parts: &response::Parts) {
        let mut course = self.course();
        tell_head(&mut course, parts, false);
        if let Some(mut course) = course {
            course.end(Ending::Complete);
        }
    }

    /// No answer came.
    pub fn failed(&self, why: &str) {
        if let Some(mut course) = self.course() {
            course.end(Ending::Failed(why.to_owned()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rest of the course, told from here on by the answer.
    fn course(&self) -> Option<Box<dyn CallRecorder>> {
        self.open(false);
        match std::mem::replace(&mut *self.lock(), Stage::HandedOn) {
            Stage::Told(course) => Some(course),
            Stage::Opening(_) | Stage::HandedOn => None,
        }
    }

    fn gather(&self, piece: &Bytes) {
        let mut stage = self.lock();
        let Stage::Opening(opening) = &mut *stage else { return };
        let room = self.teller.body_limit.saturating_sub(opening.held);
        let all = self.teller.gathered.load(Ordering::Relaxed);
        if opening.cut || piece.len() > room.min(GATHERED.saturating_sub(all)) {
            opening.cut = true;
            return;
        }
        self.teller.gathered.fetch_add(piece.len(), Ordering::Relaxed);
        opening.held += piece.len();
        opening.pieces.push(piece.clone());
    }

    /// Tells the request, if that was not done.
    fn open(&self, body_ended: bool) {
        let mut stage = self.lock();
        let told = match std::mem::replace(&mut *stage, Stage::HandedOn) {
            Stage::Opening(opening) => Stage::Told(self.tell(*opening, body_ended)),
            other => other,
        };
        *stage = told;
    }

    fn tell(&self, mut opening: Opening, body_ended: bool) -> Box<dyn CallRecorder> {
        self.teller.gathered.fetch_sub(opening.held, Ordering::Relaxed);
        opening.started.body_whole = body_ended && !opening.cut;
        opening.started.body = match opening.pieces.len() {
            0 | 1 => opening.pieces.pop().unwrap_or_default(),
            _ => Bytes::from(opening.pieces.concat()),
        };
        self.teller.port.call(opening.started)
    }
}

fn tell_head(course: &mut Option<Box<dyn CallRecorder>>, parts: &response::Parts, encoded: bool) {
    let Some(course) = course else { return };
    let header = |name: HeaderName| parts.headers.get(name).cloned();
    course.head(&mut |call, at| Head {
        call,
        at,
        status: parts.status.as_u16(),
        content_type: header(CONTENT_TYPE),
        content_encoding: if encoded { header(CONTENT_ENCODING) } else { None },
        audit_id: header(AUDIT_ID),
    });
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
    course: Option<Box<dyn CallRecorder>>,
    decoder: Decoder,
}

impl Onlooker for ResponseBody {
    fn piece(&mut self, bytes: &Bytes) {
        let Some(course) = &mut self.course else { return };
        if !self.decoder.read(bytes, |bytes| course.chunk(&bytes)) {
            course.unreadable(bytes);
        }
    }

    fn over(&mut self, how: End<'_>) {
        let Some(course) = &mut self.course else { return };
        course.end(match how {
            End::Whole => Ending::Complete,
            End::Failed(why) => Ending::Failed(why.to_owned()),
            End::Dropped => Ending::Dropped,
        });
    }
}
