//! Playing audit events in order of time.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use http::{HeaderValue, Method, Uri};
use serde_json::value::RawValue;

use super::actor::actor;
use super::bases::Bases;
use super::envelope;
use super::event::{Event, Stage};
use super::sent;
use crate::formats::lines::{Parts, Reader, Records};
use crate::formats::order::{Part, Place};
use crate::formats::player::{Beside, Player, Request, Response};
use kuberewind_capture::{CallId, Ending, ResponseBody};
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::{Result, Timestamp};

/// A request ended.
const END: u8 = 0;
/// A long-running request was granted.
const GRANTED: u8 = 1;
/// A request whose length is not known came and ended.
const WHOLE: u8 = 2;
/// A long-running request came, and when it was granted is known.
const BEGUN: u8 = 3;
/// A request came, and its end is known, with all that was sent.
const START: u8 = 4;
/// A request came; nothing more is known of it by this record.
const RECEIVED: u8 = 5;
/// Ended requests that are remembered, so that a log that is given twice is read once.
const ENDED: usize = 65_536;
/// Requests under way that are remembered.
const OPEN: usize = 65_536;

/// A request that is under way.
struct Open {
    call: CallId,
    granted: bool,
    /// Whether it will be told when it was granted.
    awaits: bool,
}

/// Plays audit events.
#[derive(Default)]
pub(super) struct Audit {
    open: HashMap<String, Open>,
    ended: HashSet<String>,
    ended_order: VecDeque<String>,
    bases: Bases,
}

