//! A watch: a stream of lines, each an event, cut by the transport anywhere.

use std::sync::Arc;

use bytes::Bytes;

use super::body;
use super::call::{Asked, Call};
use super::desk::Desk;
use super::lines::{Line, Lines};
use super::message::{Ending, Missing};
use super::sight::{self, Found, ItemType};
use kuberewind_model::json::scan::{Metadata, Scan, ScanError};
use kuberewind_model::{
    Event, GapReason, NewOperation, NewWatch, ObservationKind, Observations, Outcome, Shape, Text, Timestamp, Verb, WatchEnd,
    WatchKey, WatchOutcome,
};

/// Reads a watch.
#[derive(Debug)]
pub(super) struct Watching {
    key: WatchKey,
    lines: Lines,
    failed: Option<WatchOutcome>,
}

/// An event as it stands in a line.
struct Read<'a> {
    kind: &'a str,
    metadata: Metadata<'a>,
    object: Bytes,
}

impl Watching {
    /// A watch was granted: tells that it is open. The opening operation follows.
    pub(super) fn open(desk: &mut Desk, call: &Call, asked: &Asked) -> Watching {
        let key = desk.next_watch();
        desk.outlet.emit(Event::WatchOpened(NewWatch {
            key,
            actor: call.started.actor.clone(),
            kind: asked.kind.clone(),
            namespace: asked.namespace.clone(),
            selector: asked.selector.clone(),
            from_resource_version: asked.from.clone(),
            initial_events: asked.initial_events,
        }));
        Watching { key, lines: Lines::new(desk.limits.line()), failed: None }
    }

    pub(super) fn key(&self) -> WatchKey {
        self.key
    }

    pub(super) fn held(&self) -> usize {
        self.lines.held()
    }

    /// Bytes of the stream are missing here.
    pub(super) fn lost(&mut self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, missing: Missing) {
        let given_up = self.lines.lost(missing.mid_line);
        let lost = (missing.count, missing.bytes.saturating_add(given_up));
        desk.gap(Some(actor), (Some(&asked.kind), &asked.namespace), lost, missing.reason);
    }

    /// A piece of the stream came.
    pub(super) fn push(&mut self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, at: Timestamp, bytes: &Bytes) {
        let mut lines = Vec::new();
        self.lines.push(bytes, &mut lines);
        lines.into_iter().for_each(|line| self.line(desk, actor, asked, at, line));
    }

    /// The stream ended.
    pub(super) fn end(&mut self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, at: Timestamp, how: &Ending) {
        if *how == Ending::Complete
            && let Some(rest) = self.lines.rest()
        {
            self.line(desk, actor, asked, at, rest);
        }
        let outcome = self.failed.unwrap_or(match how {
            Ending::Complete => WatchOutcome::Ended,
            Ending::Dropped => WatchOutcome::Dropped,
            Ending::Failed(_) => WatchOutcome::Failed,
        });
        desk.outlet.emit(Event::WatchEnded(WatchEnd { watch: self.key, outcome }));
    }

