//! Writes a trace in order of time: a call for each access, a span for each reconcile.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::access::{Access, Accessed, TypedKind};
use super::line::{self, Event, Line, Op};
use crate::import_session::{CallDetail, ImportSession, Request, Response};
use crate::reader::{Parts, Reader, Records};
use crate::sorter::{RecordLocation, TimedPart};
use kuberewind_capture::{ResponseBody, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{Result, SpanKey, SpanResult, Timestamp};

/// An access.
const ACCESS: u8 = 1;
/// Accesses per trace. Records are found by id, so their locations are in memory.
const MAX_ACCESSES: usize = 4_000_000;

#[derive(Default)]
struct Reconcile {
    /// Remaining accesses.
    left: u64,
    /// Remaining items of lists, by kind.
    items: HashMap<String, u64>,
    span: Option<SpanKey>,
    /// Items of the current list.
    listing: Vec<Value>,
}

#[derive(Default)]
pub(crate) struct TraceReader {
    records: HashMap<String, RecordLocation>,
    reconciles: HashMap<String, Reconcile>,
    /// Kind → apiVersion, from objects that contain it.
    versions: HashMap<String, String>,
}

impl Reader for TraceReader {
    fn default_actor(&self) -> &'static str {
        "controller"
    }

    fn read(&mut self, record: &[u8], location: RecordLocation, parts: &mut Parts) -> std::result::Result<(), String> {
        if self.records.len().max(self.reconciles.len()) >= MAX_ACCESSES {
            return Err(format!("the trace has more than {MAX_ACCESSES} accesses"));
        }
        match line::read(record)? {
            Line::Event(event) => {
                let reconcile = self.reconciles.entry(event.reconcile_id.clone()).or_default();
                reconcile.left += 1;
                if event.op_type == Op::List {
                    *reconcile.items.entry(event.kind.clone()).or_default() += 1;
                }
                parts.add(event.at().unwrap_or(parts.before), ACCESS);
            }
            Line::Record(record) => {
                let id = record.operation_id.clone();
                if let Some(object) = record.object()
                    && let (Some(kind), Some(version)) = (object["kind"].as_str(), object["apiVersion"].as_str())
                {
                    self.versions.entry(kind.to_owned()).or_insert_with(|| version.to_owned());
                }
                self.records.insert(id, location);
            }
        }
        Ok(())
    }

    fn write(&mut self, part: &TimedPart, record: &[u8], records: &mut Records<'_>, session: &mut ImportSession) -> Result<()> {
        let at = Timestamp(part.at);
        match line::read(record) {
            Ok(Line::Event(event)) => {
                let location = self.records.get(&event.id).copied();
                let found = location.map(|location| records.read(location)).transpose()?;
                let object = found.and_then(|text| match line::read(&text) {
                    Ok(Line::Record(record)) => record.object(),
                    _ => None,
                });
                self.write_access(&event, object, at, session)
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, _: Timestamp, _: &mut ImportSession) -> Result<()> {
        // Every reconcile ended with its last access.
        Ok(())
    }
}

impl TraceReader {
    fn write_access(&mut self, event: &Event, object: Option<Value>, at: Timestamp, session: &mut ImportSession) -> Result<()> {
        let known = self.versions.get(&event.kind).map(String::as_str);
        let (api_version, group) = (event.api_version.as_deref(), event.group.as_deref());
        let typed = TypedKind::of(&event.kind, object.as_ref().unwrap_or(&Value::Null), api_version, group, known);
        let reconcile = self.reconciles.entry(event.reconcile_id.clone()).or_default();
        reconcile.left = reconcile.left.saturating_sub(1);
        if reconcile.span.is_none() && event.op_type != Op::Init {
            reconcile.span = Some(session.span_started(span_of(event, object.as_ref(), &typed, at))?);
        }
        let access = match (event.op_type, object) {
            (Op::List, object) => {
                reconcile.listing.extend(object);
                let left = reconcile.items.get_mut(&event.kind).map_or(0, |left| {
                    *left = left.saturating_sub(1);
                    *left
                });
                (left == 0).then(|| Access::to_list(&std::mem::take(&mut reconcile.listing), &typed)).flatten()
            }
            (_, Some(object)) => {
                let access = Access::to_one(Accessed { op: event.op_type, uid: &event.object_id }, &object, &typed);
                if access.is_none() {
                    session.unreadable(0);
                }
                access
            }
            (_, None) => {
                session.unreadable(0);
                None
            }
        };
        if let Some(access) = access {
            call(event, access, (at, reconcile.span), session)?;
        }
        if let (0, Some(span)) = (reconcile.left, reconcile.span) {
            self.reconciles.remove(&event.reconcile_id);
            // The trace does not contain the result.
            session.span_ended(SpanEnded { span, at, result: SpanResult::Unknown, error: String::new(), requeue_after: None })?;
        }
        Ok(())
    }
}

/// The span of a reconcile. The first object that it reads is the one that it is about.
fn span_of(event: &Event, object: Option<&Value>, typed: &TypedKind, at: Timestamp) -> SpanStarted {
    let text = |pointer: &str| -> Arc<str> {
        object.and_then(|object| object.pointer(pointer)).and_then(Value::as_str).unwrap_or_default().into()
    };
    SpanStarted {
        // The session assigns the key.
        span: SpanKey(0),
        at,
        actor: Some(event.controller_id.as_str().into()),
        label: event.reconcile_id.as_str().into(),
        object: SpanObject {
            group: typed.group.as_str().into(),
            version: typed.version.as_str().into(),
            kind: typed.kind.as_str().into(),
            resource: typed.plural.as_str().into(),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            joined: false,
        },
        reason: "".into(),
    }
}

fn call(event: &Event, access: Access, (at, span): (Timestamp, Option<SpanKey>), session: &mut ImportSession) -> Result<()> {
    let actor = event.controller_id.as_str().into();
    let Access { method, uri, media_type, request: body, status, response, answer } = access;
    let call =
        session.request(Request { at, actor, method, uri, user_agent: None, media_type: media_type.into(), body, span })?;
    if answer == ResponseBody::NotKept {
        session.detail(call, CallDetail { name: "".into(), precondition: "".into(), answer, remarks: Vec::new() })?;
    }
    session
        .response(call, Response { at, status, audit_id: None, body: if response.is_empty() { Bytes::new() } else { response } })
}
