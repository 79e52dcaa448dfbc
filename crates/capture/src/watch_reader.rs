//! Reads a watch: each line of the stream is an event. The transport may split lines anywhere.

use std::sync::Arc;

use bytes::Bytes;

use super::body;
use super::frame_splitter::FrameSplitter;
use super::line_splitter::{Line, LineSplitter};
use super::message::{Ending, Missing};
use super::observation::{self, ItemType, ReceivedObject};
use super::request::RequestInfo;
use super::state::State;
use kuberewind_model::json::scan::{Metadata, Scan, ScanError};
use kuberewind_model::{
    Event, GapReason, NewOperation, NewWatch, ObservationKind, Observations, Outcome, Shape, Text, Timestamp, Verb, WatchEnd,
    WatchKey, WatchOutcome,
};

#[derive(Debug)]
pub(super) struct WatchReader {
    key: WatchKey,
    lines: Lines,
    failed: Option<WatchOutcome>,
}

/// The splitter for the encoding of the stream.
#[derive(Debug)]
enum Lines {
    Json(LineSplitter),
    Protobuf(FrameSplitter),
}

/// The parsed line of an event.
struct WatchEvent<'a> {
    /// `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`.
    kind: &'a str,
    metadata: Metadata<'a>,
    object: Bytes,
}

impl WatchReader {
    /// Emits that the server has granted a watch. The opening operation follows.
    pub(super) fn open(state: &mut State, actor: &Arc<str>, request: &RequestInfo, protobuf: bool) -> WatchReader {
        let key = state.next_watch();
        state.emit(Event::WatchOpened(NewWatch {
            key,
            actor: actor.clone(),
            kind: request.kind.clone(),
            namespace: request.namespace.clone(),
            selector: request.selector.clone(),
            from_resource_version: request.from.clone(),
            initial_events: request.initial_events,
        }));
        let limit = state.limits.line();
        let lines = if protobuf { Lines::Protobuf(FrameSplitter::new(limit)) } else { Lines::Json(LineSplitter::new(limit)) };
        WatchReader { key, lines, failed: None }
    }

    pub(super) fn key(&self) -> WatchKey {
        self.key
    }

    /// Bytes held for the line that is being received.
    pub(super) fn held(&self) -> usize {
        match &self.lines {
            Lines::Json(lines) => lines.held(),
            Lines::Protobuf(frames) => frames.held(),
        }
    }

    /// Bytes of the stream are missing here: emits a gap.
    pub(super) fn lost(&mut self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, missing: Missing) {
        let discarded = match &mut self.lines {
            Lines::Json(lines) => lines.lost(missing.mid_line),
            Lines::Protobuf(frames) => frames.lost(),
        };
        let lost = (missing.count, missing.bytes.saturating_add(discarded));
        state.gap(Some(actor), (Some(&request.kind), &request.namespace), lost, missing.reason);
    }

    /// Reads a chunk and emits the events whose lines end in it.
    pub(super) fn push(&mut self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, at: Timestamp, bytes: &Bytes) {
        let mut lines = Vec::new();
        match &mut self.lines {
            Lines::Json(splitter) => splitter.push(bytes, &mut lines),
            Lines::Protobuf(splitter) => splitter.push(bytes, &mut lines),
        }
        lines.into_iter().for_each(|line| self.line(state, actor, request, at, line));
    }

    /// Emits the end of the watch.
    pub(super) fn end(&mut self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, at: Timestamp, how: &Ending) {
        if *how == Ending::Complete
            && let Lines::Json(lines) = &mut self.lines
            && let Some(rest) = lines.rest()
        {
            self.line(state, actor, request, at, rest);
        }
        let outcome = self.failed.unwrap_or(match how {
            Ending::Complete => WatchOutcome::Ended,
            Ending::Dropped => WatchOutcome::Dropped,
            Ending::Failed(_) => WatchOutcome::Failed,
        });
        state.emit(Event::WatchEnded(WatchEnd { watch: self.key, outcome }));
    }

