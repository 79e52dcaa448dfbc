//! Finds the array of a large document that holds its records: the outermost one with an element that is recognised.

use super::splitter::{Found, Splitter, Step};

/// Arrays that are tried.
const MAX_CANDIDATES: usize = 64;
/// Steps to an array.
const MAX_STEPS: usize = 8;
/// Elements of an array that are tried.
const MAX_ELEMENTS: usize = 8;

/// Returns the path of the records in the start of a document; `None` if no array has any.
pub(super) fn find(sample: &[u8], is_record: &dyn Fn(&[u8]) -> bool) -> Option<Vec<Step>> {
    let mut candidates = arrays(sample);
    candidates.sort_by_key(Vec::len);
    candidates.into_iter().find(|path| has_record(sample, path, is_record))
}

fn has_record(sample: &[u8], path: &[Step], is_record: &dyn Fn(&[u8]) -> bool) -> bool {
    let mut splitter = Splitter::new(path.to_vec());
    let mut at = 0;
    for _ in 0..MAX_ELEMENTS {
        match splitter.push(&sample[at..]) {
            Ok((used, Some(Found::Value(value)))) => {
                if is_record(&value) {
                    return true;
                }
                at += used;
            }
            _ => return false,
        }
    }
    false
}

/// The paths of the elements of all arrays in the order of their beginnings.
fn arrays(sample: &[u8]) -> Vec<Vec<Step>> {
    let mut found: Vec<Vec<Step>> = Vec::new();
    // The containers that are open; the key of an object is that of its current member.
    let mut open: Vec<Step> = Vec::new();
    let mut text: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < sample.len() && found.len() < MAX_CANDIDATES {
        match sample[at] {
            b'"' => {
                let Some((end, string)) = string(sample, at + 1) else { break };
                (at, text) = (end, Some(string));
                continue;
            }
            b':' => {
                if let (Some(Step::Key(key)), Some(text)) = (open.last_mut(), text.take()) {
                    *key = text;
                }
            }
            b'{' => open.push(Step::Key(Vec::new())),
            b'[' => {
                open.push(Step::Element);
                if open.len() <= MAX_STEPS && !found.contains(&open) {
                    found.push(open.clone());
                }
            }
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads a string; returns the offset after it.
fn string(sample: &[u8], start: usize) -> Option<(usize, Vec<u8>)> {
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', sample.get(at..)?)?;
        if sample[at] == b'"' {
            return Some((at + 1, sample[start..at.min(start + 256)].to_vec()));
        }
        at += 2;
    }
}
