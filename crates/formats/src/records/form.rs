//! The form of a file.

use super::json_tracker::{JsonTracker, Progress};
use super::line_reader::failed;
use super::record::MAX_RECORD;
use super::splitter::Step;
use super::{csv, path_finder, yaml};
use crate::input::{ReadAt, SAMPLE, read_up_to};
use kuberewind_model::Result;
use kuberewind_model::json::scan::Metadata;

/// Bytes in which the records of a large document are searched.
const LARGE_SAMPLE: usize = 4 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How records follow each other, from the offset `start` on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    Lines {
        start: u64,
    },
    /// The values at a path; an empty path for values that follow each other.
    Document {
        start: u64,
        path: Vec<Step>,
        /// The text before an item of a typed list, which does not name its kind itself.
        before: Vec<u8>,
    },
    /// Rows of cells, after a row of names.
    Table {
        start: u64,
        separator: u8,
    },
    Yaml {
        start: u64,
    },
}

pub(super) fn form(content: &dyn ReadAt, is_entry: &dyn Fn(&[u8]) -> bool) -> Result<Form> {
    let sample = read(content, 0, SAMPLE)?;
    let mark = if sample.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let text = &sample[mark..];
    let blank = text.len() - text.trim_ascii_start().len();
    let start = (mark + blank) as u64;
    let text = &text[blank..];
    match text.first() {
        Some(b'{' | b'[') => json(content, start, text, is_entry),
        Some(_) => Ok(match csv::separator(text) {
            Some(separator) => Form::Table { start, separator },
            None if yaml::recognises(text) => Form::Yaml { start },
            None => Form::Lines { start },
        }),
        None => Ok(Form::Lines { start }),
    }
}

/// Decides by the end of the first value.
fn json(content: &dyn ReadAt, start: u64, sample: &[u8], is_entry: &dyn Fn(&[u8]) -> bool) -> Result<Form> {
    let mut tracker = JsonTracker::default();
    match tracker.feed(sample) {
        Progress::Done(end) => {
            // Amazon's delivery streams write values without line ends.
            let glued = matches!(sample.get(end), Some(b'{' | b'['));
            return Ok(if glued {
                Form::Document { start, path: Vec::new(), before: Vec::new() }
            } else {
                Form::Lines { start }
            });
        }
        Progress::Bad => return Ok(Form::Lines { start }),
        Progress::Open => {}
    }
    if content.length().saturating_sub(start) <= MAX_RECORD as u64 {
        return Ok(Form::Lines { start });
    }
    let mut at = start.saturating_add(sample.len() as u64);
    while at.saturating_sub(start) <= MAX_RECORD as u64 {
        let chunk = read(content, at, SAMPLE)?;
        if chunk.is_empty() || tracker.feed(&chunk) != Progress::Open {
            return Ok(Form::Lines { start });
        }
        at = at.saturating_add(chunk.len() as u64);
    }
    let large = read(content, start, LARGE_SAMPLE)?;
    let before = list_head(&large);
    let path = if before.is_empty() {
        path_finder::find(&large, is_entry).unwrap_or_default()
    } else {
        vec![Step::Key(b"items".to_vec()), Step::Element]
    };
    Ok(Form::Document { start, path, before })
}

/// The beginning of a list with the kind of a typed list; empty for another one.
fn list_head(document: &[u8]) -> Vec<u8> {
    let head = Metadata::of_beginning(document);
    if !head.kind.ends_with("List") || head.kind == "List" || head.api_version.is_empty() {
        return Vec::new();
    }
    let text = |text: &str| serde_json::Value::from(text).to_string();
    format!("{{\"kind\":{},\"apiVersion\":{},\"items\":[", text(&head.kind), text(&head.api_version)).into_bytes()
}

fn read(content: &dyn ReadAt, at: u64, length: usize) -> Result<Vec<u8>> {
    let mut chunk = vec![0; length];
    let read = read_up_to(content, at, &mut chunk).map_err(failed)?;
    chunk.truncate(read);
    Ok(chunk)
}
