//! Watch events as JSON lines: `{"ts": …, "path": …, "type": "MODIFIED", "object": {…}}`, or as a server sends them:
//! `{"type": …, "object": …}`.
//!
//! The events of one path are one watch, which starts with the first of them. Without a path, the object's kind gives the
//! path; without times, only the order is known. `actor` may name the receiver.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Uri};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::import_job::{ImportJob, ImportStats};
use super::import_session::{ImportSession, Request};
use super::log_import::{self, Parts, Reader, Records};
use super::progress::ProgressReporter;
use super::sorter::{RecordLocation, TimedPart};
use kuberewind_capture::{CallId, Ending};
use kuberewind_model::json::scan::{Metadata, Scan};
use kuberewind_model::k8s::kinds;
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::{ClockKind, Duration, Result, Timestamp, Verb};

const TYPES: [&str; 5] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];
/// Open watches at the same time.
const MAX_OPEN: usize = 65_536;
/// Time between two events without a time.
const TICK: Duration = Duration(1_000_000);

#[derive(Deserialize)]
struct Event<'a> {
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

/// True if the first line or document is a watch event.
pub(super) fn recognises(sample: &[u8]) -> bool {
    let mut scan = Scan::new(sample);
    let (mut kind, mut object) = (false, false);
    let Ok(Some(mut members)) = scan.object() else { return false };
    while let Ok(Some(key)) = scan.key(&mut members) {
        if key.is("type") {
            kind = scan.string_or_skip().is_ok_and(|word| word.is_some_and(|word| TYPES.iter().any(|known| word.is(known))));
        } else {
            object |= key.is("object") && scan.peek() == Some(b'{');
            if scan.skip().is_err() {
                // The sample may end within it.
                break;
            }
        }
    }
    kind && object
}

pub(super) fn import(job: &ImportJob, stats: &mut ImportStats, progress: &mut ProgressReporter<'_>) -> Result<()> {
    log_import::import(job, stats, progress, &mut WatchReader::default())
}

#[derive(Default)]
struct WatchReader {
    open: HashMap<(Arc<str>, String), CallId>,
    timed: bool,
}

impl Reader for WatchReader {
    fn default_actor(&self) -> &'static str {
        "watch"
    }

    fn read(&mut self, record: &[u8], _: RecordLocation, parts: &mut Parts) -> std::result::Result<(), String> {
        let event = event(record)?;
        uri(&path(&event)?)?;
        let at = match &event.ts {
            Some(text) => Timestamp::from_jiff(text.parse().map_err(|error| format!("invalid time {text:?} ({error})"))?),
            None => parts.before.plus(TICK),
        };
        self.timed |= event.ts.is_some();
        parts.add(at, 0);
        Ok(())
    }

    fn clock(&self) -> ClockKind {
        if self.timed { ClockKind::Wall } else { ClockKind::Ticks }
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
        let line = format!("{{\"type\":\"{}\",\"object\":{}}}\n", event.kind, event.object.get().replace(['\n', '\r'], " "));
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
            media_type: "",
            body: Bytes::new(),
            span: None,
        })?;
        session.response_head(call, at, 200, None)?;
        Ok(call)
    }
}

fn event(record: &[u8]) -> std::result::Result<Event<'_>, String> {
    let event: Event<'_> = serde_json::from_slice(record).map_err(|error| format!("it is not a watch event ({error})"))?;
    if TYPES.contains(&event.kind.as_str()) { Ok(event) } else { Err(format!("unknown type of a watch event: {:?}", event.kind)) }
}

/// The path of the event's watch.
fn path(event: &Event<'_>) -> std::result::Result<String, String> {
    if let Some(path) = event.path.as_deref().filter(|path| path.starts_with('/')) {
        return Ok(path.to_owned());
    }
    let metadata = Metadata::read(event.object.get().as_bytes()).map_err(|error| format!("its object is invalid ({error})"))?;
    if metadata.kind.is_empty() || event.kind == "ERROR" {
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
