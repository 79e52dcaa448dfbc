//! A call under way: its request, and the reader of its response.

use std::borrow::Cow;
use std::sync::Arc;

use super::body::{self, BodyBuffer};
use super::list_reader::ListReader;
use super::message::{CallFacts, Chunk, Head, Missing, ResponseBody, Started};
use super::request::{RequestInfo, header};
use super::state::State;
use super::watch_reader::WatchReader;
use kuberewind_model::redact::Redactor;
use kuberewind_model::{Seq, Text, Verb};

/// How the body of a response is read.
#[derive(Debug)]
pub(super) enum ResponseReader {
    /// The head of the response is not there yet.
    Pending,
    /// The body is collected and read when it is complete.
    Buffer(BodyBuffer),
    /// Each line is an operation.
    Watch(Box<WatchReader>),
    List(Box<ListReader>),
    /// The body is only counted.
    Ignore,
}

/// The redacted body of a request.
#[derive(Debug, Default)]
pub(super) struct RequestBody {
    pub(super) text: Option<Text>,
    /// True if it could be read, or was empty.
    pub(super) readable: bool,
    pub(super) precondition: Arc<str>,
    /// The name in the body of a create, or the prefix of a name that the server was to generate. '' if unknown.
    pub(super) name: Arc<str>,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) started: Box<Started>,
    /// `None` for requests that are not about resources.
    pub(super) request: Option<RequestInfo>,
    pub(super) started_after: Seq,
    pub(super) request_body: RequestBody,
    pub(super) head: Option<Head>,
    pub(super) facts: Option<CallFacts>,
    pub(super) reader: ResponseReader,
    /// Bytes of the response's body, including lost ones.
    pub(super) received: u64,
    /// True if parts of the response were lost before they got here.
    pub(super) incomplete: bool,
}

impl Call {
    pub(super) fn new(started: Box<Started>, state: &mut State) -> Call {
        let mut request = RequestInfo::read(&started);
        if let Some(request) = &mut request
            && let Cow::Owned(cleaned) = state.redactor.text(&request.selector)
        {
            request.selector = cleaned.into();
        }
        let request_body = match &request {
            Some(request) => read_request_body(request, &started, &mut state.redactor),
            None => RequestBody { readable: true, ..RequestBody::default() },
        };
        Call {
            started_after: state.output.last(),
            request,
            request_body,
            started,
            head: None,
            facts: None,
            reader: ResponseReader::Pending,
            received: 0,
            incomplete: false,
        }
    }

    /// Bytes that the call keeps in memory.
    pub(super) fn held(&self) -> usize {
        match &self.reader {
            ResponseReader::Pending | ResponseReader::Ignore => 0,
            ResponseReader::Buffer(buffer) => buffer.held(),
            ResponseReader::Watch(watch) => watch.held(),
            ResponseReader::List(list) => list.held(),
        }
    }

    /// True if the source of the traffic does not have the response's body.
    pub(super) fn lacks_response_body(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.response_body != ResponseBody::Captured)
    }

    /// HTTP status; 0 before the head.
    pub(super) fn status(&self) -> u16 {
        self.head.as_ref().map_or(0, |head| head.status)
    }

    /// The media type of the response.
    pub(super) fn media_type(&self) -> &str {
        header(self.head.as_ref().and_then(|head| head.content_type.as_ref()))
    }

    /// True if the response has a content encoding that was not decoded.
    pub(super) fn is_encoded(&self) -> bool {
        let encoding = header(self.head.as_ref().and_then(|head| head.content_encoding.as_ref()));
        !matches!(encoding, "" | "identity")
    }

    /// Reads a chunk of the response's body.
    pub(super) fn push(&mut self, state: &mut State, chunk: &Chunk) {
        if let Some(missing) = chunk.missing {
            self.lost(state, missing);
        }
        self.received = self.received.saturating_add(chunk.bytes.len() as u64);
        let actor = self.started.actor.clone();
        let room = state.room();
        match (&self.request, &mut self.reader) {
            (Some(request), ResponseReader::Watch(watch)) => watch.push(state, &actor, request, chunk.at, &chunk.bytes),
            (Some(request), ResponseReader::List(list)) => list.push(state, &actor, request, &chunk.bytes),
            (_, ResponseReader::Buffer(buffer)) => {
                let room = room.min(state.limits.object.saturating_sub(buffer.held()));
                buffer.push(&chunk.bytes, room);
            }
            (_, ResponseReader::Pending | ResponseReader::Ignore) | (None, _) => {}
        }
    }

    /// Chunks of the response are missing here.
    pub(super) fn lost(&mut self, state: &mut State, missing: Missing) {
        self.incomplete = true;
        self.received = self.received.saturating_add(missing.bytes);
        let Some(request) = &self.request else { return };
        let actor = self.started.actor.clone();
        match &mut self.reader {
            ResponseReader::Watch(watch) => return watch.lost(state, &actor, request, missing),
            ResponseReader::List(list) => list.lost(),
            ResponseReader::Pending | ResponseReader::Buffer(_) | ResponseReader::Ignore => {}
        }
        state.gap(Some(&actor), (Some(&request.kind), &request.namespace), (missing.count, missing.bytes), missing.reason);
    }
}

fn read_request_body(request: &RequestInfo, started: &Started, redactor: &mut Redactor) -> RequestBody {
    if started.body.is_empty() && started.body_whole {
        return RequestBody { readable: true, ..RequestBody::default() };
    }
    let info = request.body_info("", header(started.headers.content_type.as_ref()));
    let clean = body::clean(redactor, &info, &started.body, started.body_whole);
    let precondition = if clean.readable && request.verb.is_write() { body::precondition(&clean.text) } else { String::new() };
    let name = if clean.readable && request.verb == Verb::Create { body::sent_name(&clean.text) } else { String::new() };
    RequestBody {
        readable: clean.readable,
        name: name.into(),
        text: Some(Text { bytes: clean.text, cut: false }),
        precondition: precondition.into(),
    }
}
