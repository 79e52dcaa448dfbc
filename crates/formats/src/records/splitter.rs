//! Finds the values at one path of a JSON document while it is being read, without holding the document.

use super::json_tracker::{JsonTracker, Progress};
use super::record::MAX_RECORD;

/// Longer keys are not compared.
const MAX_KEY: usize = 256;

/// One step of a path in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(Vec<u8>),
    /// Any element of an array.
    Element,
}

/// A value at the path.
pub(super) enum Found {
    Value(Vec<u8>),
    /// A value above the limit, with its length.
    TooLong(u64),
}

/// The document is not JSON at this point.
#[derive(Debug)]
pub(super) struct Malformed;

/// An open container above the path's end.
struct Frame {
    array: bool,
    /// The current key of an object.
    key: Vec<u8>,
    /// True after a key, before its value.
    has_key: bool,
}

pub(super) struct Splitter {
    path: Vec<Step>,
    frames: Vec<Frame>,
    string: Option<StringState>,
    value: Option<ValueState>,
}

#[derive(Default)]
struct StringState {
    escaped: bool,
    text: Vec<u8>,
}

struct ValueState {
    tracker: JsonTracker,
    /// `None` if the value is skipped.
    buffer: Option<Vec<u8>>,
    length: u64,
}

impl Splitter {
    pub(super) fn new(path: Vec<Step>) -> Splitter {
        Splitter { path, frames: Vec::new(), string: None, value: None }
    }

    /// Bytes of the value that is being read.
    pub(super) fn held(&self) -> u64 {
        self.value.as_ref().map_or(0, |value| value.length)
    }

    /// True between values.
    pub(super) fn is_complete(&self) -> bool {
        self.frames.is_empty() && self.value.is_none() && self.string.is_none()
    }

    /// Reads a chunk to the end of a value at the path; returns the bytes used, and the value if one ended.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(usize, Option<Found>), Malformed> {
        let mut at = 0;
        while at < chunk.len() {
            if self.value.is_some() {
                let (used, found) = self.value(&chunk[at..])?;
                at += used;
                if found.is_some() {
                    return Ok((at, found));
                }
            } else if self.string.is_some() {
                at += self.string(&chunk[at..]);
            } else {
                self.between(chunk[at])?;
                // A value starts with its bracket.
                at += usize::from(self.value.is_none());
            }
        }
        Ok((at, None))
    }

    /// Reads one byte outside of strings and values.
    fn between(&mut self, byte: u8) -> Result<(), Malformed> {
        match byte {
            b'{' | b'[' => {
                if self.frames.last().is_some_and(|frame| !frame.array && !frame.has_key) {
                    return Err(Malformed);
                }
                let depth = self.frames.len();
                let on_path = depth == 0 || self.matches(depth - 1);
                let kind_matches = match self.path.get(depth) {
                    Some(Step::Element) => byte == b'[',
                    Some(Step::Key(_)) => byte == b'{',
                    None => false,
                };
                if on_path && kind_matches {
                    self.frames.push(Frame { array: byte == b'[', key: Vec::new(), has_key: false });
                } else {
                    let wanted = on_path && depth == self.path.len();
                    let buffer = wanted.then(Vec::new);
                    self.value = Some(ValueState { tracker: JsonTracker::default(), buffer, length: 0 });
                }
            }
            b'}' | b']' => {
                let frame = self.frames.pop().ok_or(Malformed)?;
                if frame.array != (byte == b']') {
                    return Err(Malformed);
                }
                self.value_ended();
            }
            b'"' => self.string = Some(StringState::default()),
            b',' => self.value_ended(),
            _ => {}
        }
        Ok(())
    }

    fn value_ended(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.has_key = false;
        }
    }

    /// True if the open containers lead along the path.
    fn matches(&self, depth: usize) -> bool {
        match (self.frames.get(depth), self.path.get(depth)) {
            (Some(frame), Some(Step::Element)) => frame.array,
            (Some(frame), Some(Step::Key(key))) => !frame.array && frame.key == *key,
            _ => false,
        }
    }

    fn value(&mut self, chunk: &[u8]) -> Result<(usize, Option<Found>), Malformed> {
        let Some(value) = &mut self.value else { return Ok((0, None)) };
        let (used, done) = match value.tracker.feed(chunk) {
            Progress::Open => (chunk.len(), false),
            Progress::Done(end) => (end, true),
            Progress::Bad => return Err(Malformed),
        };
        value.length = value.length.saturating_add(used as u64);
        if let Some(buffer) = &mut value.buffer {
            let room = MAX_RECORD.saturating_sub(buffer.len()).min(used);
            buffer.extend_from_slice(&chunk[..room]);
        }
        if !done {
            return Ok((used, None));
        }
        let ended = self.value.take();
        self.value_ended();
        let found = ended.and_then(|value| match value.buffer {
            Some(_) if value.length > MAX_RECORD as u64 => Some(Found::TooLong(value.length)),
            buffer => buffer.map(Found::Value),
        });
        Ok((used, found))
    }

    /// Reads within a string above the path's end: a key, or a value that is skipped.
    fn string(&mut self, chunk: &[u8]) -> usize {
        let Some(string) = &mut self.string else { return 0 };
        for (at, byte) in chunk.iter().copied().enumerate() {
            if string.escaped {
                string.escaped = false;
            } else if byte == b'\\' {
                string.escaped = true;
            } else if byte == b'"' {
                let text = self.string.take().map(|string| string.text).unwrap_or_default();
                if let Some(frame) = self.frames.last_mut().filter(|frame| !frame.array && !frame.has_key) {
                    (frame.key, frame.has_key) = (text, true);
                }
                return at + 1;
            }
            if string.text.len() < MAX_KEY {
                string.text.push(byte);
            }
        }
        chunk.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(path: Vec<Step>, text: &str, piece: usize) -> Vec<String> {
        let mut splitter = Splitter::new(path);
        let mut found = Vec::new();
        for chunk in text.as_bytes().chunks(piece) {
            let mut at = 0;
            while at < chunk.len() {
                let (used, value) = splitter.push(&chunk[at..]).unwrap();
                at += used;
                if let Some(Found::Value(value)) = value {
                    found.push(String::from_utf8(value).unwrap());
                }
            }
        }
        assert!(splitter.is_complete());
        found
    }

    #[test]
    fn the_values_at_a_path_are_found_in_any_pieces() {
        let key = |key: &str| Step::Key(key.as_bytes().to_vec());
        let text = r#"{"took":3,"x":"[\"","hits":{"total":{"hits":[{"no":1}]},"hits":[{"a":[1]}, {"b":"}"}],"c":[{"no":2}]}}"#;
        let nested = r#"{"data":{"result":[{"values":[["1","a"],["2","b"]]},{"stream":{},"values":[["3","c"]]}]}}"#;
        for piece in 1..40 {
            let hits = values(vec![key("hits"), key("hits"), Step::Element], text, piece);
            assert_eq!(hits, [r#"{"a":[1]}"#, r#"{"b":"}"}"#], "{piece}");
            let path = vec![key("data"), key("result"), Step::Element, key("values"), Step::Element];
            assert_eq!(values(path, nested, piece), [r#"["1","a"]"#, r#"["2","b"]"#, r#"["3","c"]"#], "{piece}");
            assert_eq!(values(Vec::new(), "{\"a\":1}{\"b\":2}\n[3]", piece).len(), 3);
        }
    }
}
