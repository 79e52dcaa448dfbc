//! Recognises an object by the names of its members.

use std::ops::Range;

use kuberewind_model::json::scan::{Scan, ScanError};

use super::dialect::Dialect;

const WATCH_TYPES: [&str; 5] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];
/// Members with the time of an entry, the most precise first.
const TIMES: [&str; 11] = [
    "@timestamp",
    "timestamp",
    "__REALTIME_TIMESTAMP",
    "time",
    "ts",
    "_time",
    "TimeGenerated",
    "TimeGenerated [UTC]",
    "timeStamp",
    "eventTime",
    "timestamp [UTC]",
];
/// Members with the text of a log line.
const MESSAGES: [&str; 18] = [
    "message",
    "@message",
    "log",
    "MESSAGE",
    "_raw",
    "textPayload",
    "log_s",
    "LogMessage",
    "LogEntry",
    "body",
    "Body",
    "Line",
    "line",
    "msg",
    "content",
    "Message",
    "value",
    "text",
];
/// Members whose elements are entries.
const BATCHES: [&str; 15] = [
    "items",
    "records",
    "events",
    "logEvents",
    "hits",
    "entries",
    "results",
    "result",
    "values",
    "rows",
    "data",
    "logs",
    "resourceSpans",
    "scopeSpans",
    "spans",
];

/// Where a nested value is in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Nested {
    pub(super) range: Range<usize>,
    /// True for a quoted text.
    pub(super) quoted: bool,
    /// True for an array whose elements are entries.
    pub(super) batch: bool,
}

/// The meaning of the members of an object.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// The entry that the object is.
    pub(super) entry: Option<Dialect>,
    /// The object has the content of an audit event under other names.
    pub(super) google: Option<Range<usize>>,
    pub(super) azure_columns: bool,
    /// A span that is not a request.
    pub(super) inner_span: bool,
    /// A list of objects: its kind and version.
    pub(super) list: Option<(String, String)>,
    pub(super) columns: Option<Range<usize>>,
    pub(super) rows: Option<Range<usize>>,
    pub(super) nested: Vec<Nested>,
    /// The time and its rank in [`TIMES`].
    time: Option<(usize, Range<usize>)>,
    message: Option<(usize, Range<usize>)>,
    /// True for the line of a structured logger, whose fields are not entries.
    pub(super) logger: bool,
}

impl Shape {
    /// Reads the members of the object at the start of `text` as far as they are needed.
    ///
    /// # Errors
    /// The text is not a JSON object.
    pub(super) fn read(text: &[u8]) -> Result<Shape, ScanError> {
        let mut scan = Scan::new(text);
        let (mut shape, mut known) = (Shape::default(), Known::default());
        let Some(mut members) = scan.object()? else { return Ok(shape) };
        while let Some(key) = scan.key(&mut members)? {
            let key = key.text();
            let kind = scan.peek();
            let start = scan.offset();
            let value = scan.skip()?;
            let range = start..start + value.len();
            known.member(&key, kind, value, &range);
            if let Some(entry) = known.early() {
                shape.entry = Some(entry);
                return Ok(shape);
            }
            shape.member(&key, kind, value, range);
        }
        known.conclude(&mut shape);
        Ok(shape)
    }

    /// The text of the member with the time.
    pub(super) fn time<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        self.time.as_ref().and_then(|(_, range)| text.get(range.clone()))
    }

    /// The quoted text of the member with the message.
    pub(super) fn message<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        self.message.as_ref().and_then(|(_, range)| text.get(range.clone()))
    }

    fn member(&mut self, key: &str, kind: Option<u8>, value: &[u8], range: Range<usize>) {
        match kind {
            Some(b'{' | b'[') => {
                match key {
                    "columns" => self.columns = Some(range.clone()),
                    "rows" => self.rows = Some(range.clone()),
                    _ => {}
                }
                let batch = kind == Some(b'[') && BATCHES.contains(&key);
                self.nested.push(Nested { range, quoted: false, batch });
            }
            Some(b'"') => {
                let rank = |names: &[&str]| names.iter().position(|name| *name == key);
                if let Some(rank) = rank(&TIMES).filter(|rank| self.time.as_ref().is_none_or(|(best, _)| rank < best)) {
                    self.time = Some((rank, range.clone()));
                }
                if let Some(rank) = rank(&MESSAGES).filter(|rank| self.message.as_ref().is_none_or(|(best, _)| rank < best)) {
                    self.message = Some((rank, range.clone()));
                }
                if memchr::memchr(b'{', value).is_some() {
                    self.nested.push(Nested { range, quoted: true, batch: false });
                }
            }
            Some(b'0'..=b'9') => {
                if let Some(rank) = TIMES.iter().position(|name| *name == key).filter(|_| self.time.is_none()) {
                    self.time = Some((rank, range));
                }
            }
            _ => {}
        }
    }
}

