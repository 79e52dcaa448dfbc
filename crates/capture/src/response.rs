//! Turns a finished call into an operation.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;

use super::binary::{self, Binary};
use super::body::{self, BodyBuffer, Failure};
use super::call::{Call, RequestBody, ResponseReader};
use super::list_reader::ListReader;
use super::message::{End, Ending, Head, ResponseBody, Started};
use super::observation::{self, ItemType, ReceivedObject};
use super::reconciles::Delivered;
use super::request::{RequestInfo, header};
use super::returned_object::object_of;
use super::state::State;
use super::warnings::warnings;
use kuberewind_model::json::scan::Metadata;
use kuberewind_model::redact::{BodyInfo, Redactor};
use kuberewind_model::{
    Detail, Event, NewOperation, Observation, ObservationKind, Observations, Outcome, Shape, Target, Text, Timestamp, Verb,
    WatchKey,
};

/// The part of an operation that the response decides.
struct ResponseSummary {
    outcome: Outcome,
    observations: Observations,
    /// The body, if it is not an object or list.
    response: Option<Text>,
    error: String,
    reason: String,
    /// The object that the server refused, if its `Status` names it.
    refused: String,
    /// The items of a list, which may trigger reconciles.
    delivered: Vec<Delivered>,
}

impl ResponseSummary {
    /// A response that shows no object.
    fn empty(outcome: Outcome) -> ResponseSummary {
        ResponseSummary {
            outcome,
            observations: Observations::Nothing,
            response: None,
            error: String::new(),
            reason: String::new(),
            refused: String::new(),
            delivered: Vec::new(),
        }
    }

    /// A successful response that shows one object.
    fn of_object(object: Observation) -> ResponseSummary {
        ResponseSummary { observations: Observations::Object(Box::new(object)), ..ResponseSummary::empty(Outcome::Done) }
    }
}

/// Emits the operation of a call that has ended.
pub(super) fn finish(state: &mut State, mut call: Call, request: &RequestInfo, end: &End) {
    let whole = end.how == Ending::Complete && !call.incomplete;
    let mut summary = match std::mem::replace(&mut call.reader, ResponseReader::Pending) {
        ResponseReader::List(list) => list_response(state, &call, request, *list, whole),
        ResponseReader::Buffer(buffer) if whole && !buffer.cut => decoded_response(state, &mut call, request, buffer),
        ResponseReader::Buffer(buffer) => {
            let (cut, length) = (buffer.cut, buffer.length);
            buffered_response(state, &call, request, &Received { bytes: buffer.into_bytes(), whole, cut, length })
        }
        ResponseReader::Ignore if whole && call.lacks_response_body() => success_without_body(state, &call, request),
        ResponseReader::Ignore if whole || request.verb == Verb::Connect => ResponseSummary::empty(Outcome::Done),
        ResponseReader::Ignore | ResponseReader::Pending | ResponseReader::Watch(_) => {
            ResponseSummary::empty(lost_outcome(request))
        }
    };
    let left = state.stopping && end.how == Ending::Dropped;
    if summary.error.is_empty() && matches!(summary.outcome, Outcome::MaybeApplied | Outcome::Lost) {
        summary.error = match &end.how {
            Ending::Failed(error) => state.redactor.message(&request.body_info("", ""), error, call.request_body.readable),
            Ending::Dropped if left => "the program ended before the response".into(),
            Ending::Dropped => "the client did not wait for the response".into(),
            Ending::Complete => "the recorder lost a part of the response".into(),
        };
    }
    if left && summary.outcome == Outcome::Lost {
        // A program that ends needs no answer: nothing went wrong.
        summary.outcome = Outcome::Done;
    }
    let delivered = std::mem::take(&mut summary.delivered);
    let (actor, in_reconcile) = (call.started.actor.clone(), call.started.span.is_some());
    let emitted = emit(state, call, request, end.at, None, summary);
    if emitted && !in_reconcile {
        let seq = state.output.last();
        delivered.into_iter().for_each(|object| state.reconciles.delivered(&actor, seq, end.at, object));
    }
}

