//! Collects, reads and redacts bodies.

use bytes::{Bytes, BytesMut};

use super::binary::{self, Binary};
use kuberewind_model::json::scan::{Metadata, Scan, ScanError, compact};
use kuberewind_model::redact::{BodyInfo, RedactedBody, Redactor};

/// How much of a body over the limit is kept, in bytes: its metadata are at the beginning.
const BEGINNING: usize = 64 * 1024;

/// The chunks of a body, up to a limit.
#[derive(Debug, Default)]
pub(super) struct BodyBuffer {
    first: Bytes,
    joined: BytesMut,
    /// Bytes received, including those that were not kept.
    pub(super) length: u64,
    /// True if the body is over the limit.
    pub(super) cut: bool,
}

impl BodyBuffer {
    /// Adds a chunk. Cuts the body if the chunk has more than `room` bytes.
    pub(super) fn push(&mut self, chunk: &Bytes, room: usize) {
        self.length = self.length.saturating_add(chunk.len() as u64);
        if self.cut {
            return;
        }
        if chunk.len() > room {
            return self.cut_before(chunk);
        }
        if self.first.is_empty() {
            self.first = chunk.clone();
            return;
        }
        if self.joined.is_empty() {
            self.joined.extend_from_slice(&self.first);
        }
        self.joined.extend_from_slice(chunk);
    }

    /// Keeps only the beginning of the body.
    fn cut_before(&mut self, chunk: &[u8]) {
        self.cut = true;
        let (first, joined) = (std::mem::take(&mut self.first), std::mem::take(&mut self.joined));
        let held: &[u8] = if joined.is_empty() { &first } else { &joined };
        self.joined.extend(held.iter().chain(chunk).take(BEGINNING));
    }

    pub(super) fn held(&self) -> usize {
        self.first.len() + self.joined.len()
    }

    /// The body, or its beginning if it was cut.
    pub(super) fn into_bytes(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.freeze() }
    }
}

/// Checks that a body is JSON and returns it compact.
pub(super) fn sound(bytes: &Bytes) -> Result<Bytes, ScanError> {
    let mut scan = Scan::new(bytes);
    scan.skip()?;
    scan.end()?;
    Ok(compacted(bytes, scan.spaced()))
}

/// The text without white space between tokens.
pub(super) fn compacted(bytes: &Bytes, spaced: bool) -> Bytes {
    if spaced { Bytes::from(compact(bytes)) } else { bytes.clone() }
}

/// Redacts a body that is not read any further.
pub(super) fn clean(redactor: &mut Redactor, info: &BodyInfo<'_>, bytes: &Bytes, whole: bool) -> RedactedBody {
    if !whole {
        return redactor.unreadable("cut", info, bytes, bytes.len() as u64);
    }
    match binary::decode(info.media_type, bytes) {
        Binary::No => {}
        Binary::Opaque(why) => return redactor.unreadable(why, info, bytes, bytes.len() as u64),
        // The JSON of another encoding has no media type of its own.
        Binary::Json(text) => return redactor.json(&BodyInfo { media_type: "", ..*info }, text),
    }
    let json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'{' | b'['));
    if info.media_type.contains("yaml") && !json {
        return redactor.yaml(info, bytes);
    }
    match sound(bytes) {
        Ok(text) => redactor.json(info, text),
        Err(_) => redactor.unreadable("not readable", info, bytes, bytes.len() as u64),
    }
}

/// Adds `kind` and `apiVersion`, which servers leave out in lists, at the beginning of a compact object.
pub(super) fn with_type(text: &Bytes, api_version: &str, kind: &str) -> Bytes {
    let mut out = Vec::with_capacity(text.len() + api_version.len() + kind.len() + 32);
    // Quoted, so that a hostile server cannot break out of the strings.
    out.extend_from_slice(b"{\"kind\":");
    out.extend_from_slice(serde_json::Value::from(kind).to_string().as_bytes());
    out.extend_from_slice(b",\"apiVersion\":");
    out.extend_from_slice(serde_json::Value::from(api_version).to_string().as_bytes());
    if text.len() > 2 {
        out.push(b',');
    }
    out.extend_from_slice(text.get(1..).unwrap_or(b"}"));
    Bytes::from(out)
}

/// `metadata.name` of an object, else `metadata.generateName`; '' if it has neither.
pub(super) fn sent_name(bytes: &[u8]) -> String {
    let Ok(metadata) = Metadata::read(bytes) else { return String::new() };
    if metadata.name.is_empty() { metadata.generate_name.into_owned() } else { metadata.name.into_owned() }
}

