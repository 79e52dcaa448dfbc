//! One pass over a JSON text that visits every leaf with a fingerprint of its path.
//!
//! Paths are fingerprints rather than texts, since a recording needs the text of few paths; the text is then scanned again. An
//! item of a list of objects is identified by its key, so the order of the list does not matter.

use std::ops::ControlFlow;

use memchr::memchr2;

use crate::hash::{bytes, pair};

/// Kubernetes objects do not nest deeper. Deeper texts are rejected.
const MAX_DEPTH: usize = 96;
/// Items nested deeper are identified by index, since finding the key reads an item twice per level.
const MAX_KEYED_DEPTH: usize = 24;
/// The start of a string that is searched word by word.
const NEAR: usize = 16;
/// The members that identify an item, by priority.
const ITEM_KEYS: [&[u8]; 9] = [b"name", b"type", b"uid", b"key", b"mountPath", b"devicePath", b"containerPort", b"port", b"ip"];

/// The fingerprint of the root.
pub(super) const ROOT: u64 = 0x6b75_6265_7277_6e64;

/// A segment of a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Segment {
    /// Byte range of the key as written.
    Key(usize, usize),
    Index(u64),
}

/// A container that is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    path: u64,
    /// The number of the container in the text, from 0.
    pub no: u32,
    /// The last segment of its path, `Index(0)` for the root.
    pub segment: Segment,
    list: bool,
    /// True for a list whose scalars form a set.
    set: bool,
    count: u64,
}

