//! Splits a list into items while it is being received.
//!
//! The input is `{"kind":"PodList","apiVersion":"v1","metadata":{…},"items":[…]}` in chunks of any size. Items are returned
//! one by one, so memory is bounded by the largest item. The list's metadata may precede or follow the items. The `rows` of a
//! table are its items.

use bytes::Bytes;

use super::scanner::{Scan, ScanError};

/// The longest kept member other than the items, in bytes. Those of Kubernetes have a few hundred.
const HEAD_LIMIT: usize = 64 * 1024;

/// The metadata of a list that has been read so far. Missing texts are ''.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListHead {
    /// For example `PodList` or `Table`.
    pub kind: String,
    pub api_version: String,
    pub resource_version: String,
    /// `metadata.continue`: requests the next page.
    pub continue_token: String,
    pub remaining: Option<u64>,
    /// True after an array of items or rows.
    pub has_items: bool,
}

/// An item as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A complete item.
    Item(Bytes),
    /// The beginning of an item above the limit, and its full length.
    Cut(Bytes, u64),
}

/// The position of the splitter in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Member { first: bool },
    Key,
    Colon,
    Value,
    TopValue,
    Items { first: bool },
    AfterItem,
    Item,
    Done,
}

/// Finds the end of a value across chunks.
#[derive(Debug, Default)]
struct Element {
    depth: usize,
    in_string: bool,
    escaped: bool,
    scalar: bool,
}

/// The end of a value relative to a chunk.
enum End {
    /// The value ends before this offset.
    At(usize),
    /// The value continues in the next chunk.
    Open,
}

#[derive(Debug)]
pub struct ListSplitter {
    limit: usize,
    state: State,
    element: Element,
    kept: Vec<u8>,
    length: u64,
    key: String,
    head: ListHead,
    read: usize,
}

