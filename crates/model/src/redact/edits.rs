//! Replacements of single values in a document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::document::{Document, NodeId};

/// The new value of a node.
enum Edit {
    Text(String),
    Number(u64),
}

/// The values of a document that are to be replaced. Only strings, numbers and booleans are, so that ranges never overlap.
pub(super) struct Edits<'d> {
    document: &'d Document<'d>,
    by_node: BTreeMap<NodeId, Edit>,
}

impl<'d> Edits<'d> {
    pub(super) fn new(document: &'d Document<'d>) -> Edits<'d> {
        Edits { document, by_node: BTreeMap::new() }
    }

    pub(super) fn set_text(&mut self, node: NodeId, text: String) {
        self.by_node.insert(node, Edit::Text(text));
    }

    pub(super) fn set_number(&mut self, node: NodeId, number: u64) {
        self.by_node.insert(node, Edit::Number(number));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_node.is_empty()
    }

    /// True if the value has been replaced.
    pub(super) fn contains(&self, node: NodeId) -> bool {
        self.by_node.contains_key(&node)
    }

    /// The text of a string as it is after the edits so far; `None` for other values.
    pub(super) fn text(&self, node: NodeId) -> Option<Cow<'_, str>> {
        match self.by_node.get(&node) {
            Some(Edit::Text(text)) => Some(Cow::Borrowed(text)),
            Some(Edit::Number(_)) => None,
            None => self.document.text(node),
        }
    }

    /// The document's text with the replaced values; all other bytes stay.
    pub(super) fn apply(self) -> String {
        let source = self.document.source();
        let mut out = String::with_capacity(source.len() + 32 * self.by_node.len());
        let mut copied = 0;
        for (node, edit) in self.by_node {
            let range = self.document.range(node);
            out.push_str(&source[copied..range.start]);
            let value = match edit {
                Edit::Text(text) => serde_json::Value::String(text).to_string(),
                Edit::Number(number) => number.to_string(),
            };
            out.push_str(&value);
            copied = range.end;
        }
        out.push_str(&source[copied..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::ROOT;
    use super::*;

    #[test]
    fn only_the_edited_values_change() {
        let document = Document::parse(r#"{"z":1.0,"a":"\u003c","n":12345678901234567890123,"b":true}"#).unwrap();
        let node = |key| document.members(ROOT, key).next().unwrap();
        let mut edits = Edits::new(&document);
        edits.set_number(node("z"), 7);
        edits.set_text(node("b"), "\"x\"".into());
        assert_eq!((edits.text(node("a")).as_deref(), edits.text(node("b")).as_deref()), (Some("<"), Some("\"x\"")));
        assert_eq!(edits.text(node("z")), None);
        assert_eq!(edits.apply(), r#"{"z":7,"a":"\u003c","n":12345678901234567890123,"b":"\"x\""}"#);
    }
}
