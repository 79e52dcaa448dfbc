//! Playing a trace in order of time: each access a call, each reconcile a span.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::access::{Access, Typed};
use super::line::{self, Event, Line, Op};
use crate::formats::lines::{Parts, Reader, Records};
use crate::formats::order::{Part, Place};
use crate::formats::player::{Beside, Player, Request, Response};
use kuberewind_capture::{ResponseBody, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{Result, SpanKey, SpanResult, Timestamp};

/// A line that was printed.
const LOG: u8 = 0;
/// An access.
const ACCESS: u8 = 1;
/// Accesses of a trace. A record has to be found by its id, so that these are kept in memory.
const MOST: usize = 4_000_000;

/// A reconcile.
#[derive(Default)]
struct Reconcile {
    /// Accesses that are still to come.
    left: u64,
    /// Items of lists that are still to come, by kind.
    items: HashMap<String, u64>,
    span: Option<SpanKey>,
    /// Items of the list that is being told.
    listing: Vec<Value>,
}

/// Plays a trace.
#[derive(Default)]
pub(super) struct Trace {
    records: HashMap<String, Place>,
    reconciles: HashMap<String, Reconcile>,
    /// The apiVersion of a kind, where an object told it.
    versions: HashMap<String, String>,
}

impl Reader for Trace {
    fn who(&self) -> &'static str {
        "controller"
    }

    fn read(&mut self, record: &[u8], place: Place, parts: &mut Parts) -> std::result::Result<(), String> {
        if self.records.len().max(self.reconciles.len()) >= MOST {
            return Err(format!("a trace of more than {MOST} accesses is not read"));
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
                self.records.insert(id, place);
            }
            // What stands before the first line with a time is what started the program.
            Line::Log { at: None, .. } if parts.before == Timestamp::default() => {}
            Line::Log { at, .. } => parts.add(at.unwrap_or(parts.before), LOG),
        }
        Ok(())
    }

    fn play(&mut self, part: &Part, record: &[u8], records: &mut Records<'_>, player: &mut Player) -> Result<()> {
        let at = Timestamp(part.at);
        match line::read(record) {
            Ok(Line::Log { level, text, .. }) => player.log(at, level, text),
            Ok(Line::Event(event)) => {
                let place = self.records.get(&event.id).copied();
                let found = place.map(|place| records.read(place)).transpose()?;
                let object = found.and_then(|text| match line::read(&text) {
                    Ok(Line::Record(record)) => record.object(),
                    _ => None,
                });
                self.access(&event, object, at, player)
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, _: Timestamp, _: &mut Player) -> Result<()> {
        // Every reconcile ended with its last access.
        Ok(())
    }
}

impl Trace {
    fn access(&mut self, event: &Event, object: Option<Value>, at: Timestamp, player: &mut Player) -> Result<()> {
        let known = self.versions.get(&event.kind).map(String::as_str);
        let typed = Typed::of(event, object.as_ref().unwrap_or(&Value::Null), known);
        let reconcile = self.reconciles.entry(event.reconcile_id.clone()).or_default();
        reconcile.left = reconcile.left.saturating_sub(1);
        if reconcile.span.is_none() && event.op_type != Op::Init {
            reconcile.span = Some(player.span(started(event, object.as_ref(), &typed, at))?);
        }
        let access = match (event.op_type, object) {
            (Op::List, object) => {
                reconcile.listing.extend(object);
                let left = reconcile.items.get_mut(&event.kind).map_or(0, |left| {
                    *left = left.saturating_sub(1);
                    *left
                });
                (left == 0).then(|| Access::to_all(&std::mem::take(&mut reconcile.listing), &typed)).flatten()
            }
            (_, Some(object)) => {
                let access = Access::to(event, &object, &typed);
                if access.is_none() {
                    player.lost(0);
                }
                access
            }
            (_, None) => {
                player.lost(0);
                None
            }
        };
        if let Some(access) = access {
            call(event, access, (at, reconcile.span), player)?;
        }
        if let (0, Some(span)) = (reconcile.left, reconcile.span) {
            self.reconciles.remove(&event.reconcile_id);
            // How it ended is not told.
            player.span_ended(SpanEnded { span, at, result: SpanResult::Unknown, error: String::new(), requeue_after: None })?;
        }
        Ok(())
    }
}

/// The first object that a reconcile reads is the one that it is about.
fn started(event: &Event, object: Option<&Value>, typed: &Typed, at: Timestamp) -> SpanStarted {
    let text = |pointer: &str| -> Arc<str> {
        object.and_then(|object| object.pointer(pointer)).and_then(Value::as_str).unwrap_or_default().into()
    };
    SpanStarted {
        // The player numbers it.
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

fn call(event: &Event, access: Access, (at, span): (Timestamp, Option<SpanKey>), player: &mut Player) -> Result<()> {
    let actor = event.controller_id.as_str().into();
    let Access { method, uri, media_type, request: body, status, response, answer } = access;
    let call = player.start(Request { at, actor, method, uri, user_agent: None, media_type, body, span })?;
    if answer == ResponseBody::NotKept {
        player.know(call, Beside { name: "".into(), precondition: "".into(), answer })?;
    }
    player.answer(call, Response { at, status, audit_id: None, body: if response.is_empty() { Bytes::new() } else { response } })
}
