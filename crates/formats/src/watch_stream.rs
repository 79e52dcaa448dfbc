//! Watch events, `{"ts": …, "path": …, "type": "MODIFIED", "object": {…}}` or as a server sends them, and objects as kubectl prints
//! them, alone or in lists.
//!
//! The events of one path are one watch, which starts with the first of them. Without a path, the object's kind gives the
//! path. Without a time, the newest time in the object gives it: the object was in this state then or later. `actor` may name the
//! receiver.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Uri};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::import_session::{ImportSession, Request};
use super::newest_time::newest_time;
use super::reader::{Parts, Reader, Records};
use super::sorter::{RecordLocation, TimedPart};
use kuberewind_capture::{CallId, Ending};
use kuberewind_model::json::scan::{Metadata, compact};
use kuberewind_model::k8s::kinds;
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::{Duration, Result, Timestamp, Verb};

const TYPES: [&str; 5] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];
/// Open watches at the same time.
const MAX_OPEN: usize = 65_536;
/// Objects that are remembered, to tell the first state of one from a later one.
const MAX_SEEN: usize = 1 << 20;
/// Time between two events without a time.
const TICK: Duration = Duration(1_000_000);
/// Time between two events with the same newest time.
const STEP: Duration = Duration(1_000);

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default, alias = "timestamp", alias = "time")]
    ts: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    actor: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    object: &'a RawValue,
}

/// A watch event or an object.
struct Event<'a> {
    ts: Option<String>,
    path: Option<String>,
    actor: Option<String>,
    /// '' for an object without an event.
    kind: String,
    object: &'a [u8],
}

#[derive(Default)]
pub(super) struct WatchReader {
    open: HashMap<(Arc<str>, String), CallId>,
    /// The hashes of the objects that were printed.
    seen: HashSet<u64>,
    timed: bool,
    /// The last event without a time.
    ticks: Timestamp,
}

impl Reader for WatchReader {
    fn default_actor(&self) -> &'static str {
        "watch"
    }

    fn read(&mut self, record: &[u8], _: RecordLocation, parts: &mut Parts) -> std::result::Result<(), String> {
        let event = event(record)?;
        uri(&path(&event)?)?;
        let own = match &event.ts {
            Some(text) => Some(Timestamp::from_jiff(text.parse().map_err(|error| format!("invalid time {text:?} ({error})"))?)),
            None => parts.hint,
        };
        let at = match own.or_else(|| newest_time(event.object).map(|newest| newest.max(parts.before.plus(STEP)))) {
            Some(at) => {
                self.timed = true;
                at
            }
            None if self.timed => parts.before.plus(STEP),
            None => {
                let at = if self.ticks == Timestamp::default() { parts.before } else { self.ticks };
                self.ticks = at.plus(TICK);
                self.ticks
            }
        };
        parts.add(at, 0);
        Ok(())
    }

    fn has_times(&self) -> bool {
        self.timed
    }

    fn write(&mut self, part: &TimedPart, record: &[u8], _: &mut Records<'_>, session: &mut ImportSession) -> Result<()> {
        let at = Timestamp(part.at);
        // The first pass read it; a file that was changed since then has lost it.
        let read = event(record).and_then(|event| path(&event).map(|path| (event, path)));
        let Ok((event, path)) = read else {
            session.unreadable(record.len() as u64);
            return Ok(());
        };
        let Ok(uri) = uri(&path) else { return Ok(()) };
        let actor: Arc<str> = event.actor.as_deref().filter(|actor| !actor.is_empty()).unwrap_or(self.default_actor()).into();
        let key = (actor.clone(), path);
        let call = match self.open.get(&key) {
            Some(call) => *call,
            None => {
                let call = self.open_watch(at, (actor, uri), session)?;
                self.open.insert(key.clone(), call);
                call
            }
        };
        let kind = if event.kind.is_empty() { self.printed(&key, event.object) } else { &event.kind };
        let object = if memchr::memchr2(b'\n', b'\r', event.object).is_some() {
            Cow::Owned(compact(event.object))
        } else {
            Cow::Borrowed(event.object)
        };
        let line = [b"{\"type\":\"", kind.as_bytes(), b"\",\"object\":", &object, b"}\n"].concat();
        session.response_body(call, at, Bytes::from(line))?;
        if event.kind == "ERROR" {
            self.open.remove(&key);
            session.end(call, at, Ending::Complete)?;
        }
        Ok(())
    }

    fn finish(&mut self, _: Timestamp, _: &mut ImportSession) -> Result<()> {
        // The input does not contain the ends of the watches.
        Ok(())
    }
}

