//! A rendered object or diff: lines with their depth, their changes and their folds.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use kuberewind_model::json::lex::Token;

/// The most lines that a document holds. Further lines are counted only.
pub const MAX_LINES: usize = 100_000;

/// An unchanged part of a diff may take one in `UNCHANGED_SHARE` of the remaining lines.
const UNCHANGED_SHARE: usize = 16;

/// The change that a line of a diff shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sign {
    /// Equal on both sides, or the document is not a diff.
    #[default]
    Same,
    /// Only in the new object.
    Added,
    /// Only in the old object.
    Removed,
    /// A changed value: `key: old → new`.
    Changed,
}

/// One line, without its indentation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    pub sign: Sign,
    /// The indentation, in units of two cells.
    pub depth: u16,
    /// The text without its indentation. It comes from the recording: escape it before you print it.
    pub text: String,
    /// The JSON pointer of the value.
    pub path: Arc<str>,
    /// The number of lines after this one that are nested under it.
    pub fold: u32,
    /// True if the fold is closed at first.
    pub closed: bool,
    /// Byte ranges of the text that differ from the counterpart.
    pub emphasis: Vec<Range<usize>>,
    /// True for a line that summarises unchanged lines. It is not part of the object.
    pub elision: bool,
    /// Byte ranges of the syntax tokens. Empty if the text was not parsed.
    pub tokens: Vec<(Token, Range<usize>)>,
}

/// A rendered object, or the diff of two.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    pub lines: Vec<Line>,
    /// The changes, in the order of the lines, including the hidden ones.
    pub changes: Vec<Change>,
    /// The number of hidden changes by field name.
    pub hidden: BTreeMap<String, usize>,
    /// The number of lists whose order differs where the order is ignored.
    pub reordered: usize,
    /// The number of lines beyond [`MAX_LINES`].
    pub left_out: usize,
    /// While [`Document::bounded`] runs: the line at which its room ends, and the number of lines beyond it.
    bound: Option<(usize, usize)>,
}

/// A changed value.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// JSON pointer. List items have their index in the new list, removed items their index in the old list.
    pub path: Arc<str>,
    /// The old value, `None` for an addition.
    pub before: Option<serde_json::Value>,
    /// The new value, `None` for a removal.
    pub after: Option<serde_json::Value>,
}

impl Eq for Change {}

impl Document {
    /// Appends a line and returns its index, or counts it if the document is full.
    pub fn push(&mut self, line: Line) -> Option<usize> {
        if let Some((end, left_out)) = &mut self.bound
            && self.lines.len() >= *end
        {
            *left_out += 1;
            return None;
        }
        if self.lines.len() >= MAX_LINES {
            self.left_out += 1;
            return None;
        }
        self.lines.push(line);
        Some(self.lines.len() - 1)
    }

    /// Runs `write` with a share of the remaining lines as its limit, so that an unchanged part does not displace the changes
    /// after it. Returns the number of lines beyond the limit.
    pub fn bounded(&mut self, write: impl FnOnce(&mut Document)) -> usize {
        let room = MAX_LINES.saturating_sub(self.lines.len()) / UNCHANGED_SHARE;
        self.bound = Some((self.lines.len() + room, 0));
        write(self);
        self.bound.take().map_or(0, |(_, left_out)| left_out)
    }

    /// Ends the fold of line `head`: all lines after it are nested under it.
    pub fn end_fold(&mut self, head: usize, closed: bool) {
        let nested = self.lines.len().saturating_sub(head + 1);
        if let Some(line) = self.lines.get_mut(head) {
            line.fold = u32::try_from(nested).unwrap_or(u32::MAX);
            line.closed = closed;
        }
    }

    /// Returns the total number of hidden changes.
    #[must_use]
    pub fn hidden_changes(&self) -> usize {
        self.hidden.values().sum()
    }
}
