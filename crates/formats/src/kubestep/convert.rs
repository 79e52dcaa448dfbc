//! From KubeStep's rows to events.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use serde_json::value::RawValue;

use kuberewind_model::k8s::kinds;
use kuberewind_model::{
    Certainty, Duration, Event, KindRef, ListKey, NewOperation, NewSpan, NewTrigger, Observation, ObservationKind, Observations,
    Origin, Outcome, Page, Result, Seq, Shape, Sink, SpanEnd, SpanKey, SpanResult, Target, Text, Timestamp, Verb,
};

use super::rows::{self, OperationRow, SpanRow};
use crate::import_session::NewImport;
use crate::redacting::Redacting;
use kuberewind_file::{NewSession, SessionWriter, WriterLimits};
use kuberewind_model::redact::{Redactor, SessionKey};

/// Converts all sessions of `source` into a new recording. Returns the number of operations.
pub(super) fn convert(source: &Connection, target: &Path, import: &NewImport) -> Result<u64> {
    let redactor = Redactor::new(SessionKey::new(import.key), import.rules.clone());
    let redactor = Arc::new(Mutex::new(redactor));
    let mut operations = 0;
    for session in rows::sessions(source)? {
        let spans = rows::spans(source, &session)?;
        let mut start = spans.first().map(|span| span.start);
        let mut first = None;
        rows::operations(source, &session, |row| {
            first.get_or_insert(row.at);
            Ok(())
        })?;
        start = start.into_iter().chain(first).min();
        let name = if session.is_empty() { "unnamed".to_owned() } else { session.replace(char::is_control, "?") };
        let mut new = NewSession::new(name, seconds(start.unwrap_or(0)), import.recording_id);
        new.origin = Origin::Imported;
        // All operations of the file are imported.
        new.limits = WriterLimits { max_operations: u64::MAX, ..WriterLimits::default() };
        let mut writer = Redacting::new(redactor.clone(), SessionWriter::begin(target, new)?);
        let key = redactor.lock().unwrap_or_else(PoisonError::into_inner).key_id().into();
        writer.take(Event::Redacted { key })?;
        let mut conversion = Conversion { writer, spans, next_span: 0, running: Vec::new(), writes: HashMap::new(), count: 0 };
        rows::operations(source, &session, |row| conversion.operation(row))?;
        operations += conversion.count;
        conversion.finish()?;
    }
    Ok(operations)
}

fn seconds(at: i64) -> Timestamp {
    Timestamp(at.saturating_mul(1_000_000_000))
}

struct Conversion {
    writer: Redacting<SessionWriter>,
    spans: Vec<SpanRow>,
    next_span: usize,
    /// The indexes of the running reconciles in `spans`.
    running: Vec<usize>,
    /// (uid, resourceVersion) → the write that created it.
    writes: HashMap<(Arc<str>, Arc<str>), Seq>,
    count: u64,
}

/// The type and metadata in a body.
#[derive(serde::Deserialize, Default)]
struct TypeAndMetadata {
    #[serde(rename = "apiVersion", default)]
    api_version: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    uid: Option<String>,
    #[serde(default)]
    resource_version: Option<String>,
    #[serde(default)]
    generation: Option<i64>,
}

#[derive(serde::Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

impl Conversion {
    fn operation(&mut self, row: OperationRow) -> Result<()> {
        self.advance(row.at)?;
        let verb = verb(&row.operation_type, &row.verb);
        let head: TypeAndMetadata = serde_json::from_slice(&row.data).unwrap_or_default();
        let kind = kind_ref(&row.kind, head.api_version.as_deref());
        let failed = !row.error.is_empty();
        let seq = self.writer.last().next();
        self.count += 1;
        let observations = match verb {
            _ if failed => Observations::Nothing,
            Verb::List | Verb::DeleteCollection => self.list(&row, &kind, seq)?,
            Verb::Watch | Verb::Error | Verb::Connect => Observations::Nothing,
            _ if row.name.is_empty() => Observations::Nothing,
            _ => Observations::Object(Box::new(observation(&row, &kind, verb, &head))),
        };
        let has_objects = matches!(observations, Observations::Object(_) | Observations::List(_));
        if let (Observations::Object(observation), true) = (&observations, verb.is_write()) {
            self.writes.entry((observation.uid.clone(), observation.resource_version.clone())).or_insert(seq);
        }
        let span = self.running.iter().rev().find(|index| self.spans[**index].actor == row.actor).map(|index| key(*index));
        let response = (!has_objects && !row.data.is_empty()).then(|| text(&row.data));
        self.writer.take(Event::Operation(Box::new(NewOperation {
            duration: Duration::from_millis(u64::try_from(row.duration_ms).unwrap_or(0)),
            started_after: seq.prev(),
            status: if failed { 0 } else { 200 },
            outcome: if failed { Outcome::Refused } else { Outcome::Done },
            error: row.error,
            response,
            observations,
            span,
            ..NewOperation::done(seconds(row.at), actor(&row.actor), verb, Target::object(kind, row.namespace, row.name))
        })))
    }

