//! Reads values from a [`Scan`].

use std::borrow::Cow;

use super::scanner::{MAX_DEPTH, Scan, ScanError};
use super::skip;

/// A string as written between its quotes, escapes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawStr<'a> {
    pub(super) bytes: &'a [u8],
    escaped: bool,
}

impl<'a> RawStr<'a> {
    /// Compares with `text`, which must not need escaping. Kubernetes' own keys do not.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        if self.escaped { self.text() == text } else { self.bytes == text.as_bytes() }
    }

    /// The unescaped text. Invalid UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        if !self.escaped {
            return String::from_utf8_lossy(self.bytes);
        }
        let mut quoted = Vec::with_capacity(self.bytes.len() + 2);
        quoted.push(b'"');
        quoted.extend_from_slice(self.bytes);
        quoted.push(b'"');
        // The scan has checked the escapes, so only invalid UTF-8 fails here.
        match serde_json::from_slice::<String>(&quoted) {
            Ok(text) => Cow::Owned(text),
            Err(_) => Cow::Owned(String::from_utf8_lossy(self.bytes).into_owned()),
        }
    }
}

/// The state of reading an object's members or an array's elements; see [`Scan::key`].
#[derive(Debug)]
pub struct Members {
    first: bool,
}

impl<'a> Scan<'a> {
    /// Reads a string.
    ///
    /// # Errors
    /// The next value is not a well-formed string.
    pub fn string(&mut self) -> Result<RawStr<'a>, ScanError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a string"));
        }
        let start = self.at + 1;
        let (end, escaped) = skip::string(self.bytes, start)?;
        self.at = end + 1;
        Ok(RawStr { bytes: &self.bytes[start..end], escaped })
    }

    /// Reads a string, or skips a value of another type.
    ///
    /// # Errors
    /// The value is malformed.
    pub fn string_or_skip(&mut self) -> Result<Option<RawStr<'a>>, ScanError> {
        if self.peek() == Some(b'"') {
            return self.string().map(Some);
        }
        self.skip()?;
        Ok(None)
    }

    /// Skips one value and returns its text.
    ///
    /// # Errors
    /// The value is malformed or nests too deep.
    pub fn skip(&mut self) -> Result<&'a [u8], ScanError> {
        if self.peek().is_none() {
            return Err(self.error("expected a value"));
        }
        let start = self.at;
        skip::value(self)?;
        Ok(&self.bytes[start..self.at])
    }

    /// Enters an object. Skips a value of another type and returns `None`.
    ///
    /// # Errors
    /// The value is malformed or nests too deep.
    pub fn object(&mut self) -> Result<Option<Members>, ScanError> {
        if self.peek() != Some(b'{') {
            self.skip()?;
            return Ok(None);
        }
        self.enter()?;
        Ok(Some(Members { first: true }))
    }

    /// Reads the next key of the object; read or skip its value next. `None` at the end of the object.
    ///
    /// # Errors
    /// The object is malformed.
    pub fn key(&mut self, members: &mut Members) -> Result<Option<RawStr<'a>>, ScanError> {
        if !self.more(&mut members.first, b'}')? {
            return Ok(None);
        }
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return Err(self.error("expected a colon"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Enters an array. Skips a value of another type and returns `None`.
    ///
    /// # Errors
    /// The value is malformed or nests too deep.
    pub fn array(&mut self) -> Result<Option<Members>, ScanError> {
        if self.peek() != Some(b'[') {
            self.skip()?;
            return Ok(None);
        }
        self.enter()?;
        Ok(Some(Members { first: true }))
    }

    /// Returns true if another element follows; read or skip it next.
    ///
    /// # Errors
    /// The array is malformed.
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
            _ => return Err(self.error("expected a comma or the end")),
        }
        *first = false;
        match self.peek() {
            Some(byte) if byte == close => Err(self.error("trailing comma")),
            _ => Ok(true),
        }
    }
}