impl ListSplitter {
    /// Creates a splitter that truncates items above `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> ListSplitter {
        ListSplitter {
            limit,
            state: State::Start,
            element: Element::default(),
            kept: Vec::new(),
            length: 0,
            key: String::new(),
            head: ListHead::default(),
            read: 0,
        }
    }

    #[must_use]
    pub fn head(&self) -> &ListHead {
        &self.head
    }

    /// The number of buffered bytes of an incomplete item.
    #[must_use]
    pub fn held(&self) -> usize {
        self.kept.len()
    }

    /// Reads a chunk and appends the items that end in it to `out`. Unusable after an error.
    ///
    /// # Errors
    /// The document is not a list.
    pub fn push(&mut self, chunk: &Bytes, out: &mut Vec<Piece>) -> Result<(), ScanError> {
        let mut at = 0;
        while at < chunk.len() {
            at = match self.state {
                State::Key | State::TopValue | State::Item => self.follow(chunk, at, out)?,
                _ => self.step(chunk, at)?,
            };
        }
        self.read = self.read.saturating_add(chunk.len());
        Ok(())
    }

    /// Ends the document.
    ///
    /// # Errors
    /// The list is incomplete.
    pub fn finish(self) -> Result<ListHead, ScanError> {
        if self.state == State::Done { Ok(self.head) } else { Err(ScanError { at: self.read, what: "unterminated list" }) }
    }

    /// Reads one byte between values.
    fn step(&mut self, chunk: &Bytes, at: usize) -> Result<usize, ScanError> {
        let byte = chunk[at];
        if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            return Ok(at + 1);
        }
        let (state, next) = match (self.state, byte) {
            (State::Start, b'{') => (State::Member { first: true }, at + 1),
            (State::Member { first: true }, b'"') => (State::Key, at),
            (State::Member { .. }, b'}') => (State::Done, at + 1),
            (State::Member { first: false }, b',') => (State::Member { first: true }, at + 1),
            (State::Colon, b':') => (State::Value, at + 1),
            (State::Value, b'[') if self.key == "items" || self.key == "rows" => {
                self.head.has_items = true;
                (State::Items { first: true }, at + 1)
            }
            (State::Value, _) => (State::TopValue, at),
            (State::Items { first: true } | State::AfterItem, b']') => (State::Member { first: false }, at + 1),
            (State::AfterItem, b',') => (State::Items { first: false }, at + 1),
            (State::Items { .. }, b'{') => (State::Item, at),
            _ => return Err(ScanError { at: self.read + at, what: "not a list" }),
        };
        self.state = state;
        Ok(next)
    }

    /// Reads a part of a value.
    fn follow(&mut self, chunk: &Bytes, at: usize, out: &mut Vec<Piece>) -> Result<usize, ScanError> {
        match self.element.follow(&chunk[at..], self.length == 0) {
            End::Open => {
                self.keep(&chunk[at..]);
                Ok(chunk.len())
            }
            End::At(length) => {
                let end = at + length;
                let total = self.length.saturating_add(length as u64);
                let limit = if self.state == State::Item { self.limit } else { HEAD_LIMIT };
                let piece = if self.length == 0 && length <= limit {
                    Piece::Item(chunk.slice(at..end))
                } else {
                    self.keep(&chunk[at..end]);
                    let kept = Bytes::from(std::mem::take(&mut self.kept));
                    if total > limit as u64 { Piece::Cut(kept, total) } else { Piece::Item(kept) }
                };
                self.element = Element::default();
                self.length = 0;
                self.ended(piece, out)?;
                Ok(end)
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let limit = if self.state == State::Item { self.limit } else { HEAD_LIMIT };
        let room = limit.saturating_sub(self.kept.len()).min(bytes.len());
        self.kept.extend_from_slice(&bytes[..room]);
        self.length = self.length.saturating_add(bytes.len() as u64);
    }

    fn ended(&mut self, piece: Piece, out: &mut Vec<Piece>) -> Result<(), ScanError> {
        self.state = match (self.state, piece) {
            (State::Item, piece) => {
                out.push(piece);
                State::AfterItem
            }
            (State::Key, Piece::Item(key)) => {
                self.key = Scan::new(&key).string()?.text().into_owned();
                State::Colon
            }
            (State::Key, Piece::Cut(..)) => return Err(ScanError { at: self.read, what: "a key of the list is too long" }),
            (_, Piece::Item(value)) => {
                self.head.learn(&self.key, &value)?;
                State::Member { first: false }
            }
            (_, Piece::Cut(..)) => State::Member { first: false },
        };
        Ok(())
    }
}

impl ListHead {
    fn learn(&mut self, key: &str, value: &[u8]) -> Result<(), ScanError> {
        let mut scan = Scan::new(value);
        let text = |scan: &mut Scan<'_>| Ok(scan.string_or_skip()?.map(|text| text.text().into_owned()).unwrap_or_default());
        match key {
            "kind" => self.kind = text(&mut scan)?,
            "apiVersion" => self.api_version = text(&mut scan)?,
            // Go encodes a nil slice as null: an empty list.
            "items" | "rows" => self.has_items = value == b"null",
            "metadata" => {
                let Some(mut members) = scan.object()? else { return Ok(()) };
                while let Some(key) = scan.key(&mut members)? {
                    if key.is("resourceVersion") {
                        self.resource_version = text(&mut scan)?;
                    } else if key.is("continue") {
                        self.continue_token = text(&mut scan)?;
                    } else if key.is("remainingItemCount") {
                        self.remaining = std::str::from_utf8(scan.skip()?).ok().and_then(|count| count.parse().ok());
                    } else {
                        scan.skip()?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Element {
    /// Follows a value through `bytes`, from its first byte if `fresh`.
    fn follow(&mut self, bytes: &[u8], fresh: bool) -> End {
        let mut at = 0;
        if fresh {
            match bytes[0] {
                b'{' | b'[' => self.depth = 1,
                b'"' => self.in_string = true,
                _ => self.scalar = true,
            }
            at = 1;
        }
        while at < bytes.len() {
            if self.in_string {
                at = self.in_string(bytes, at);
                if !self.in_string && self.depth == 0 {
                    return End::At(at);
                }
                continue;
            }
            let byte = bytes[at];
            if self.scalar {
                if matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') {
                    return End::At(at);
                }
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth -= 1,
                    _ => {}
                }
                if self.depth == 0 {
                    return End::At(at + 1);
                }
            }
            at += 1;
        }
        End::Open
    }

    /// Reads a string up to the byte after its end, or to the end of the chunk.
    fn in_string(&mut self, bytes: &[u8], mut at: usize) -> usize {
        if self.escaped {
            self.escaped = false;
            at += 1;
        }
        while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
            at += found + 1;
            if bytes[at - 1] == b'"' {
                self.in_string = false;
                return at;
            }
            if at == bytes.len() {
                self.escaped = true;
                return at;
            }
            at += 1;
        }
        bytes.len()
    }
}
