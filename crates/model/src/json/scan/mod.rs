//! Reading JSON by going over its bytes once, without building a tree.
//!
//! The ingest path has a few microseconds per object; parsing 4 KiB into a tree takes ten times that. What it needs of a
//! body is that it is sound JSON, that it nests no deeper than the readers of the recording can follow, and a handful of
//! its metadata. [`Scan`] walks the bytes with an explicit depth instead of recursion, so that a hostile document of
//! 10,000 brackets is an error like any other.

mod compact;
mod list;
mod metadata;
mod skip;

pub use compact::compact;
pub use list::{ListHead, ListSplitter, Piece};
pub use metadata::{Metadata, Owner};

use std::borrow::Cow;
use std::fmt;

/// How deep a document may nest: what `serde_json` accepts, so that whatever is stored can be parsed by everybody.
pub const MAX_DEPTH: usize = 127;

/// Where and why a document is not sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanError {
    /// Offset in bytes.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

impl std::error::Error for ScanError {}

/// A string as it stands between its quotes, not yet unescaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawStr<'a> {
    bytes: &'a [u8],
    escaped: bool,
}

impl<'a> RawStr<'a> {
    /// Whether it reads `text`. Only for texts that need no escaping, as all of Kubernetes' own keys are.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        if self.escaped { self.text() == text } else { self.bytes == text.as_bytes() }
    }

    /// The text, unescaped. Bytes that are no UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        if !self.escaped {
            return String::from_utf8_lossy(self.bytes);
        }
        let mut quoted = Vec::with_capacity(self.bytes.len() + 2);
        quoted.push(b'"');
        quoted.extend_from_slice(self.bytes);
        quoted.push(b'"');
        // The scan has checked the escapes; only bytes that are no UTF-8 can make this fail.
        match serde_json::from_slice::<String>(&quoted) {
            Ok(text) => Cow::Owned(text),
            Err(_) => Cow::Owned(String::from_utf8_lossy(self.bytes).into_owned()),
        }
    }
}

/// Stands for an object whose members are being read; see [`Scan::key`].
#[derive(Debug)]
pub struct Members {
    first: bool,
}

/// A walk over one document.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    spaced: bool,
}

impl<'a> Scan<'a> {
    /// Stands at the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Scan<'a> {
        Scan { bytes, at: 0, depth: 0, spaced: false }
    }

    /// The offset of the next byte to be read.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Whether there was any white space between tokens so far: then the text is not compact.
    #[must_use]
    pub fn spaced(&self) -> bool {
        self.spaced
    }

    /// The next byte that is no white space, not consumed.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.spaced = true;
            self.at += 1;
        }
        None
    }

    /// Asserts that nothing but white space follows.
    ///
    /// # Errors
    /// Where something does.
    pub fn end(&mut self) -> Result<(), ScanError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("something follows the document")),
        }
    }

    /// Reads a string.
    ///
    /// # Errors
    /// Where there is none, or it is not sound.
    pub fn string(&mut self) -> Result<RawStr<'a>, ScanError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("a string was expected"));
        }
        let start = self.at + 1;
        let (end, escaped) = skip::string(self.bytes, start)?;
        self.at = end + 1;
        Ok(RawStr { bytes: &self.bytes[start..end], escaped })
    }

    /// Reads a string, or passes over a value that is none: what a server would not send cannot stop the reading.
    ///
    /// # Errors
    /// Where the value is not sound.
    pub fn string_or_skip(&mut self) -> Result<Option<RawStr<'a>>, ScanError> {
        if self.peek() == Some(b'"') {
            return self.string().map(Some);
        }
        self.skip()?;
        Ok(None)
    }

    /// Passes over one value and gives its text.
    ///
    /// # Errors
    /// Where it is not sound or nests too deep.
    pub fn skip(&mut self) -> Result<&'a [u8], ScanError> {
        if self.peek().is_none() {
            return Err(self.error("a value was expected"));
        }
        let start = self.at;
        skip::value(self)?;
        Ok(&self.bytes[start..self.at])
    }

    /// Enters an object, or passes over a value that is none (`None`).
    ///
    /// # Errors
    /// Where the value is not sound or nests too deep.
    pub fn object(&mut self) -> Result<Option<Members>, ScanError> {
        if self.peek() != Some(b'{') {
            self.skip()?;
            return Ok(None);
        }
        self.enter()?;
        Ok(Some(Members { first: true }))
    }

    /// The next key of the object; its value is to be read next. `None` at the object's end.
    ///
    /// # Errors
    /// Where the object is not sound.
    pub fn key(&mut self, members: &mut Members) -> Result<Option<RawStr<'a>>, ScanError> {
        if !self.more(&mut members.first, b'}')? {
            return Ok(None);
        }
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return Err(self.error("a colon was expected"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Enters an array, or passes over a value that is none (`None`).
    ///
    /// # Errors
    /// Where the value is not sound or nests too deep.
    pub fn array(&mut self) -> Result<Option<Members>, ScanError> {
        if self.peek() != Some(b'[') {
            self.skip()?;
            return Ok(None);
        }
        self.enter()?;
        Ok(Some(Members { first: true }))
    }

    /// Whether another element follows, to be read next.
    ///
    /// # Errors
    /// Where the array is not sound.
    pub fn element(&mut self, members: &mut Members) -> Result<bool, ScanError> {
        self.more(&mut members.first, b']')
    }

    fn enter(&mut self) -> Result<(), ScanError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("the document nests too deep"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn more(&mut self, first: &mut bool, close: u8) -> Result<bool, ScanError> {
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth -= 1;
                return Ok(false);
            }
            Some(b',') if !*first => self.at += 1,
            Some(_) if *first => {}
            _ => return Err(self.error("a comma or the end was expected")),
        }
        *first = false;
        match self.peek() {
            Some(byte) if byte == close => Err(self.error("nothing follows a comma")),
            _ => Ok(true),
        }
    }

    fn error(&self, what: &'static str) -> ScanError {
        ScanError { at: self.at, what }
    }
}