    fn line(&mut self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, at: Timestamp, line: Line) {
        let scope = (Some(&asked.kind), &asked.namespace);
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong(length) => return desk.gap(Some(actor), scope, (1, length), GapReason::Unreadable),
        };
        match read(&line) {
            Ok(Some(event)) => self.event(desk, actor, asked, at, event),
            Ok(None) | Err(_) => desk.gap(Some(actor), scope, (1, line.len() as u64), GapReason::Unreadable),
        }
    }

    fn event(&mut self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, at: Timestamp, event: Read<'_>) {
        let gone = if asked.selector.is_empty() { ObservationKind::Gone } else { ObservationKind::LeftView };
        let (verb, says) = match event.kind {
            "ADDED" => (Verb::Added, ObservationKind::State),
            "MODIFIED" => (Verb::Modified, ObservationKind::State),
            "DELETED" => (Verb::Deleted, gone),
            "ERROR" => return self.error(desk, actor, asked, at, &event.object),
            "BOOKMARK" => {
                let resource_version = Arc::from(&*event.metadata.resource_version);
                desk.outlet.emit(Event::WatchProgress { watch: self.key, resource_version });
                return;
            }
            _ => {
                let lost = (1, event.object.len() as u64);
                return desk.gap(Some(actor), (Some(&asked.kind), &asked.namespace), lost, GapReason::Unreadable);
            }
        };
        let row = if event.metadata.kind == "Table" { sight::first_row(&event.object, desk.limits.object) } else { None };
        let found = match &row {
            Some(row) => {
                body::metadata(row, true).ok().map(|metadata| Found { shape: Shape::TableRow, ..Found::state(metadata, row) })
            }
            None => Some(Found::state(event.metadata, &event.object)),
        };
        let told = found.and_then(|found| sight::tell(desk, asked, &Found { says, ..found }, ItemType::default()));
        let Some((sight, delivered)) = told else {
            let lost = (1, event.object.len() as u64);
            return desk.gap(Some(actor), (Some(&asked.kind), &asked.namespace), lost, GapReason::Unreadable);
        };
        let mut operation = self.operation(desk, actor, asked, at, verb);
        operation.target.namespace = sight.namespace.clone();
        operation.target.name = sight.name.clone();
        operation.detail.response_bytes = event.object.len() as u64;
        operation.observations = Observations::Object(Box::new(sight));
        if desk.outlet.emit(Event::Operation(Box::new(operation))) {
            desk.reconciles.delivered(actor, desk.outlet.last(), at, delivered);
        }
    }

    /// The server ends the watch with a status.
    fn error(&mut self, desk: &mut Desk, actor: &Arc<str>, asked: &Asked, at: Timestamp, status: &Bytes) {
        let said = body::failure(status).unwrap_or_default();
        self.failed = Some(if said.code == 410 { WatchOutcome::Expired } else { WatchOutcome::Failed });
        let about = asked.about("", "");
        let mut operation = self.operation(desk, actor, asked, at, Verb::Error);
        operation.status = said.code;
        operation.outcome = Outcome::Refused;
        operation.error = desk.redactor.message(&about, &said.message, true).into();
        operation.detail.reason = said.reason.into();
        operation.detail.response_bytes = status.len() as u64;
        operation.response = Some(Text { bytes: body::clean(&mut desk.redactor, &about, status, true).text, cut: false });
        desk.outlet.emit(Event::Operation(Box::new(operation)));
    }

    fn operation(&self, desk: &Desk, actor: &Arc<str>, asked: &Asked, at: Timestamp, verb: Verb) -> NewOperation {
        NewOperation {
            started_after: desk.outlet.last(),
            watch: Some(self.key),
            ..NewOperation::done(at, actor.clone(), verb, asked.target())
        }
    }
}

/// Reads `{"type":…,"object":{…}}`; `None` where it is something else.
fn read(line: &Bytes) -> Result<Option<Read<'_>>, ScanError> {
    let mut scan = Scan::new(line);
    let mut kind = None;
    let mut object = None;
    let Some(mut members) = scan.object()? else { return Ok(None) };
    while let Some(key) = scan.key(&mut members)? {
        if key.is("type") {
            kind = scan.string_or_skip()?;
        } else if key.is("object") && scan.peek() == Some(b'{') {
            let start = scan.offset();
            let mut metadata = Metadata::default();
            metadata.scan(&mut scan, None)?;
            object = Some((metadata, line.slice(start..scan.offset())));
        } else {
            scan.skip()?;
        }
    }
    scan.end()?;
    let kind = match kind
        .as_ref()
        .map(|kind| ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"].into_iter().find(|word| kind.is(word)))
    {
        Some(Some(word)) => word,
        _ => return Ok(None),
    };
    Ok(object.map(|(mut metadata, object)| {
        metadata.spaced = scan.spaced();
        Read { kind, metadata, object }
    }))
}
