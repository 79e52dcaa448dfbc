//! The end of a call: what its answer says.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;

use super::body::{self, Failure, Gathered};
use super::call::{Asked, Call, Reading, header};
use super::desk::Desk;
use super::listing::Listing;
use super::message::{Answer, End, Ending, Known};
use super::reconciles::Delivered;
use super::sight::{self, Found, ItemType};
use kuberewind_model::json::scan::Metadata;
use kuberewind_model::redact::{About, Redactor};
use kuberewind_model::{
    Detail, Event, NewOperation, Observation, ObservationKind, Observations, Outcome, Shape, Target, Text, Timestamp, Verb,
    WatchKey,
};

/// What an answer comes to.
struct Said {
    outcome: Outcome,
    observations: Observations,
    response: Option<Text>,
    error: String,
    reason: String,
    /// What a list delivered to an actor outside of any reconcile.
    delivered: Vec<Delivered>,
}

impl Said {
    fn nothing(outcome: Outcome) -> Said {
        Said {
            outcome,
            observations: Observations::Nothing,
            response: None,
            error: String::new(),
            reason: String::new(),
            delivered: Vec::new(),
        }
    }
}

/// The operation of a call that has ended.
pub(super) fn finish(desk: &mut Desk, mut call: Call, asked: &Asked, end: &End) {
    let whole = end.how == Ending::Complete && !call.incomplete;
    let said = match std::mem::replace(&mut call.reading, Reading::Nothing) {
        Reading::List(listing) => listed(desk, &call, asked, *listing, whole),
        Reading::Whole(gathered) => gathered_answer(desk, &call, asked, gathered, whole),
        Reading::Passing if whole && call.left_out() => untold(desk, &mut call, asked),
        Reading::Passing => Said::nothing(if whole || asked.verb == Verb::Connect { Outcome::Done } else { lost_outcome(asked) }),
        Reading::Nothing | Reading::Watch(_) => Said::nothing(lost_outcome(asked)),
    };
    let mut said = said;
    if said.error.is_empty() && matches!(said.outcome, Outcome::MaybeApplied | Outcome::Lost) {
        said.error = match &end.how {
            Ending::Failed(error) => desk.redactor.message(&asked.about("", ""), error, call.sent.read),
            Ending::Dropped => "the caller did not wait for the answer".into(),
            Ending::Complete => "the recorder lost a part of the answer".into(),
        };
    }
    let delivered = std::mem::take(&mut said.delivered);
    let (actor, in_reconcile) = (call.started.actor.clone(), call.started.span.is_some());
    let taken = tell(desk, call, asked, end.at, None, said);
    if taken && !in_reconcile {
        let seq = desk.outlet.last();
        delivered.into_iter().for_each(|object| desk.reconciles.delivered(&actor, seq, end.at, object));
    }
}