impl WatchReader {
    /// The event of an object that was printed: the first state of an object was added.
    fn printed(&mut self, key: &(Arc<str>, String), object: &[u8]) -> &'static str {
        let metadata = Metadata::of_beginning(object);
        let hash = self.seen.hasher().hash_one((key, &metadata.namespace, &metadata.name));
        if self.seen.len() >= MAX_SEEN {
            self.seen.clear();
        }
        if self.seen.insert(hash) { "ADDED" } else { "MODIFIED" }
    }

    fn open_watch(&mut self, at: Timestamp, (actor, uri): (Arc<str>, Uri), session: &mut ImportSession) -> Result<CallId> {
        if self.open.len() >= MAX_OPEN {
            for call in std::mem::take(&mut self.open).into_values() {
                session.end(call, at, Ending::Complete)?;
            }
        }
        let call = session.request(Request {
            at,
            actor,
            method: Method::GET,
            uri,
            user_agent: None,
            media_type: "".into(),
            body: Bytes::new(),
            span: None,
        })?;
        session.response_head(call, at, 200, None)?;
        Ok(call)
    }
}

fn event(record: &[u8]) -> std::result::Result<Event<'_>, String> {
    match serde_json::from_slice(record) {
        Ok(Line { ts, path, actor, kind, object }) if TYPES.contains(&kind.as_str()) => {
            Ok(Event { ts, path, actor, kind, object: object.get().as_bytes() })
        }
        // An object may have members `type` and `object` of its own.
        _ if record.first() == Some(&b'{') => {
            Ok(Event { ts: None, path: None, actor: None, kind: String::new(), object: record })
        }
        Ok(line) => Err(format!("unknown type of a watch event: {:?}", line.kind)),
        Err(error) => Err(format!("it is not a watch event ({error})")),
    }
}

/// The path of the event's watch.
fn path(event: &Event<'_>) -> std::result::Result<String, String> {
    if let Some(path) = event.path.as_deref().filter(|path| path.starts_with('/')) {
        return Ok(path.to_owned());
    }
    let metadata = Metadata::read(event.object).map_err(|error| format!("its object is invalid ({error})"))?;
    if metadata.kind.is_empty() || metadata.api_version.is_empty() || event.kind == "ERROR" {
        return Err("it has neither a path nor an object with a kind".into());
    }
    let (group, version) = metadata.api_version.rsplit_once('/').unwrap_or(("", &metadata.api_version));
    let plural = kinds::by_group_and_kind(group, &metadata.kind)
        .map_or_else(|| kinds::guess_plural(&metadata.kind), |row| row.resource.into());
    Ok(if group.is_empty() { format!("/api/{version}/{plural}") } else { format!("/apis/{group}/{version}/{plural}") })
}

fn uri(path: &str) -> std::result::Result<Uri, String> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let uri: Uri = format!("{path}{separator}watch=true").parse().map_err(|error| format!("invalid path {path:?} ({error})"))?;
    match ResourceRequest::parse(&Method::GET, uri.path(), uri.query().unwrap_or_default()) {
        Some(parsed) if parsed.verb == Verb::Watch => Ok(uri),
        _ => Err(format!("{path:?} is not the path of a resource")),
    }
}