/// Emits an operation for a call without a resource on which the server failed.
pub(super) fn failed_untracked(state: &mut State, call: &Call, end: &End) {
    let status = call.status();
    let verb = match call.started.method {
        Method::GET | Method::HEAD | Method::OPTIONS => Verb::Get,
        Method::PUT => Verb::Update,
        Method::PATCH => Verb::Patch,
        Method::DELETE => Verb::Delete,
        _ => Verb::Create,
    };
    let detail = detail(state, &call.started, call.head.as_ref(), call.received);
    state.emit(Event::Operation(Box::new(NewOperation {
        duration: end.at.since(call.started.at),
        started_after: call.started_after,
        status,
        outcome: Outcome::Refused,
        error: format!("HTTP status {status} of {}", detail.uri).into(),
        detail,
        ..NewOperation::done(
            end.at,
            call.started.actor.clone(),
            verb,
            Target { kind: None, namespace: "".into(), name: "".into(), subresource: "".into() },
        )
    })));
}

/// A call that succeeded, but whose response body is not in the source: what follows from the request.
fn success_without_body(state: &mut State, call: &Call, request: &RequestInfo) -> ResponseSummary {
    if request.dry_run && request.verb.is_write() {
        return ResponseSummary::empty(Outcome::DryRun);
    }
    // A read changes nothing. A delete may wait for finalizers, and only the missing body would show that.
    let writes = matches!(request.verb, Verb::Create | Verb::Update | Verb::Patch) && request.returns_object();
    let Some(facts) = call.facts.as_ref().filter(|_| writes) else { return ResponseSummary::empty(Outcome::Done) };
    let created = request.verb == Verb::Create || (call.status() == 201 && request.verb == Verb::Patch);
    let object = match &facts.response_body {
        ResponseBody::Reconstructed(text) => body::metadata(text, false).ok().and_then(|metadata| {
            let object = ReceivedObject { shape: Shape::Reconstructed, created, ..ReceivedObject::new(metadata, text) };
            observation::observe(state, request, &object, ItemType::default()).map(|(object, _)| object)
        }),
        ResponseBody::NotKept | ResponseBody::Captured => {
            let mut object = observation::named_only(state, request, ObservationKind::State, "");
            object.created = created;
            if object.name.is_empty() {
                object.name = facts.name.clone();
            }
            (!object.name.is_empty()).then_some(object)
        }
    };
    object.map_or_else(|| ResponseSummary::empty(Outcome::Done), ResponseSummary::of_object)
}

/// Emits the operation that opens a watch, at the time when the server grants it.
pub(super) fn watch_opened(state: &mut State, call: &mut Call, request: &RequestInfo, at: Timestamp, watch: WatchKey) {
    let opening = Call {
        started: call.started.clone(),
        request: None,
        started_after: call.started_after,
        request_body: std::mem::take(&mut call.request_body),
        head: call.head.clone(),
        facts: call.facts.clone(),
        reader: ResponseReader::Pending,
        received: 0,
        incomplete: false,
    };
    emit(state, opening, request, at, Some(watch), ResponseSummary::empty(Outcome::Done));
}

/// The outcome of a call whose response was lost.
fn lost_outcome(request: &RequestInfo) -> Outcome {
    match (request.verb.is_write(), request.dry_run) {
        (true, false) => Outcome::MaybeApplied,
        (true, true) | (false, _) => Outcome::Lost,
    }
}

/// Emits the operation. Returns false if the sink does not take it.
fn emit(
    state: &mut State,
    call: Call,
    request: &RequestInfo,
    at: Timestamp,
    watch: Option<WatchKey>,
    summary: ResponseSummary,
) -> bool {
    let started = call.started;
    let span = state.span_of(started.span, &started.actor);
    let mut target = request.target();
    // A create with a generated name learns it from the response.
    if let Observations::Object(object) = &summary.observations
        && target.name.is_empty()
    {
        target.namespace = object.namespace.clone();
        target.name = object.name.clone();
    }
    let RequestBody { text, mut precondition, name: sent, .. } = call.request_body;
    let mut remarks = Vec::new();
    if let Some(facts) = call.facts {
        remarks = facts.remarks;
        if target.name.is_empty() {
            target.name = facts.name;
        }
        if precondition.is_empty() && request.verb.is_write() {
            precondition = facts.precondition;
        }
    }
    // The path of a create does not have the name. A refused create of a generated name has its prefix.
    if target.name.is_empty() && request.verb == Verb::Create {
        target.name = if summary.refused.is_empty() { sent } else { summary.refused.into() };
    }
    let mut detail = detail(state, &started, call.head.as_ref(), call.received);
    detail.remarks.append(&mut remarks);
    detail.field_manager = request.field_manager.clone();
    detail.media_type = header(started.headers.content_type.as_ref()).into();
    detail.precondition = precondition;
    detail.reason = summary.reason.into();
    let operation = NewOperation {
        at,
        duration: at.since(started.at),
        started_after: call.started_after,
        actor: started.actor.clone(),
        verb: request.verb,
        target,
        status: call.head.as_ref().map_or(0, |head| head.status),
        outcome: summary.outcome,
        error: summary.error.into(),
        request: text,
        response: summary.response,
        observations: summary.observations,
        span,
        watch,
        detail,
    };
    state.emit(Event::Operation(Box::new(operation)))
}