    fn line(&mut self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, at: Timestamp, line: Line) {
        let scope = (Some(&request.kind), &request.namespace);
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong(length) => return state.gap(Some(actor), scope, (1, length), GapReason::Unreadable),
        };
        match read(&line) {
            Ok(Some(event)) => self.event(state, actor, request, at, event),
            Ok(None) | Err(_) => state.gap(Some(actor), scope, (1, line.len() as u64), GapReason::Unreadable),
        }
    }

    fn event(&mut self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, at: Timestamp, event: WatchEvent<'_>) {
        let gone = if request.selector.is_empty() { ObservationKind::Gone } else { ObservationKind::LeftView };
        let (verb, says) = match event.kind {
            "ADDED" => (Verb::Added, ObservationKind::State),
            "MODIFIED" => (Verb::Modified, ObservationKind::State),
            "DELETED" => (Verb::Deleted, gone),
            "ERROR" => return self.error(state, actor, request, at, &event.object),
            "BOOKMARK" => {
                let resource_version = Arc::from(&*event.metadata.resource_version);
                state.emit(Event::WatchProgress { watch: self.key, resource_version });
                return;
            }
            _ => {
                let lost = (1, event.object.len() as u64);
                return state.gap(Some(actor), (Some(&request.kind), &request.namespace), lost, GapReason::Unreadable);
            }
        };
        let row = if event.metadata.kind == "Table" { observation::first_row(&event.object, state.limits.object) } else { None };
        let found = match &row {
            Some(row) => body::metadata(row, true)
                .ok()
                .map(|metadata| ReceivedObject { shape: Shape::TableRow, ..ReceivedObject::new(metadata, row) }),
            None => Some(ReceivedObject::new(event.metadata, &event.object)),
        };
        let observed = found
            .and_then(|object| observation::observe(state, request, &ReceivedObject { says, ..object }, ItemType::default()));
        let Some((observation, delivered)) = observed else {
            let lost = (1, event.object.len() as u64);
            return state.gap(Some(actor), (Some(&request.kind), &request.namespace), lost, GapReason::Unreadable);
        };
        let mut operation = self.operation(state, actor, request, at, verb);
        operation.target.namespace = observation.namespace.clone();
        operation.target.name = observation.name.clone();
        operation.detail.response_bytes = event.object.len() as u64;
        operation.observations = Observations::Object(Box::new(observation));
        if state.emit(Event::Operation(Box::new(operation))) {
            state.reconciles.delivered(actor, state.output.last(), at, delivered);
        }
    }

    /// Emits the status with which the server ends the watch.
    fn error(&mut self, state: &mut State, actor: &Arc<str>, request: &RequestInfo, at: Timestamp, status: &Bytes) {
        let failure = body::failure(status).unwrap_or_default();
        self.failed = Some(if failure.code == 410 { WatchOutcome::Expired } else { WatchOutcome::Failed });
        let info = request.body_info("", "");
        let mut operation = self.operation(state, actor, request, at, Verb::Error);
        operation.status = failure.code;
        operation.outcome = Outcome::Refused;
        operation.error = state.redactor.message(&info, &failure.message, true).into();
        operation.detail.reason = failure.reason.into();
        operation.detail.response_bytes = status.len() as u64;
        operation.response = Some(Text { bytes: body::clean(&mut state.redactor, &info, status, true).text, cut: false });
        state.emit(Event::Operation(Box::new(operation)));
    }

    fn operation(&self, state: &State, actor: &Arc<str>, request: &RequestInfo, at: Timestamp, verb: Verb) -> NewOperation {
        NewOperation {
            started_after: state.output.last(),
            watch: Some(self.key),
            ..NewOperation::done(at, actor.clone(), verb, request.target())
        }
    }
}

/// Parses `{"type":…,"object":{…}}`; `None` if it is other JSON.
fn read(line: &Bytes) -> Result<Option<WatchEvent<'_>>, ScanError> {
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
        WatchEvent { kind, metadata, object }
    }))
}