    /// Starts the reconciles that begin by `at`, and ends those that end before it.
    fn advance(&mut self, at: i64) -> Result<()> {
        loop {
            let next = self.spans.get(self.next_span).map(|span| span.start).filter(|start| *start <= at);
            let ended = self.running.iter().copied().filter_map(|index| Some((self.spans[index].end?, index))).min();
            match (next, ended.filter(|(end, _)| *end < at)) {
                (Some(start), ended) if ended.is_none_or(|(end, _)| start <= end) => self.start_span()?,
                (_, Some((_, index))) => self.end_span(index)?,
                _ => return Ok(()),
            }
        }
    }

    fn start_span(&mut self) -> Result<()> {
        let index = self.next_span;
        self.next_span += 1;
        let span = self.spans[index].clone();
        self.running.push(index);
        let operation = self.writes.get(&(span.trigger_uid.clone(), span.trigger_resource_version.clone())).copied();
        let operation = operation.filter(|_| !span.trigger_uid.is_empty());
        let texts = [&span.trigger_uid, &span.trigger_resource_version, &span.trigger_reason];
        let trigger = texts.iter().any(|text| !text.is_empty()).then(|| NewTrigger {
            operation,
            uid: span.trigger_uid.clone(),
            resource_version: span.trigger_resource_version.clone(),
            reason: span.trigger_reason.clone(),
            certainty: if operation.is_some() { Certainty::Exact } else { Certainty::Guess },
        });
        self.writer.take(Event::SpanStarted(NewSpan {
            key: key(index),
            label: span.id,
            at: seconds(span.start),
            actor: actor(&span.actor),
            kind: Some(kind_ref(&span.kind, None)),
            kind_name: span.kind.as_str().into(),
            namespace: span.namespace,
            name: span.name,
            attempt: 1,
            inferred: None,
            triggers: trigger.into_iter().collect(),
        }))
    }

    fn end_span(&mut self, index: usize) -> Result<()> {
        self.running.retain(|other| *other != index);
        let span = &self.spans[index];
        // The duration in milliseconds is more precise than the end in seconds.
        let length = span.duration_ms.and_then(|length| u64::try_from(length).ok()).map(Duration::from_millis);
        let end = seconds(span.end.unwrap_or(span.start));
        let at = length.map_or(end, |length| seconds(span.start).plus(length));
        let result = if span.error.is_empty() { SpanResult::Ok } else { SpanResult::Error };
        let end = SpanEnd { span: key(index), at, result, error: span.error.clone(), requeue_after: None };
        self.writer.take(Event::SpanEnded(end))
    }

    fn list(&mut self, row: &OperationRow, kind: &KindRef, seq: Seq) -> Result<Observations> {
        let list = ListKey(seq.0);
        let Ok(List { items }) = serde_json::from_slice(&row.data) else { return Ok(Observations::Nothing) };
        for item in items {
            let head: TypeAndMetadata = serde_json::from_str(item.get()).unwrap_or_default();
            let named = head.metadata.as_ref().and_then(|metadata| metadata.name.clone()).unwrap_or_default();
            if named.is_empty() {
                continue;
            }
            let namespace = head.metadata.as_ref().and_then(|metadata| metadata.namespace.clone());
            let of_item = OperationRow {
                kind: row.kind.trim_end_matches("List").to_owned(),
                namespace: namespace.map_or_else(|| row.namespace.clone(), Arc::from),
                name: named.into(),
                data: item.get().as_bytes().to_vec(),
                ..OperationRow::default()
            };
            let observation = observation(&of_item, kind, Verb::Get, &head);
            self.writer.take(Event::ListItem { list, actor: actor(&row.actor), observation })?;
        }
        // The database does not store selectors and pages, so no absence is inferred.
        Ok(Observations::List(Page {
            list,
            resource_version: row.resource_version.clone(),
            selector: Arc::default(),
            complete: false,
        }))
    }