/// The details that any call has.
fn detail(state: &State, started: &Started, head: Option<&Head>, received: u64) -> Detail {
    let headers = &started.headers;
    Detail {
        uri: state.redactor.uri(started.uri.path(), started.uri.query().unwrap_or_default()).into(),
        user_agent: header(headers.user_agent.as_ref()).into(),
        traceparent: header(headers.traceparent.as_ref()).into(),
        audit_id: header(head.and_then(|head| head.audit_id.as_ref())).into(),
        user: started.user.clone(),
        remarks: warnings(state, head),
        request_bytes: started.body.len() as u64,
        response_bytes: received,
        ..Detail::default()
    }
}

fn list_response(state: &mut State, call: &Call, request: &RequestInfo, list: ListReader, whole: bool) -> ResponseSummary {
    let (key, items) = (list.key(), list.items);
    let list = list.end(state, &call.started.actor, request, whole);
    let deletes = request.verb == Verb::DeleteCollection;
    if deletes && !list.head.kind.is_empty() && !list.head.has_items && list.head.kind != "Table" {
        // A `Status` in place of the list of deleted objects names none of them.
        return ResponseSummary::empty(Outcome::Done);
    }
    let outcome = if list.whole { Outcome::Done } else { lost_outcome(request) };
    let observations = match request.verb {
        Verb::DeleteCollection if items > 0 => Observations::Removed(key),
        Verb::DeleteCollection => Observations::Nothing,
        _ => Observations::List(list.page),
    };
    let delivered = if request.verb == Verb::List { list.delivered } else { Vec::new() };
    ResponseSummary { observations, delivered, ..ResponseSummary::empty(outcome) }
}

/// A response's body, or what was received of it.
struct Received {
    bytes: Bytes,
    whole: bool,
    /// True if it is over the size limit.
    cut: bool,
    length: u64,
}

/// A complete response. A binary encoding is decoded first.
fn decoded_response(state: &mut State, call: &mut Call, request: &RequestInfo, buffer: BodyBuffer) -> ResponseSummary {
    let length = buffer.length;
    let mut bytes = buffer.into_bytes();
    let text = if call.is_encoded() { Binary::No } else { binary::decode(call.media_type(), &bytes) };
    if let Binary::Json(text) = text {
        bytes = text;
        if let Some(head) = &mut call.head {
            head.content_type = None;
        }
        let lists = matches!(request.verb, Verb::List | Verb::DeleteCollection) && !request.dry_run && call.status() < 300;
        if lists {
            let mut list = ListReader::new(state, &call.started, request);
            list.push(state, &call.started.actor, request, &bytes);
            return list_response(state, call, request, list, true);
        }
    }
    buffered_response(state, call, request, &Received { bytes, whole: true, cut: false, length })
}

fn buffered_response(state: &mut State, call: &Call, request: &RequestInfo, received: &Received) -> ResponseSummary {
    let Received { bytes, whole, cut, length } = received;
    let (whole, cut, length) = (*whole, *cut, *length);
    if call.status() >= 400 {
        return refused(state, call, request, bytes, whole && !cut);
    }
    if !whole {
        return ResponseSummary::empty(lost_outcome(request));
    }
    if request.dry_run && request.verb.is_write() {
        let response = stored(state, call, request, bytes, !cut, length);
        return ResponseSummary { response, ..ResponseSummary::empty(Outcome::DryRun) };
    }
    let object = if cut {
        cut_object(state, request, bytes)
    } else if call.is_encoded() || binary::decode(call.media_type(), bytes) != Binary::No {
        None
    } else {
        object_of(state, request, call.status(), bytes)
    };
    match object {
        Some(object) => ResponseSummary::of_object(object),
        None => {
            let response = stored(state, call, request, bytes, !cut && !call.is_encoded(), length);
            ResponseSummary { response, ..ResponseSummary::empty(Outcome::Done) }
        }
    }
}