impl Reader for Audit {
    fn who(&self) -> &'static str {
        "unknown"
    }

    fn unwrap<'a>(&self, record: &'a [u8]) -> std::result::Result<Vec<std::borrow::Cow<'a, [u8]>>, String> {
        envelope::events(record)
    }

    fn read(&mut self, record: &[u8], _: Place, parts: &mut Parts) -> std::result::Result<(), String> {
        let event = Event::read(record)?;
        uri(&event)?;
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

    fn play(&mut self, part: &Part, record: &[u8], _: &mut Records<'_>, player: &mut Player) -> Result<()> {
        // It was read before; a file that was changed since then has lost it.
        let Ok(event) = Event::read(record) else {
            player.lost(record.len() as u64);
            return Ok(());
        };
        if self.ended.contains(&event.id) {
            return Ok(());
        }
        let at = Timestamp(part.at);
        let (received, _) = event.times(at).unwrap_or((at, at));
        // Where too many are under way, the next ones are told when they end.
        if self.open.len() >= OPEN && !matches!(part.what, END | WHOLE) && !self.open.contains_key(&event.id) {
            return Ok(());
        }
        let Some(open) = self.started(&event, received, player)? else { return Ok(()) };
        match part.what {
            BEGUN => {
                open.awaits = true;
                Ok(())
            }
            GRANTED if !open.granted => {
                open.granted = true;
                let call = open.call;
                player.head(call, at, event.said().code(), HeaderValue::from_str(&event.id).ok())
            }
            END | WHOLE => {
                let open = self.open.remove(&event.id);
                self.remember(event.id.clone());
                open.map_or(Ok(()), |open| self.end(&event, &open, at, player))
            }
            // A watch of which only the end was logged was granted at once: nobody waits for it.
            START if event.is_watch() && !open.granted && !open.awaits => {
                open.granted = true;
                let call = open.call;
                player.head(call, at, event.said().code(), HeaderValue::from_str(&event.id).ok())
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, at: Timestamp, player: &mut Player) -> Result<()> {
        let mut open: Vec<Open> = std::mem::take(&mut self.open).into_values().filter(|open| !open.granted).collect();
        open.sort_by_key(|open| open.call);
        open.into_iter().try_for_each(|open| {
            let why = "the log has no end of it: it was under way, or the server died".to_owned();
            player.end(open.call, at, Ending::Failed(why))
        })
    }
}

impl Audit {
    /// The request of an event, told now where it was not before.
    fn started(&mut self, event: &Event<'_>, received: Timestamp, player: &mut Player) -> Result<Option<&mut Open>> {
        if !self.open.contains_key(&event.id) {
            let Ok((uri, asked)) = uri(event) else { return Ok(None) };
            let request = Request {
                at: received,
                actor: actor(event),
                method: event.method(),
                uri,
                user_agent: event.user_agent.as_deref().and_then(|agent| HeaderValue::from_str(agent).ok()),
                media_type: sent::media_type(event, asked.as_ref()),
                body: event.request().map_or_else(Bytes::new, body),
                span: None,
            };
            let call = player.start(request)?;
            player.know(call, beside(event, ResponseBody::Captured))?;
            self.open.insert(event.id.clone(), Open { call, granted: false, awaits: false });
        }
        Ok(self.open.get_mut(&event.id))
    }

    /// The end of a request: the object that was answered, else the status that stands for it, else what follows from
    /// what was sent.
    fn end(&mut self, event: &Event<'_>, open: &Open, at: Timestamp, player: &mut Player) -> Result<()> {
        if open.granted {
            return player.end(open.call, at, Ending::Complete);
        }
        let (said, asked) = (event.said(), uri(event).ok().and_then(|(_, asked)| asked));
        let status = said.code();
        let key = asked.as_ref().and_then(|asked| key(event, asked));
        let told = status >= 400 || said.status.is_some();
        let answer = match event.response() {
            Some(_) => ResponseBody::Captured,
            None if told => ResponseBody::Captured,
            None => self.follows(event, asked.as_ref(), key.as_deref()),
        };
        let dry = asked.as_ref().is_some_and(ResourceRequest::is_dry_run);
        if let Some(key) = key.filter(|_| status < 400 && !dry && event.method() != Method::GET) {
            match (event.response(), &answer) {
                (_, _) if event.method() == Method::DELETE => self.bases.forget(&key),
                (Some(response), _) => self.bases.set(&key, &body(response)),
                (None, ResponseBody::Reconstructed(state)) => self.bases.set(&key, state),
                (None, _) => self.bases.forget(&key),
            }
        }
        let body = match event.response() {
            Some(response) => body(response),
            None if told => event.status_body().map_or_else(Bytes::new, Bytes::from),
            None => Bytes::new(),
        };
        player.know(open.call, beside(event, answer))?;
        player.answer(open.call, Response { at, status, audit_id: HeaderValue::from_str(&event.id).ok(), body })
    }

    /// What follows from what was sent, where nobody kept the answer.
    fn follows(&self, event: &Event<'_>, asked: Option<&ResourceRequest>, key: Option<&str>) -> ResponseBody {
        let whole = sent::reconstructed(event, asked);
        let patched = || {
            let plain = asked.is_some_and(|asked| asked.subresource.is_empty()) && event.method() == Method::PATCH;
            let patch = event.request().filter(|_| plain)?;
            self.bases.patched(key?, sent::media_type(event, asked), patch.get())
        };
        whole.or_else(patched).map_or(ResponseBody::NotKept, ResponseBody::Reconstructed)
    }

    fn remember(&mut self, id: String) {
        if self.ended_order.len() >= ENDED
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
    let uri: Uri = text.parse().map_err(|error| format!("its requestURI is none ({error})"))?;
    let asked = ResourceRequest::parse(&event.method(), uri.path(), uri.query().unwrap_or_default());
    Ok((uri, asked))
}

/// What names the object of a request, whatever the path; `None` where it is about none, or about a part of one.
fn key(event: &Event<'_>, asked: &ResourceRequest) -> Option<String> {
    if !matches!(asked.subresource.as_str(), "" | "status" | "finalize") {
        return None;
    }
    let named = event.object().and_then(|object| object.name.clone()).filter(|name| !name.is_empty());
    let name = if asked.name.is_empty() { named? } else { asked.name.clone() };
    Some(format!("{}/{}/{}/{name}", asked.kind.group, asked.kind.resource, asked.namespace))
}

/// What is known of a request beside its bodies.
fn beside(event: &Event<'_>, answer: ResponseBody) -> Beside {
    let of = |text: Option<&String>| text.map_or("", String::as_str).into();
    let object = event.object();
    Beside {
        name: of(object.and_then(|object| object.name.as_ref())),
        precondition: of(object.and_then(|object| object.resource_version.as_ref())),
        answer,
    }
}
