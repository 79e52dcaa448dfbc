//! The position of a value in a YAML document.

use std::sync::Arc;

use super::document::{Line, Sign};
use kuberewind_model::json::{pointer, scalar};

/// A value's key, indentation and path. From these a renderer makes the first line of the value.
#[derive(Debug, Clone)]
pub(super) struct Position {
    /// The key in YAML syntax, `None` for list items and for the root.
    pub(super) label: Option<String>,
    /// The depth of the value. A line that begins list items starts `dashes` levels further left.
    pub(super) depth: u16,
    /// The number of list items that begin on the value's first line.
    pub(super) dashes: u16,
    /// The JSON pointer.
    pub(super) path: Arc<str>,
}

impl Position {
    pub(super) fn root() -> Position {
        Position { label: None, depth: 0, dashes: 0, path: Arc::from("") }
    }

    /// Returns the position of the field `key`. The `first` field of a list item is on the line of its dash.
    pub(super) fn field(&self, key: &str, first: bool) -> Position {
        let depth = if self.label.is_some() { self.depth + 1 } else { self.depth };
        let dashes = if first && self.label.is_none() { self.dashes } else { 0 };
        Position { label: Some(scalar::key(key)), depth, dashes, path: pointer::child(&self.path, key) }
    }

    /// Returns the position of a list item.
    pub(super) fn item(&self, index: usize, first: bool) -> Position {
        let dashes = if first && self.label.is_none() { self.dashes } else { 0 };
        Position { label: None, depth: self.depth + 1, dashes: dashes + 1, path: pointer::item(&self.path, index) }
    }

    /// Returns the first line of a value: its dashes, its key and `value`.
    pub(super) fn line(&self, sign: Sign, value: &str) -> Line {
        let mut text = "- ".repeat(usize::from(self.dashes));
        if let Some(label) = &self.label {
            text.push_str(label);
            text.push(':');
            if !value.is_empty() {
                text.push(' ');
            }
        }
        text.push_str(value);
        Line { sign, depth: self.depth.saturating_sub(self.dashes), text, path: self.path.clone(), ..Line::default() }
    }
}
