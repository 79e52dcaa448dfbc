//! Reads a text that does not start with JSON: JSON behind a prefix, or a line of a log.

use std::ops::Range;

use kuberewind_model::Timestamp;
use memchr::memmem;

use super::shape::Shape;
use crate::records::{JsonProgress, JsonTracker};
use crate::times;

/// Braces that are tried as the beginning of JSON.
const MAX_BRACES: usize = 4;
/// Longer texts are no log lines.
const MAX_LINE: usize = 1 << 20;

/// The content of a text that does not start with JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// JSON with an entry, after a prefix that may have a time.
    Json(Option<Timestamp>, Range<usize>),
    /// A log line, after a prefix that may have a time.
    Log(Option<Timestamp>, Range<usize>),
}

/// Looks for JSON with an entry, else for a log line.
pub(super) fn content(text: &[u8]) -> Option<Content> {
    if mentions_entry(text)
        && let Some((at, range)) = json_in(text)
    {
        return Some(Content::Json(at, range));
    }
    log_line(text).map(|(at, range)| Content::Log(at, range))
}

/// True if a text has a word that only entries other than log lines have.
pub(super) fn mentions_entry(text: &[u8]) -> bool {
    [&b"auditID"[..], b"AuditId", b"\"op_type\"", b"\"operation_id\"", b"protoPayload", b"\"object\":{"]
        .iter()
        .any(|word| memmem::find(text, word).is_some())
}

/// True if a text has the members of an audit event.
pub(super) fn mentions_audit_event(text: &[u8]) -> bool {
    [&b"\"auditID\""[..], b"\"stage\""].iter().all(|word| memmem::find(text, word).is_some())
}

/// The JSON object at one of the first braces, and the time before it.
fn json_in(text: &[u8]) -> Option<(Option<Timestamp>, Range<usize>)> {
    memchr::memchr_iter(b'{', text).take(MAX_BRACES).find_map(|start| {
        let JsonProgress::Done(length) = JsonTracker::default().feed(&text[start..]) else { return None };
        let prefix = String::from_utf8_lossy(&text[..start.min(128)]);
        Some((times::leading(&prefix).map(|(at, _)| at), start..start + length))
    })
}

/// The line of a controller's log, without what a container runtime or journald has put before it.
pub(super) fn log_line(text: &[u8]) -> Option<(Option<Timestamp>, Range<usize>)> {
    let line = std::str::from_utf8(text.get(..text.len().min(MAX_LINE))?).ok()?;
    let end = text.len();
    let (at, rest) = times::leading(line).map_or((None, line), |(at, rest)| (Some(at), rest));
    let stream = ["stdout F ", "stderr F ", "stdout ", "stderr "].iter().find_map(|stream| rest.strip_prefix(stream));
    let from = |rest: &str| line.len() - rest.len()..end;
    // A time that belongs to the line stays in it.
    if stream.is_none() && is_structured(line) {
        return Some((at, 0..end));
    }
    let inner = stream.unwrap_or(rest);
    if is_structured(inner) {
        return Some((at, from(inner)));
    }
    if let Some((_, after)) = inner.split_once("]: ").filter(|(before, _)| before.len() < 256)
        && is_structured(after)
    {
        return Some((at, from(after)));
    }
    (stream.is_some() || (at.is_some() && line.as_bytes().get(10) == Some(&b'T'))).then(|| (at, from(inner)))
}

/// True for the line of a logger that is known.
fn is_structured(line: &str) -> bool {
    if line.starts_with('{') {
        return Shape::read(line.as_bytes()).is_ok_and(|shape| shape.logger);
    }
    let line = line.trim_start_matches('[');
    if line.starts_with("time=") {
        return line.contains(" level=") || line.contains(" msg=");
    }
    // A word such as "error" alone makes no log line.
    let latest = Timestamp(i64::MAX / 2);
    let timed = line.contains('\t') || times::leading(line).is_some() || times::klog(line, latest).is_some();
    timed && !kuberewind_logs::parse(line).level.is_empty()
}