    fn finish(mut self) -> Result<()> {
        self.advance(i64::MAX)?;
        Box::new(self.writer).close()
    }
}

fn key(index: usize) -> SpanKey {
    SpanKey(index as u64)
}

fn actor(name: &Arc<str>) -> Arc<str> {
    if name.is_empty() { Arc::from("unknown") } else { name.clone() }
}

fn text(bytes: &[u8]) -> Text {
    Text { bytes: String::from_utf8_lossy(bytes).into_owned().into_bytes().into(), cut: false }
}

fn verb(operation_type: &str, verb: &str) -> Verb {
    let event = [Verb::Added, Verb::Modified, Verb::Deleted, Verb::Error]
        .into_iter()
        .find(|event| verb.eq_ignore_ascii_case(event.as_str()));
    let call =
        |word: &str| Verb::ALL.iter().copied().find(|call| !call.is_watch_event() && word.eq_ignore_ascii_case(call.as_str()));
    match operation_type.to_ascii_uppercase().as_str() {
        "WATCH" => event.unwrap_or(Verb::Watch),
        "DELETE" if verb.eq_ignore_ascii_case("deletecollection") => Verb::DeleteCollection,
        other => call(other).or_else(|| call(verb)).unwrap_or(Verb::Get),
    }
}

/// Returns the resource of a kind: from the built-in table, by group if the body has an apiVersion, else as Kubernetes
/// guesses plurals.
fn kind_ref(kind: &str, api_version: Option<&str>) -> KindRef {
    let kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty()).unwrap_or(kind);
    let group_and_version = api_version.map(|text| text.rsplit_once('/').unwrap_or(("", text)));
    let builtin = match group_and_version {
        Some((group, _)) => kinds::by_group_and_kind(group, kind),
        None => kinds::by_kind(kind).or_else(|| kinds::by_any_name(kind)),
    };
    let (group, version) = group_and_version.or(builtin.map(|row| (row.group, row.version))).unwrap_or_default();
    let resource = builtin.map_or_else(|| kinds::guess_plural(kind), |row| row.resource.to_owned());
    KindRef { group: group.into(), version: version.into(), resource: resource.into() }
}

fn observation(row: &OperationRow, kind: &KindRef, verb: Verb, head: &TypeAndMetadata) -> Observation {
    let metadata = head.metadata.as_ref();
    let or_body = |column: &Arc<str>, body: Option<&String>| -> Arc<str> {
        if column.is_empty() { body.map_or_else(Arc::default, |text| text.as_str().into()) } else { column.clone() }
    };
    let is_object = metadata.is_some();
    let generation = metadata.and_then(|metadata| metadata.generation).or((row.generation > 0).then_some(row.generation));
    Observation {
        observation_kind: if matches!(verb, Verb::Delete | Verb::Deleted) {
            ObservationKind::Gone
        } else {
            ObservationKind::State
        },
        kind: kind.clone(),
        kind_name: row.kind.strip_suffix("List").unwrap_or(&row.kind).into(),
        api_version: head.api_version.as_deref().unwrap_or_default().into(),
        namespace: row.namespace.clone(),
        name: row.name.clone(),
        uid: or_body(&row.uid, metadata.and_then(|metadata| metadata.uid.as_ref())),
        resource_version: or_body(&row.resource_version, metadata.and_then(|metadata| metadata.resource_version.as_ref())),
        generation,
        shape: if is_object { Shape::Full } else { Shape::Unknown },
        created: verb == Verb::Create,
        body: (!row.data.is_empty()).then(|| text(&row.data)),
    }
}