/// True if `spec.finalizers` of a Namespace is not empty.
pub(super) fn has_spec_finalizers(namespace: &[u8]) -> bool {
    let read = || -> Result<bool, ScanError> {
        let mut scan = Scan::new(namespace);
        let Some(mut members) = scan.object()? else { return Ok(false) };
        while let Some(key) = scan.key(&mut members)? {
            if !key.is("spec") {
                scan.skip()?;
                continue;
            }
            let Some(mut spec) = scan.object()? else { continue };
            while let Some(key) = scan.key(&mut spec)? {
                if !key.is("finalizers") {
                    scan.skip()?;
                } else if let Some(mut finalizers) = scan.array()? {
                    return scan.element(&mut finalizers);
                }
            }
        }
        Ok(false)
    };
    read().unwrap_or_default()
}

/// The resourceVersion that a write requires: from the object, the test of a JSON patch, or the delete options. '' if none.
pub(super) fn precondition(bytes: &[u8]) -> String {
    read_precondition(bytes).ok().flatten().unwrap_or_default()
}

fn read_precondition(bytes: &[u8]) -> Result<Option<String>, ScanError> {
    let mut scan = Scan::new(bytes);
    if scan.peek() == Some(b'[') {
        return tested_version(&mut scan);
    }
    let Some(mut members) = scan.object()? else { return Ok(None) };
    let mut found = None;
    while let Some(key) = scan.key(&mut members)? {
        if key.is("metadata") || key.is("preconditions") {
            found = found.or(member(&mut scan, "resourceVersion")?);
        } else {
            scan.skip()?;
        }
    }
    Ok(found)
}

fn tested_version(scan: &mut Scan<'_>) -> Result<Option<String>, ScanError> {
    let mut found = None;
    let Some(mut operations) = scan.array()? else { return Ok(None) };
    while scan.element(&mut operations)? {
        let (mut tests, mut of_version, mut value) = (false, false, None);
        let Some(mut members) = scan.object()? else { continue };
        while let Some(key) = scan.key(&mut members)? {
            if key.is("op") {
                tests = scan.string_or_skip()?.is_some_and(|op| op.is("test"));
            } else if key.is("path") {
                of_version = scan.string_or_skip()?.is_some_and(|path| path.is("/metadata/resourceVersion"));
            } else if key.is("value") {
                value = scan.string_or_skip()?.map(|value| value.text().into_owned());
            } else {
                scan.skip()?;
            }
        }
        if tests && of_version {
            found = value;
        }
    }
    Ok(found)
}

fn member(scan: &mut Scan<'_>, name: &str) -> Result<Option<String>, ScanError> {
    let mut found = None;
    let Some(mut members) = scan.object()? else { return Ok(None) };
    while let Some(key) = scan.key(&mut members)? {
        if key.is(name) {
            found = scan.string_or_skip()?.map(|text| text.text().into_owned());
        } else {
            scan.skip()?;
        }
    }
    Ok(found)
}

/// The fields of a `Status`. Absent texts are ''.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) reason: String,
    pub(super) status: String,
    pub(super) code: u16,
    pub(super) name: String,
    pub(super) resource: String,
    pub(super) uid: String,
}

/// Parses a `Status`; `None` if the body is something else.
pub(super) fn failure(bytes: &[u8]) -> Option<Failure> {
    read_failure(bytes).ok().flatten()
}

fn read_failure(bytes: &[u8]) -> Result<Option<Failure>, ScanError> {
    let mut scan = Scan::new(bytes);
    let mut failure = Failure::default();
    let mut is_status = false;
    let Some(mut members) = scan.object()? else { return Ok(None) };
    while let Some(key) = scan.key(&mut members)? {
        if key.is("kind") {
            is_status = scan.string_or_skip()?.is_some_and(|kind| kind.is("Status"));
        } else if key.is("message") {
            failure.message = text(&mut scan)?;
        } else if key.is("reason") {
            failure.reason = text(&mut scan)?;
        } else if key.is("status") {
            failure.status = text(&mut scan)?;
        } else if key.is("code") {
            failure.code = std::str::from_utf8(scan.skip()?).ok().and_then(|code| code.parse().ok()).unwrap_or_default();
        } else if key.is("details") {
            let Some(mut details) = scan.object()? else { continue };
            while let Some(key) = scan.key(&mut details)? {
                if key.is("name") {
                    failure.name = text(&mut scan)?;
                } else if key.is("kind") {
                    failure.resource = text(&mut scan)?;
                } else if key.is("uid") {
                    failure.uid = text(&mut scan)?;
                } else {
                    scan.skip()?;
                }
            }
        } else {
            scan.skip()?;
        }
    }
    Ok(is_status.then_some(failure))
}

fn text(scan: &mut Scan<'_>) -> Result<String, ScanError> {
    Ok(scan.string_or_skip()?.map(|text| text.text().into_owned()).unwrap_or_default())
}

/// Parses the metadata of an object, or of the object in a table row.
pub(super) fn metadata(bytes: &Bytes, row: bool) -> Result<Metadata<'_>, ScanError> {
    if !row {
        return Metadata::read(bytes);
    }
    let mut scan = Scan::new(bytes);
    let mut found = Metadata::default();
    found.scan(&mut scan, Some("object"))?;
    scan.end()?;
    found.spaced = scan.spaced();
    Ok(found)
}