/// A call outside of all resources on which the server failed.
pub(super) fn failed_outside(desk: &mut Desk, call: &Call, end: &End) {
    let status = call.status();
    let verb = match call.started.method {
        Method::GET | Method::HEAD | Method::OPTIONS => Verb::Get,
        Method::PUT => Verb::Update,
        Method::PATCH => Verb::Patch,
        Method::DELETE => Verb::Delete,
        _ => Verb::Create,
    };
    let headers = &call.started.headers;
    let detail = Detail {
        uri: desk.redactor.uri(call.started.uri.path(), call.started.uri.query().unwrap_or_default()).into(),
        user_agent: header(headers.user_agent.as_ref()).into(),
        traceparent: header(headers.traceparent.as_ref()).into(),
        audit_id: header(call.head.as_ref().and_then(|head| head.audit_id.as_ref())).into(),
        request_bytes: call.started.body.len() as u64,
        response_bytes: call.received,
        ..Detail::default()
    };
    desk.outlet.emit(Event::Operation(Box::new(NewOperation {
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

/// A call that succeeded, and of whose answer nobody kept the body: what follows from that it was made.
fn untold(desk: &mut Desk, call: &mut Call, asked: &Asked) -> Said {
    if asked.dry_run && asked.verb.is_write() {
        return Said::nothing(Outcome::DryRun);
    }
    let said = Said::nothing(Outcome::Done);
    // A read changes nothing, so that what was known before stays; a delete may wait, and does not say so.
    let writes = matches!(asked.verb, Verb::Create | Verb::Update | Verb::Patch) && shows_object(asked);
    let Some(known) = call.known.take().filter(|_| writes) else { return said };
    let Known { name, answer, .. } = &known;
    let created = asked.verb == Verb::Create || (call.status() == 201 && asked.verb == Verb::Patch);
    let told = match answer {
        Answer::Reconstructed(text) => body::metadata(text, false).ok().and_then(|metadata| {
            let found = Found { shape: Shape::Reconstructed, created, ..Found::state(metadata, text) };
            sight::tell(desk, asked, &found, ItemType::default()).map(|(sight, _)| sight)
        }),
        Answer::LeftOut | Answer::Told => {
            let mut sight = sight::named_only(desk, asked, ObservationKind::State, "");
            sight.created = created;
            if sight.name.is_empty() {
                sight.name = name.clone();
            }
            (!sight.name.is_empty()).then_some(sight)
        }
    };
    call.known = Some(known);
    Said { shown: told.map_or(Observations::Nothing, |sight| Observations::Object(Box::new(sight))), ..said }
}

/// The opening of a watch: granted at this moment.
pub(super) fn opened(desk: &mut Desk, call: &mut Call, asked: &Asked, at: Timestamp, watch: WatchKey) {
    let sent = std::mem::take(&mut call.sent);
    let opening = Call {
        started: call.started.clone(),
        asked: None,
        started_after: call.started_after,
        sent,
        head: call.head.clone(),
        known: call.known.clone(),
        reading: Reading::Nothing,
        received: 0,
        incomplete: false,
    };
    tell(desk, opening, asked, at, Some(watch), Said::nothing(Outcome::Done));
}

fn lost_outcome(asked: &Asked) -> Outcome {
    match (asked.verb.is_write(), asked.dry_run) {
        (true, false) => Outcome::MaybeApplied,
        (true, true) | (false, _) => Outcome::Lost,
    }
}

fn tell(desk: &mut Desk, call: Call, asked: &Asked, at: Timestamp, watch: Option<WatchKey>, said: Said) -> bool {
    let started = call.started;
    let span = desk.span_of(started.span, &started.actor);
    let mut target = asked.target();
    // A create with a generated name learns it from the answer.
    if let Observations::Object(sight) = &said.shown
        && target.name.is_empty()
    {
        target.namespace = sight.namespace.clone();
        target.name = sight.name.clone();
    }
    let (mut precondition, known) = (call.sent.precondition, call.known);
    if let Some(known) = known {
        if target.name.is_empty() {
            target.name = known.name;
        }
        if precondition.is_empty() && asked.verb.is_write() {
            precondition = known.precondition;
        }
    }
    let headers = &started.headers;
    let operation = NewOperation {
        at,
        duration: at.since(started.at),
        started_after: call.started_after,
        actor: started.actor.clone(),
        verb: asked.verb,
        target,
        status: call.head.as_ref().map_or(0, |head| head.status),
        outcome: said.outcome,
        error: said.error.into(),
        request: call.sent.text,
        response: said.response,
        observations: said.shown,
        span,
        watch,
        detail: Detail {
            uri: desk.redactor.uri(started.uri.path(), started.uri.query().unwrap_or_default()).into(),
            user_agent: header(headers.user_agent.as_ref()).into(),
            field_manager: asked.field_manager.clone(),
            media_type: header(headers.content_type.as_ref()).into(),
            precondition,
            audit_id: header(call.head.as_ref().and_then(|head| head.audit_id.as_ref())).into(),
            traceparent: header(headers.traceparent.as_ref()).into(),
            reason: said.reason.into(),
            request_bytes: started.body.len() as u64,
            response_bytes: call.received,
        },
    };
    desk.outlet.emit(Event::Operation(Box::new(operation)))
}

fn listed(desk: &mut Desk, call: &Call, asked: &Asked, listing: Listing, whole: bool) -> Said {
    let (list, items) = (listing.list(), listing.items);
    let listed = listing.end(desk, &call.started.actor, asked, whole);
    if !listed.head.kind.is_empty()
        && !listed.head.has_items
        && listed.head.kind != "Table"
        && asked.verb == Verb::DeleteCollection
    {
        // A `Status` in place of the list of the removed: it names none of them.
        return Said::nothing(Outcome::Done);
    }
    let outcome = if listed.whole { Outcome::Done } else { lost_outcome(asked) };
    let shown = match asked.verb {
        Verb::DeleteCollection if items > 0 => Observations::Removed(list),
        Verb::DeleteCollection => Observations::Nothing,
        _ => Observations::List(listed.page),
    };
    let delivered = if asked.verb == Verb::List { listed.delivered } else { Vec::new() };
    Said { shown, delivered, ..Said::nothing(outcome) }
}

fn gathered_answer(desk: &mut Desk, call: &Call, asked: &Asked, gathered: Gathered, whole: bool) -> Said {
    let (cut, length) = (gathered.cut, gathered.length);
    let bytes = gathered.into_bytes();
    if call.status() >= 400 {
        return refused(desk, call, asked, &bytes, whole && !cut);
    }
    if !whole {
        return Said::nothing(lost_outcome(asked));
    }
    if asked.dry_run && asked.verb.is_write() {
        let response = stored(desk, call, asked, &bytes, !cut, length);
        return Said { response, ..Said::nothing(Outcome::DryRun) };
    }
    if cut {
        return cut_answer(desk, call, asked, &bytes, length);
    }
    let foreign = Redactor::is_foreign(&asked.about("", media_type(call)), &bytes) || is_encoded(call);
    match shown(desk, asked, call.status(), if foreign { None } else { Some(&bytes) }) {
        Some(sight) => Said { shown: Observations::Object(Box::new(sight)), ..Said::nothing(Outcome::Done) },
        None => Said { response: stored(desk, call, asked, &bytes, !is_encoded(call), length), ..Said::nothing(Outcome::Done) },
    }
}

/// An object over the limit: that it is there is known, and what its beginning says.
fn cut_answer(desk: &mut Desk, call: &Call, asked: &Asked, beginning: &Bytes, length: u64) -> Said {
    let metadata = Metadata::of_beginning(beginning);
    let created = asked.verb == Verb::Create;
    let found = Found { says: ObservationKind::State, shape: Shape::Cut, created, metadata, text: None };
    let told = if shows_object(asked) { sight::tell(desk, asked, &found, ItemType::default()) } else { None };
    match told {
        Some((sight, _)) => Said { shown: Observations::Object(Box::new(sight)), ..Said::nothing(Outcome::Done) },
        None => Said { response: stored(desk, call, asked, beginning, false, length), ..Said::nothing(Outcome::Done) },
    }
}

fn refused(desk: &mut Desk, call: &Call, asked: &Asked, bytes: &Bytes, whole: bool) -> Said {
    let failure = body::failure(bytes);
    let absent = call.status() == 404 && failure.as_ref().is_some_and(|said| is_absent(asked, said));
    let failure = failure.unwrap_or_default();
    // A create knows its object's name from its body only; the answer repeats it.
    let mut about = asked.about("", media_type(call));
    if about.name.is_empty() {
        about.name = &failure.name;
    }
    let error = if failure.message.is_empty() {
        format!("HTTP status {}", call.status())
    } else {
        desk.redactor.message(&about, &failure.message, call.sent.read)
    };
    // A message that may quote what nobody could read is not kept twice.
    let kept = call.sent.read && !bytes.is_empty();
    let response = kept.then(|| quoting_nothing(&mut desk.redactor, &about, bytes, whole)).flatten();
    let shown = if absent {
        Observations::Object(Box::new(sight::named_only(desk, asked, ObservationKind::NotFound, "")))
    } else {
        Observations::Nothing
    };
    Said { shown, response, error, reason: failure.reason, ..Said::nothing(Outcome::Refused) }
}

/// A refusal's body without the values that it may quote. `None` where it is no JSON without them.
fn quoting_nothing(redactor: &mut Redactor, about: &About<'_>, bytes: &Bytes, whole: bool) -> Option<Text> {
    let clean = body::clean(redactor, about, bytes, whole).text;
    let text = match std::str::from_utf8(&clean).map(|text| redactor.text(text)) {
        Ok(Cow::Owned(text)) => body::sound(&Bytes::from(text)).ok()?,
        Ok(Cow::Borrowed(_)) => clean,
        Err(_) => return None,
    };
    Some(Text { bytes: text, cut: false })
}

/// Whether a 404 speaks of the object that was asked for, and not of its namespace, its kind or its subresource.
fn is_absent(asked: &Asked, said: &Failure) -> bool {
    let of_object = matches!(asked.verb, Verb::Get | Verb::Update | Verb::Patch | Verb::Delete);
    let named = !asked.name.is_empty() && said.reason == "NotFound" && said.name == *asked.name;
    of_object && named && shows_object(asked) && (said.resource.is_empty() || said.resource == *asked.kind.resource)
}

/// Whether the answer to this is the object itself.
fn shows_object(asked: &Asked) -> bool {
    matches!(&*asked.subresource, "" | "status" | "finalize" | "approval" | "resize" | "ephemeralcontainers")
        && asked.verb != Verb::Connect
}

/// What an answer (status below 400) shows of the object. `None`: nothing, or it is not readable (`bytes` is `None`).
fn shown(desk: &mut Desk, asked: &Asked, status: u16, bytes: Option<&Bytes>) -> Option<Observation> {
    let bytes = bytes.filter(|bytes| !bytes.is_empty() && shows_object(asked))?;
    let metadata = Metadata::read(bytes).ok()?;
    if metadata.kind == "Status" {
        let said = body::failure(bytes)?;
        let gone = asked.verb == Verb::Delete && asked.subresource.is_empty() && said.status == "Success" && status == 200;
        return gone.then(|| sight::named_only(desk, asked, ObservationKind::Gone, &said.uid));
    }
    if metadata.kind == "Table" {
        let row = sight::first_row(bytes, desk.limits.object)?;
        let metadata = body::metadata(&row, true).ok()?;
        let found = Found { shape: Shape::TableRow, ..Found::state(metadata, &row) };
        return sight::tell(desk, asked, &found, ItemType::default()).map(|(sight, _)| sight);
    }
    // Reviews are answered with what was asked and an answer: there is no such object.
    if metadata.name.is_empty() {
        return None;
    }
    let says = if is_gone(asked, &metadata) { ObservationKind::Gone } else { ObservationKind::State };
    let created = asked.verb == Verb::Create || (status == 201 && asked.verb == Verb::Patch);
    let found = Found { says, created, ..Found::state(metadata, bytes) };
    sight::tell(desk, asked, &found, ItemType::default()).map(|(sight, _)| sight)
}

/// Whether the object that a write was answered with is the last that there was of it.
fn is_gone(asked: &Asked, last: &Metadata<'_>) -> bool {
    match asked.verb {
        // A delete that has to wait says when it was asked for.
        Verb::Delete => !last.deleting && !last.finalizers,
        // The write that took the last finalizer of an object whose time is up.
        Verb::Update | Verb::Patch => last.deleting && !last.finalizers && last.grace_seconds.unwrap_or_default() == 0,
        _ => false,
    }
}

fn stored(desk: &mut Desk, call: &Call, asked: &Asked, bytes: &Bytes, whole: bool, length: u64) -> Option<Text> {
    if bytes.is_empty() {
        return None;
    }
    let about = asked.about("", media_type(call));
    let clean = if whole {
        body::clean(&mut desk.redactor, &about, bytes, true)
    } else {
        desk.redactor.unreadable("cut", &about, bytes, length)
    };
    Some(Text { bytes: clean.text, cut: false })
}

fn media_type(call: &Call) -> &str {
    header(call.head.as_ref().and_then(|head| head.content_type.as_ref()))
}

/// Whether the body is in a content encoding that was not taken off.
pub(super) fn is_encoded(call: &Call) -> bool {
    let encoding = header(call.head.as_ref().and_then(|head| head.content_encoding.as_ref()));
    !matches!(encoding, "" | "identity")
}