/// The members that identify an object.
#[derive(Default)]
struct Known {
    seen: u32,
    kind: String,
    api_version: String,
    google: Option<Range<usize>>,
    server_span: bool,
}

const AUDIT_ID: u32 = 1;
const STAGE: u32 = 1 << 1;
const METADATA: u32 = 1 << 2;
const ITEMS: u32 = 1 << 3;
const WATCH_TYPE: u32 = 1 << 4;
const OBJECT: u32 = 1 << 5;
const ACCESS: u32 = 1 << 6;
const STARTED: u32 = 1 << 7;
const REQUEST: u32 = 1 << 8;
const RESPONSE: u32 = 1 << 9;
const AZURE: u32 = 1 << 10;
const SPAN: u32 = 1 << 11;
const LOG_MESSAGE: u32 = 1 << 12;
const LOG_LEVEL: u32 = 1 << 13;
const LOG_FIELD: u32 = 1 << 18;
const LOG_TEXT: u32 = 1 << 19;
const TARGET: u32 = 1 << 14;
const FIELDS: u32 = 1 << 15;
const AZURE_STAGE: u32 = 1 << 16;
const SPAN_TIME: u32 = 1 << 17;

impl Known {
    fn has(&self, bits: u32) -> bool {
        self.seen & bits == bits
    }

    fn member(&mut self, key: &str, kind: Option<u8>, value: &[u8], range: &Range<usize>) {
        let (object, text) = (kind == Some(b'{'), kind == Some(b'"'));
        let word = || std::str::from_utf8(value).unwrap_or_default().trim_matches('"').to_owned();
        self.seen |= match key {
            "auditID" if kind != Some(b'n') => AUDIT_ID,
            "stage" => STAGE,
            "kind" if text => {
                self.kind = word();
                0
            }
            "kind" if value == b"2" => {
                self.server_span = true;
                0
            }
            "apiVersion" if text => {
                self.api_version = word();
                0
            }
            "metadata" if object => METADATA,
            "items" if kind == Some(b'[') || value == b"null" => ITEMS,
            "type" if text && WATCH_TYPES.contains(&word().as_str()) => WATCH_TYPE,
            "object" if object => OBJECT,
            "op_type" | "operation_id" if text => ACCESS,
            "startedDateTime" if text => STARTED,
            "request" if object => REQUEST,
            "response" if object => RESPONSE,
            "AuditId" if text => AZURE,
            "Stage" if text => AZURE_STAGE,
            "traceId" | "trace_id" => SPAN,
            "startTimeUnixNano" | "start_time_unix_nano" => SPAN_TIME,
            "protoPayload" | "protopayload_auditlog" if object => {
                self.google = Some(range.clone());
                0
            }
            "msg" if text => LOG_MESSAGE,
            "message" if text => LOG_TEXT,
            "level" | "lvl" | "severity" => LOG_LEVEL | LOG_FIELD,
            "v" | "caller" | "logger" => LOG_FIELD,
            "target" if text => TARGET,
            "fields" if object => FIELDS,
            _ => 0,
        };
    }

    /// The entry, if the members so far are enough.
    fn early(&self) -> Option<Dialect> {
        match () {
            () if self.has(AUDIT_ID | STAGE) => Some(Dialect::Audit),
            () if self.has(WATCH_TYPE | OBJECT) => Some(Dialect::Watch),
            () if self.has(ACCESS) => Some(Dialect::Kamera),
            () if self.has(STARTED | REQUEST | RESPONSE) => Some(Dialect::Exchange),
            () if self.is_object() && !self.kind.ends_with("List") => Some(Dialect::Watch),
            () => None,
        }
    }

    fn is_object(&self) -> bool {
        self.has(METADATA)
            && !self.kind.is_empty()
            && self.api_version.len() > 1
            && !self.api_version.starts_with("audit.k8s.io/")
    }

    fn conclude(self, shape: &mut Shape) {
        let list = self.has(ITEMS) && !self.kind.is_empty() && self.kind.ends_with("List");
        shape.azure_columns = self.has(AZURE | AZURE_STAGE);
        let server_span = self.server_span || self.kind == "SPAN_KIND_SERVER";
        shape.logger = self.has(LOG_MESSAGE | LOG_FIELD) || self.has(LOG_TEXT | LOG_LEVEL) || self.has(TARGET | FIELDS);
        shape.inner_span = self.has(SPAN | SPAN_TIME) && !server_span;
        shape.entry = match () {
            () if self.has(SPAN | SPAN_TIME) && server_span => Some(Dialect::Span),
            () if list => None,
            () if self.is_object() => Some(Dialect::Watch),
            () => None,
        };
        shape.google = self.google;
        shape.list = list.then_some((self.kind, self.api_version));
    }
}