/// A leaf's value.
pub(super) enum Scalar<'a> {
    /// A string as written, without quotes.
    Text(&'a [u8]),
    Other(&'a [u8]),
}

/// Receives the parts of a text.
pub(super) trait Visitor {
    /// A leaf: path fingerprint, value, byte range, containers, and last path segment.
    fn leaf(&mut self, path: u64, scalar: Scalar<'_>, at: (usize, usize), above: &[Frame], segment: Segment);
    /// Returns true to skip the member `key` of the innermost container.
    fn skips(&mut self, key: &[u8], above: &[Frame], text: &[u8]) -> bool;
    /// Called at the start of a list item that is an object, with the list's path and the rest of the text.
    fn item(&mut self, _list: u64, _item: &[u8]) {}
    /// Called at the start of a container that is not empty, with its path and the number of its parent.
    fn opened(&mut self, _path: u64, _around: Option<u32>) {}
    /// Called for a skipped member with its path, containers, key and value.
    fn skipped(&mut self, _path: u64, _above: &[Frame], _key: &[u8], _value: &[u8]) {}
    /// Called for a key written with escapes.
    fn odd_key(&mut self) {}
}

/// The fingerprint of a member.
pub(super) fn member(path: u64, key: &[u8]) -> u64 {
    pair(path, bytes(key))
}

fn keyed_item(path: u64, name: u64) -> u64 {
    pair(path ^ 0x5ee7, name)
}

fn placed_item(path: u64, place: u64) -> u64 {
    pair(path ^ 0x91ace, place)
}

/// A scan over one text.
pub(super) struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    stack: Vec<Frame>,
    opened: u32,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a [u8]) -> Scan<'a> {
        Scan { text, at: 0, stack: Vec::with_capacity(16), opened: 0 }
    }

    /// Scans the text. `None` if it is not JSON or nests too deep.
    pub fn run(mut self, visitor: &mut impl Visitor) -> Option<()> {
        self.value(ROOT, Segment::Index(0), false, visitor)?;
        while let Some(frame) = self.stack.last().copied() {
            let close = if frame.list { b']' } else { b'}' };
            let mut next = self.peek()?;
            if next == close {
                self.at += 1;
                self.stack.pop();
                continue;
            }
            if frame.count > 0 {
                if next != b',' {
                    return None;
                }
                self.at += 1;
                next = self.peek()?;
            }
            if let Some(top) = self.stack.last_mut() {
                top.count += 1;
            }
            if frame.list { self.list_item(frame, next, visitor)? } else { self.object_member(frame, visitor)? }
        }
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    fn object_member(&mut self, frame: Frame, visitor: &mut impl Visitor) -> Option<()> {
        let (start, end, escaped) = self.string()?;
        if self.peek()? != b':' {
            return None;
        }
        self.at += 1;
        let key = &self.text[start..end];
        if escaped {
            visitor.odd_key();
        }
        if visitor.skips(key, &self.stack, self.text) {
            self.peek()?;
            let from = self.at;
            self.at = skip_value(self.text, from)?;
            visitor.skipped(member(frame.path, key), &self.stack, key, &self.text[from..self.at]);
            return Some(());
        }
        self.value(member(frame.path, key), Segment::Key(start, end), key == b"finalizers", visitor)
    }

    fn list_item(&mut self, frame: Frame, next: u8, visitor: &mut impl Visitor) -> Option<()> {
        let place = frame.count;
        let start = self.at;
        let mut path = placed_item(frame.path, place);
        if next == b'{' && self.stack.len() <= MAX_KEYED_DEPTH {
            let item = &self.text[start..];
            visitor.item(frame.path, item);
            if let Some(name) = item_name(item) {
                path = keyed_item(frame.path, name);
            }
        } else if frame.set && next == b'"' {
            let end = skip_value(self.text, start)?;
            path = keyed_item(frame.path, bytes(&self.text[start..end]));
        }
        self.value(path, Segment::Index(place), false, visitor)
    }

    fn value(&mut self, path: u64, segment: Segment, set: bool, visitor: &mut impl Visitor) -> Option<()> {
        let next = self.peek()?;
        let start = self.at;
        match next {
            b'{' | b'[' => {
                self.at += 1;
                let list = next == b'[';
                if self.peek()? == if list { b']' } else { b'}' } {
                    self.at += 1;
                    visitor.leaf(path, Scalar::Other(if list { b"[]" } else { b"{}" }), (start, self.at), &self.stack, segment);
                } else if self.stack.len() >= MAX_DEPTH {
                    return None;
                } else {
                    visitor.opened(path, self.stack.last().map(|around| around.no));
                    self.stack.push(Frame { path, no: self.opened, segment, list, set, count: 0 });
                    self.opened = self.opened.saturating_add(1);
                }
            }
            b'"' => {
                let (from, to, _) = self.string()?;
                visitor.leaf(path, Scalar::Text(&self.text[from..to]), (start, self.at), &self.stack, segment);
            }
            _ => {
                let end = scalar_end(self.text, start)?;
                self.at = end;
                visitor.leaf(path, Scalar::Other(&self.text[start..end]), (start, end), &self.stack, segment);
            }
        }
        Some(())
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    /// Reads a string. Returns the byte range of its content, and true if it has escapes.
    fn string(&mut self) -> Option<(usize, usize, bool)> {
        if self.peek()? != b'"' {
            return None;
        }
        let (end, escaped) = string_end(self.text, self.at)?;
        let content = (self.at + 1, end - 1, escaped);
        self.at = end;
        Some(content)
    }
}

/// The offset after the string that starts at `start`, and true if it has escapes.
fn string_end(text: &[u8], start: usize) -> Option<(usize, bool)> {
    let (mut at, mut escaped) = (start + 1, false);
    loop {
        at += special(text.get(at..)?)?;
        if text[at] == b'"' {
            return Some((at + 1, escaped));
        }
        escaped = true;
        at += 2;
    }
}

/// Finds the first quote or backslash. Most strings end before a vectorised search pays off, so the first bytes are checked
/// eight at a time.
fn special(text: &[u8]) -> Option<usize> {
    let (words, _) = text.as_chunks::<8>();
    for (word, at) in words.iter().take(NEAR / 8).zip([0, 8]) {
        let word = u64::from_le_bytes(*word);
        let found = holds(word, b'"') | holds(word, b'\\');
        if found != 0 {
            // A borrow can mark a wrong byte only above a right one.
            return usize::try_from(found.trailing_zeros() / 8).ok().map(|place| at + place);
        }
    }
    let begin = (words.len() * 8).min(NEAR);
    memchr2(b'"', b'\\', &text[begin..]).map(|far| begin + far)
}

/// Sets the highest bit of each byte of `word` that equals `byte` (Hacker's Delight, section 6-1: finding a zero byte).
fn holds(word: u64, byte: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let difference = word ^ (u64::from(byte) * ONES);
    difference.wrapping_sub(ONES) & !difference & (ONES << 7)
}

fn scalar_end(text: &[u8], start: usize) -> Option<usize> {
    let length =
        text[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')).count();
    (length > 0).then_some(start + length)
}

/// The offset after the value that starts at `start`. Counts brackets without matching them, so malformed content is skipped
/// too.
fn skip_value(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut depth = 0_usize;
    loop {
        match *text.get(at)? {
            b'"' => (at, _) = string_end(text, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' | b' ' | b'\n' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            _ => at = scalar_end(text, at)?,
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The value of a member of the object that starts the text, as written.
pub(super) fn member_text<'a>(object: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut found = None;
    members(object, |key, value| {
        if key == wanted {
            found = Some(value);
        }
        ControlFlow::Continue(())
    })?;
    found
}

/// The fingerprint of an item's key with the highest priority. Stops early at the top key, which usually comes first.
fn item_name(item: &[u8]) -> Option<u64> {
    let mut best: Option<(usize, u64)> = None;
    members(item, |key, value| {
        let Some(rank) = ITEM_KEYS.iter().position(|name| *name == key) else { return ControlFlow::Continue(()) };
        let scalar = !matches!(value.first(), Some(b'{' | b'[') | None);
        if scalar && best.is_none_or(|(other, _)| rank < other) {
            best = Some((rank, pair(bytes(key), bytes(value))));
        }
        if matches!(best, Some((0, _))) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    best.map(|(_, name)| name)
}

/// Visits the members of the object that starts the text until `visit` breaks. `None` if it is malformed.
fn members<'a>(object: &'a [u8], mut visit: impl FnMut(&'a [u8], &'a [u8]) -> ControlFlow<()>) -> Option<()> {
    let skip_space = |mut at: usize| {
        while object.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    };
    let mut at = 1;
    loop {
        at = skip_space(at);
        match *object.get(at)? {
            b'}' => return Some(()),
            b',' => at += 1,
            b'"' => {
                let (end, _) = string_end(object, at)?;
                let key = &object[at + 1..end - 1];
                at = skip_space(end);
                if *object.get(at)? != b':' {
                    return None;
                }
                at = skip_space(at + 1);
                let end = skip_value(object, at)?;
                if visit(key, &object[at..end]).is_break() {
                    return Some(());
                }
                at = end;
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::special;

    #[test]
    fn finds_the_first_special_byte_at_any_position() {
        // Bytes next to both targets, and those with the highest bit set.
        for filler in [0x00, 0x21, 0x23, 0x5b, 0x5d, 0xa2, 0xdc, 0xff] {
            for length in 0..40 {
                let text = vec![filler; length];
                assert_eq!(special(&text), None);
                for place in 0..length {
                    let mut text = text.clone();
                    text[length - 1] = b'"';
                    text[place] = b'\\';
                    assert_eq!(special(&text), Some(place), "{filler:#x} {length}");
                }
            }
        }
    }
}
