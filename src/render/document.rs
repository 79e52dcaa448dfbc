//! A rendered tree: lines with their depth, what changed in them, and what can be folded away.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use kuberewind_model::json::lex::Token;

/// The most lines that a document holds; what is beyond is counted.
pub const MAX_LINES: usize = 100_000;

/// Of the room that is left, the part that one unchanged piece of a difference may take: one in so many.
const ASIDE: usize = 16;

/// What a line says of the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sign {
    /// The same on both sides, or there is only one side.
    #[default]
    Same,
    /// Only in the new one.
    Added,
    /// Only in the old one.
    Removed,
    /// Another value in the same place, old and new on one line.
    Changed,
}

/// One line, without its indentation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// What it says of the difference.
    pub sign: Sign,
    /// How deep: two cells each.
    pub depth: u16,
    /// The text, as it came: not yet fit for a terminal.
    pub text: String,
    /// The JSON pointer of the value.
    pub path: Arc<str>,
    /// How many lines after this one belong under it.
    pub fold: u32,
    /// Whether they are folded away until asked for.
    pub closed: bool,
    /// The bytes of the text that differ from its counterpart.
    pub emphasis: Vec<Range<usize>>,
    /// Whether the line only stands for what it folds.
    pub elision: bool,
    /// Its parts as a grammar has them, in bytes; empty where nobody asked one.
    pub tokens: Vec<(Token, Range<usize>)>,
}

/// A rendered tree, or the difference of two.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The lines.
    pub lines: Vec<Line>,
    /// The changes, in the order of the lines, noise included.
    pub changes: Vec<Change>,
    /// Changes that were left out as noise, by the name of the field.
    pub hidden: BTreeMap<String, usize>,
    /// Lists without a merge key that differ in their order as well, or in nothing else, where that is no change.
    pub reordered: usize,
    /// Lines that did not fit into [`MAX_LINES`].
    pub left_out: usize,
    /// Where the part ends that is being written, and the lines that did not fit into it.
    part: Option<(usize, usize)>,
}

/// One change: where, and from what to what.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// JSON pointer; items of lists by their index in the side that has them, the new one where both do.
    pub path: Arc<str>,
    /// The value before; `None` where it was not there.
    pub before: Option<serde_json::Value>,
    /// The value after; `None` where it is gone.
    pub after: Option<serde_json::Value>,
}

impl Eq for Change {}

impl Document {
    /// Adds a line and gives its place, unless the document is full.
    pub fn push(&mut self, line: Line) -> Option<usize> {
        if let Some((end, left_out)) = &mut self.part
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

    /// Writes a part that is not what the document is about: it gets a share of the room that is left, so that there is
    /// always some for what comes after it. Gives how many of its lines did not fit.
    pub fn aside(&mut self, write: impl FnOnce(&mut Document)) -> usize {
        let room = MAX_LINES.saturating_sub(self.lines.len()) / ASIDE;
        self.part = Some((self.lines.len() + room, 0));
        write(self);
        self.part.take().map_or(0, |(_, left_out)| left_out)
    }

    /// Everything from here on belongs under line `head`.
    pub fn close(&mut self, head: usize, closed: bool) {
        let under = self.lines.len().saturating_sub(head + 1);
        if let Some(line) = self.lines.get_mut(head) {
            line.fold = u32::try_from(under).unwrap_or(u32::MAX);
            line.closed = closed;
        }
    }

    /// How many changes were left out as noise.
    #[must_use]
    pub fn hidden_changes(&self) -> usize {
        self.hidden.values().sum()
    }
}
