//! The position of a scan in its document, and its errors.

use std::fmt;

/// The deepest nesting allowed: the limit of `serde_json`, so that every reader can parse what is stored.
pub const MAX_DEPTH: usize = 127;

/// Malformed JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanError {
    /// Offset in bytes.
    pub at: usize,
    pub what: &'static str,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

impl std::error::Error for ScanError {}

/// A scan over one document.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) depth: usize,
    spaced: bool,
}

impl<'a> Scan<'a> {
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Scan<'a> {
        Scan { bytes, at: 0, depth: 0, spaced: false }
    }

    /// The offset of the next byte.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }

    /// True if there was white space between tokens so far, so the text is not compact.
    #[must_use]
    pub fn spaced(&self) -> bool {
        self.spaced
    }

    /// The next byte that is not white space, without consuming it.
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

    /// Checks that only white space follows.
    ///
    /// # Errors
    /// Something else follows.
    pub fn end(&mut self) -> Result<(), ScanError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("trailing characters")),
        }
    }

    pub(super) fn error(&self, what: &'static str) -> ScanError {
        ScanError { at: self.at, what }
    }
}
