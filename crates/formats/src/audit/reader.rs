//! Writes audit events in order of time.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use http::{HeaderValue, Method, Uri};
use serde_json::value::RawValue;

use super::actor::AuditActors;
use super::event::{Event, Stage};
use super::object_states::ObjectStates;
use super::sent;
use crate::import_session::{CallDetail, ImportSession, Request, Response};
use crate::reader::{Parts, Reader, Records};
use crate::sorter::{RecordLocation, TimedPart};
use kuberewind_capture::{CallId, Ending, ResponseBody};
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::{Remark, Result, Timestamp};

/// A request ended.
const END: u8 = 0;
/// A long-running request was granted.
const GRANTED: u8 = 1;
/// A request of unknown duration started and ended.
const WHOLE: u8 = 2;
/// A long-running request started; the time of its grant is known.
const BEGUN: u8 = 3;
/// A request started; its end and body are known.
const START: u8 = 4;
/// A request started; nothing more is known from this record.
const RECEIVED: u8 = 5;
/// Remembered ended requests, so that a log that is passed twice is read once.
const MAX_ENDED: usize = 65_536;
/// Open requests at the same time.
const MAX_OPEN: usize = 65_536;

struct OpenRequest {
    call: CallId,
    granted: bool,
    /// True if a later part will grant it.
    grant_expected: bool,
}

#[derive(Default)]
pub(crate) struct AuditReader {
    open: HashMap<String, OpenRequest>,
    ended: HashSet<String>,
    ended_order: VecDeque<String>,
    states: ObjectStates,
    actors: AuditActors,
}