/// An object over the size limit: its metadata, as far as they are in the beginning.
fn cut_object(state: &mut State, request: &RequestInfo, beginning: &Bytes) -> Option<Observation> {
    if !request.returns_object() {
        return None;
    }
    let metadata = Metadata::of_beginning(beginning);
    let created = request.verb == Verb::Create;
    let object = ReceivedObject { says: ObservationKind::State, shape: Shape::Cut, created, metadata, text: None };
    observation::observe(state, request, &object, ItemType::default()).map(|(object, _)| object)
}

fn refused(state: &mut State, call: &Call, request: &RequestInfo, bytes: &Bytes, whole: bool) -> ResponseSummary {
    let failure = body::failure(bytes);
    let missing = call.status() == 404 && failure.as_ref().is_some_and(|failure| is_absent(request, failure));
    // The server sends the same 404 for an object that is not there and for a kind that has no status subresource.
    let has_status = if &*request.subresource == "status" { state.kinds.has_status(&request.kind) } else { Some(true) };
    let absent = missing && has_status == Some(true);
    let failure = failure.unwrap_or_default();
    // The path of a create does not have the object's name; the response does.
    let mut info = request.body_info("", call.media_type());
    if info.name.is_empty() {
        info.name = &failure.name;
    }
    let readable = call.request_body.readable;
    let mut error = if failure.message.is_empty() {
        format!("HTTP status {}", call.status())
    } else {
        state.redactor.message(&info, &failure.message, readable)
    };
    if missing && has_status == Some(false) {
        error = format!("the CRD of {} has no status subresource: {error}", resource_name(request));
    } else if missing && !absent {
        error = format!("{error} (or the CRD of {} has no status subresource)", resource_name(request));
    }
    // A message that may quote an unreadable request is stored once, as a hash.
    let kept = readable && !bytes.is_empty();
    let response = kept.then(|| refusal(&mut state.redactor, &info, bytes, whole)).flatten();
    let observations = if absent {
        Observations::Object(Box::new(observation::named_only(state, request, ObservationKind::NotFound, "")))
    } else {
        Observations::Nothing
    };
    // A create in a namespace that is not there is refused by the name of the namespace.
    let of_namespace = failure.resource == "namespaces" && &*request.kind.resource != "namespaces";
    let refused = if of_namespace { String::new() } else { state.redactor.text(&failure.name).into_owned() };
    let reason = failure.reason;
    ResponseSummary { observations, response, error, reason, refused, ..ResponseSummary::empty(Outcome::Refused) }
}

/// `widgets.example.com`.
fn resource_name(request: &RequestInfo) -> String {
    let kind = &request.kind;
    if kind.group.is_empty() { kind.resource.to_string() } else { format!("{}.{}", kind.resource, kind.group) }
}

/// The body of a refusal without the secret values that it may quote; `None` if it is no JSON without them.
fn refusal(redactor: &mut Redactor, info: &BodyInfo<'_>, bytes: &Bytes, whole: bool) -> Option<Text> {
    let clean = body::clean(redactor, info, bytes, whole).text;
    let text = match std::str::from_utf8(&clean).map(|text| redactor.text(text)) {
        Ok(Cow::Owned(text)) => body::sound(&Bytes::from(text)).ok()?,
        Ok(Cow::Borrowed(_)) => clean,
        Err(_) => return None,
    };
    Some(Text { bytes: text, cut: false })
}

/// True if a 404 is about the requested object, and not about its namespace, kind or subresource.
fn is_absent(request: &RequestInfo, failure: &Failure) -> bool {
    let of_object = matches!(request.verb, Verb::Get | Verb::Update | Verb::Patch | Verb::Delete);
    let named = !request.name.is_empty() && failure.reason == "NotFound" && failure.name == *request.name;
    of_object && named && request.returns_object() && (failure.resource.is_empty() || failure.resource == *request.kind.resource)
}

/// The redacted body; `None` if it is empty.
fn stored(state: &mut State, call: &Call, request: &RequestInfo, bytes: &Bytes, whole: bool, length: u64) -> Option<Text> {
    if bytes.is_empty() {
        return None;
    }
    let info = request.body_info("", call.media_type());
    let clean = if whole {
        body::clean(&mut state.redactor, &info, bytes, true)
    } else {
        state.redactor.unreadable("cut", &info, bytes, length)
    };
    Some(Text { bytes: clean.text, cut: false })
}
