//! YAML documents, as `kubectl -o yaml` prints them. Each document, and each item of a list, becomes a JSON object.

use std::fmt::Write;

use super::line_reader::{next_line, reader};
use super::record::{MAX_RECORD, Record, Take, too_long};
use crate::input::ReadAt;
use kuberewind_model::Result;
use serde_json::Value;

/// True for objects in YAML.
pub(super) fn recognises(text: &[u8]) -> bool {
    let is = |line: &[u8], start: &[u8]| line.starts_with(start);
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty() && !is(line, b"#"));
    let first = lines.next().unwrap_or_default();
    let opens = is(first, b"---")
        || [&b"apiVersion:"[..], b"kind:", b"items:", b"metadata:", b"type:", b"object:"].iter().any(|key| is(first, key));
    opens
        && text
            .split(|byte| *byte == b'\n')
            .any(|line| is(line, b"apiVersion:") || is(line, b"- apiVersion:") || is(line, b"  apiVersion:"))
}

/// A document or an item that is being read.
#[derive(Default)]
struct Document {
    text: Vec<u8>,
    length: u64,
    /// The number of its first line.
    line: u64,
}

#[derive(Default)]
struct Documents {
    document: Document,
    item: Document,
    in_items: bool,
    items: u64,
}

pub(super) fn documents(content: &dyn ReadAt, start: u64, take: &mut Take<'_>) -> Result<()> {
    let mut reader = reader(content, start);
    let (mut line, mut number, mut state) = (Vec::new(), 0, Documents::default());
    loop {
        line.clear();
        if next_line(&mut reader, &mut line)? == 0 {
            break;
        }
        number += 1;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.starts_with(b"---") || text == b"..." {
            state.end(take)?;
        } else {
            state.line(number, text, take)?;
        }
    }
    state.end(take)
}

impl Documents {
    fn line(&mut self, number: u64, text: &[u8], take: &mut Take<'_>) -> Result<()> {
        if self.in_items {
            let item = text.strip_prefix(b"- ");
            if item.is_some() {
                self.end_item(take)?;
                self.items += 1;
            }
            if let Some(rest) = item.or_else(|| text.strip_prefix(b"  ").filter(|_| !self.item.text.is_empty())) {
                self.item.push(number, rest);
                return Ok(());
            }
            if text.trim_ascii().is_empty() || text == b"-" {
                return Ok(());
            }
            self.in_items = false;
            self.end_item(take)?;
        }
        if text.trim_ascii_end() == b"items:" {
            self.in_items = true;
            return Ok(());
        }
        self.document.push(number, text);
        Ok(())
    }

    fn end(&mut self, take: &mut Take<'_>) -> Result<()> {
        self.end_item(take)?;
        let document = std::mem::take(&mut self.document);
        let items = std::mem::take(&mut self.items);
        self.in_items = false;
        // What surrounds items is a list without content.
        if items > 0 || document.text.trim_ascii().is_empty() { Ok(()) } else { document.emit(take) }
    }

    fn end_item(&mut self, take: &mut Take<'_>) -> Result<()> {
        let item = std::mem::take(&mut self.item);
        if item.text.is_empty() { Ok(()) } else { item.emit(take) }
    }
}

impl Document {
    fn push(&mut self, number: u64, line: &[u8]) {
        if self.text.is_empty() {
            self.line = number;
        }
        self.length = self.length.saturating_add(line.len() as u64 + 1);
        if self.text.len().saturating_add(line.len()) < MAX_RECORD {
            self.text.extend_from_slice(line);
            self.text.push(b'\n');
        }
    }

    fn emit(self, take: &mut Take<'_>) -> Result<()> {
        let Document { text, length, line } = self;
        if length > MAX_RECORD as u64 {
            return take(line, too_long(length));
        }
        match json(&text) {
            Ok(json) => take(line, Record::Whole { bytes: json.as_bytes(), at: None }),
            Err(why) => take(line, Record::Broken { why, bytes: length }),
        }
    }
}

/// Converts a document to JSON. The parser limits depth, aliases and size.
fn json(text: &[u8]) -> std::result::Result<String, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is not UTF-8")?;
    let value: Value = serde_saphyr::from_str(text).map_err(|error| {
        let mut why = String::new();
        // Writing to a `String` cannot fail.
        let _infallible = write!(why, "it is not YAML ({})", error.to_string().lines().next().unwrap_or_default());
        why
    })?;
    Ok(value.to_string())
}