impl Reader for AuditReader {
    fn default_actor(&self) -> &'static str {
        "unknown"
    }

    fn read(&mut self, record: &[u8], _: RecordLocation, parts: &mut Parts) -> std::result::Result<(), String> {
        let event = Event::read(record)?;
        uri(&event)?;
        self.actors.observe(&event);
        let (received, at) = event.times(parts.before)?;
        match event.stage {
            Stage::RequestReceived => parts.add(received, RECEIVED),
            Stage::ResponseStarted => {
                parts.add(received, BEGUN);
                parts.add(at, GRANTED);
            }
            Stage::ResponseComplete | Stage::Panic if received == at => parts.add(at, WHOLE),
            Stage::ResponseComplete | Stage::Panic => {
                parts.add(received, START);
                parts.add(at, END);
            }
        }
        Ok(())
    }

    fn write(&mut self, part: &TimedPart, record: &[u8], _: &mut Records<'_>, session: &mut ImportSession) -> Result<()> {
        // The first pass read it; a file that was changed since then has lost it.
        let Ok(event) = Event::read(record) else {
            session.unreadable(record.len() as u64);
            return Ok(());
        };
        if self.ended.contains(&event.id) {
            return Ok(());
        }
        let at = Timestamp(part.at);
        let (received, _) = event.times(at).unwrap_or((at, at));
        // With too many open requests, the next ones are written when they end.
        if self.open.len() >= MAX_OPEN && !matches!(part.stage, END | WHOLE) && !self.open.contains_key(&event.id) {
            return Ok(());
        }
        let Some(open) = self.open_request(&event, received, session)? else { return Ok(()) };
        match part.stage {
            BEGUN => {
                open.grant_expected = true;
                Ok(())
            }
            GRANTED if !open.granted => {
                open.granted = true;
                let call = open.call;
                session.response_head(call, at, event.status().code(), HeaderValue::from_str(&event.id).ok())
            }
            END | WHOLE => {
                let open = self.open.remove(&event.id);
                self.remember(event.id.clone());
                open.map_or(Ok(()), |open| self.end(&event, &open, at, session))
            }
            // A watch with only its end in the log was granted at once.
            START if event.is_watch() && !open.granted && !open.grant_expected => {
                open.granted = true;
                let call = open.call;
                session.response_head(call, at, event.status().code(), HeaderValue::from_str(&event.id).ok())
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, at: Timestamp, session: &mut ImportSession) -> Result<()> {
        let mut open: Vec<OpenRequest> = std::mem::take(&mut self.open).into_values().filter(|open| !open.granted).collect();
        open.sort_by_key(|open| open.call);
        open.into_iter().try_for_each(|open| {
            let why = "the log does not contain its end: it was running, or the server died".to_owned();
            session.end(open.call, at, Ending::Failed(why))
        })
    }
}

impl AuditReader {
    /// The request of an event; writes it if it is new.
    fn open_request(
        &mut self,
        event: &Event<'_>,
        received: Timestamp,
        session: &mut ImportSession,
    ) -> Result<Option<&mut OpenRequest>> {
        if !self.open.contains_key(&event.id) {
            let Ok((uri, parsed)) = uri(event) else { return Ok(None) };
            let request = Request {
                at: received,
                actor: self.actors.name(event),
                method: event.method(),
                uri,
                user_agent: event.user_agent.as_deref().and_then(|agent| HeaderValue::from_str(agent).ok()),
                media_type: sent::media_type(event, parsed.as_ref()).into(),
                body: event.request().map_or_else(Bytes::new, body),
                span: None,
            };
            let call = session.request(request)?;
            session.detail(call, detail_of(event, ResponseBody::Captured))?;
            self.open.insert(event.id.clone(), OpenRequest { call, granted: false, grant_expected: false });
        }
        Ok(self.open.get_mut(&event.id))
    }

    /// Ends a request with the first of these that is known: the object in the response, the status, the object reconstructed
    /// from the request.
    fn end(&mut self, event: &Event<'_>, open: &OpenRequest, at: Timestamp, session: &mut ImportSession) -> Result<()> {
        if open.granted {
            return session.end(open.call, at, Ending::Complete);
        }
        let (event_status, parsed) = (event.status(), uri(event).ok().and_then(|(_, parsed)| parsed));
        let status = event_status.code();
        let key = parsed.as_ref().and_then(|parsed| key(event, parsed));
        let has_status = status >= 400 || event_status.status.is_some();
        let answer = match event.response() {
            Some(_) => ResponseBody::Captured,
            None if has_status => ResponseBody::Captured,
            None => self.reconstruct(event, parsed.as_ref(), key.as_deref()),
        };
        let dry_run = parsed.as_ref().is_some_and(ResourceRequest::is_dry_run);
        if let Some(key) = key.filter(|_| status < 400 && !dry_run && event.method() != Method::GET) {
            match (event.response(), &answer) {
                (_, _) if event.method() == Method::DELETE => self.states.forget(&key),
                (Some(response), _) => self.states.set(&key, &body(response)),
                (None, ResponseBody::Reconstructed(state)) => self.states.set(&key, state),
                (None, _) => self.states.forget(&key),
            }
        }
        let body = match event.response() {
            Some(response) => body(response),
            None if has_status => event.status_body().map_or_else(Bytes::new, Bytes::from),
            None => Bytes::new(),
        };
        session.detail(open.call, detail_of(event, answer))?;
        session.response(open.call, Response { at, status, audit_id: HeaderValue::from_str(&event.id).ok(), body })
    }

    /// Reconstructs the object from the request if the response was not recorded.
    fn reconstruct(&self, event: &Event<'_>, parsed: Option<&ResourceRequest>, key: Option<&str>) -> ResponseBody {
        let whole = sent::reconstructed(event, parsed);
        let patched = || {
            let plain = parsed.is_some_and(|parsed| parsed.subresource.is_empty()) && event.method() == Method::PATCH;
            let patch = event.request().filter(|_| plain)?;
            self.states.patched(key?, sent::media_type(event, parsed), patch.get())
        };
        whole.or_else(patched).map_or(ResponseBody::NotKept, ResponseBody::Reconstructed)
    }

    fn remember(&mut self, id: String) {
        if self.ended_order.len() >= MAX_ENDED
            && let Some(oldest) = self.ended_order.pop_front()
        {
            self.ended.remove(&oldest);
        }
        self.ended_order.push_back(id.clone());
        self.ended.insert(id);
    }
}

fn body(raw: &RawValue) -> Bytes {
    Bytes::copy_from_slice(raw.get().as_bytes())
}

fn uri(event: &Event<'_>) -> std::result::Result<(Uri, Option<ResourceRequest>), String> {
    let text = event.uri();
    let uri: Uri = text.parse().map_err(|error| format!("its requestURI is invalid ({error})"))?;
    let parsed = ResourceRequest::parse(&event.method(), uri.path(), uri.query().unwrap_or_default());
    Ok((uri, parsed))
}

/// Identifies the object of a request; `None` without an object or for other subresources.
fn key(event: &Event<'_>, parsed: &ResourceRequest) -> Option<String> {
    if !matches!(parsed.subresource.as_str(), "" | "status" | "finalize") {
        return None;
    }
    let named = event.object().and_then(|object| object.name.clone()).filter(|name| !name.is_empty());
    let name = if parsed.name.is_empty() { named? } else { parsed.name.clone() };
    Some(format!("{}/{}/{}/{name}", parsed.kind.group, parsed.kind.resource, parsed.namespace))
}

/// The details of a request without its bodies.
fn detail_of(event: &Event<'_>, answer: ResponseBody) -> CallDetail {
    let text = |text: Option<&String>| text.map_or("", String::as_str).into();
    let object = event.object();
    CallDetail {
        name: text(object.and_then(|object| object.name.as_ref())),
        precondition: text(object.and_then(|object| object.resource_version.as_ref())),
        answer,
        remarks: event.webhooks().into_iter().map(|webhook| Remark::ChangedBy(webhook.into())).collect(),
    }
}
