//! A JSON text as a flat list of nodes with their byte ranges.

use std::borrow::Cow;
use std::ops::Range;

use crate::json::scan::{Members, RawStr, Scan, ScanError};

/// The index of a node. Nodes are in document order; the descendants of a container follow it directly.
pub(super) type NodeId = usize;

/// The node of the whole document.
pub(super) const ROOT: NodeId = 0;

/// The value of a node.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content<'t> {
    Object,
    Array,
    Text(RawStr<'t>),
    /// The number as it is written.
    Number(&'t str),
    Bool(bool),
    Null,
}

#[derive(Debug)]
struct Node<'t> {
    /// The key of an object's member.
    key: Option<RawStr<'t>>,
    content: Content<'t>,
    range: Range<usize>,
    /// The first node behind the descendants.
    end: NodeId,
}

/// A parsed JSON text. Parsing needs no recursion: the depth of [`Scan`] bounds the stack of open containers.
#[derive(Debug)]
pub(super) struct Document<'t> {
    text: &'t str,
    nodes: Vec<Node<'t>>,
}

impl<'t> Document<'t> {
    /// Parses a text that is one JSON value.
    ///
    /// # Errors
    /// The text is not JSON or nests too deep.
    pub(super) fn parse(text: &'t str) -> Result<Document<'t>, ScanError> {
        let mut scan = Scan::new(text.as_bytes());
        let mut nodes = Vec::with_capacity(text.len() / 32 + 4);
        let mut open: Vec<(NodeId, Members)> = Vec::new();
        let mut key = None;
        loop {
            if let Some(members) = value(&mut scan, text, key.take(), &mut nodes)? {
                open.push((nodes.len() - 1, members));
            }
            loop {
                let Some((container, members)) = open.last_mut() else {
                    scan.end()?;
                    return Ok(Document { text, nodes });
                };
                let container = *container;
                let more = if matches!(nodes[container].content, Content::Object) {
                    key = scan.key(members)?;
                    key.is_some()
                } else {
                    scan.element(members)?
                };
                if more {
                    break;
                }
                nodes[container].range.end = scan.offset();
                nodes[container].end = nodes.len();
                open.pop();
            }
        }
    }

    /// The text that was parsed.
    pub(super) fn source(&self) -> &'t str {
        self.text
    }

    pub(super) fn content(&self, node: NodeId) -> Content<'t> {
        self.nodes[node].content
    }

    /// The bytes of the value.
    pub(super) fn range(&self, node: NodeId) -> Range<usize> {
        self.nodes[node].range.clone()
    }

    /// The node and all its descendants.
    pub(super) fn subtree(&self, node: NodeId) -> Range<NodeId> {
        node..self.nodes[node].end
    }

    /// The key of an object's member; `None` for other nodes.
    pub(super) fn key(&self, node: NodeId) -> Option<Cow<'t, str>> {
        self.nodes[node].key.as_ref().map(RawStr::text)
    }

    /// The JSON pointer to a node.
    pub(super) fn pointer(&self, node: NodeId) -> String {
        let mut pointer = String::new();
        let mut at = ROOT;
        while at != node {
            let next = self.children(at).enumerate().find(|(_, child)| self.subtree(*child).contains(&node));
            let Some((index, child)) = next else { break };
            let step = self.key(child).map_or_else(|| index.to_string(), Cow::into_owned);
            pointer.push('/');
            pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
            at = child;
        }
        pointer
    }

    /// The unescaped text of a string; `None` for other values.
    pub(super) fn text(&self, node: NodeId) -> Option<Cow<'t, str>> {
        match self.content(node) {
            Content::Text(text) => Some(text.text()),
            _ => None,
        }
    }

    pub(super) fn is_text(&self, node: NodeId, text: &str) -> bool {
        matches!(self.content(node), Content::Text(raw) if raw.is(text))
    }

    pub(super) fn is_any_text(&self, node: NodeId) -> bool {
        matches!(self.content(node), Content::Text(_))
    }

    pub(super) fn is_object(&self, node: NodeId) -> bool {
        matches!(self.content(node), Content::Object)
    }

    pub(super) fn is_array(&self, node: NodeId) -> bool {
        matches!(self.content(node), Content::Array)
    }

    /// The members of an object or the items of an array, in order; none for other values.
    pub(super) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.nodes[node].end;
        let first = Some(node + 1).filter(|child| *child < end);
        std::iter::successors(first, move |child| Some(self.nodes[*child].end).filter(|next| *next < end))
    }

    /// The members of an object with their keys.
    pub(super) fn entries(&self, node: NodeId) -> impl Iterator<Item = (Cow<'t, str>, NodeId)> + '_ {
        self.children(node).filter_map(|child| Some((self.nodes[child].key?.text(), child)))
    }

    /// The members of an object that have this key: more than one if a client repeats a key.
    pub(super) fn members<'a>(&'a self, node: NodeId, key: &'a str) -> impl Iterator<Item = NodeId> + 'a {
        self.children(node).filter(move |child| self.nodes[*child].key.is_some_and(|raw| raw.is(key)))
    }

    /// True if the object has the member, and it is this text wherever the key is repeated.
    pub(super) fn member_is(&self, node: NodeId, key: &str, text: &str) -> bool {
        let mut members = self.members(node, key).peekable();
        members.peek().is_some() && members.all(|member| self.is_text(member, text))
    }
}

/// Reads the next value into a node. Returns the state of a container that was entered.
fn value<'t>(
    scan: &mut Scan<'t>,
    text: &'t str,
    key: Option<RawStr<'t>>,
    nodes: &mut Vec<Node<'t>>,
) -> Result<Option<Members>, ScanError> {
    let first = scan.peek();
    let start = scan.offset();
    let (content, members) = match first {
        Some(b'{') => (Content::Object, scan.object()?),
        Some(b'[') => (Content::Array, scan.array()?),
        Some(b'"') => (Content::Text(scan.string()?), None),
        _ => {
            scan.skip()?;
            let content = match first {
                Some(b't') => Content::Bool(true),
                Some(b'f') => Content::Bool(false),
                Some(b'n') => Content::Null,
                _ => Content::Number(text.get(start..scan.offset()).unwrap_or_default()),
            };
            (content, None)
        }
    };
    nodes.push(Node { key, content, range: start..scan.offset(), end: nodes.len() + 1 });
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_items_are_found_in_order() {
        let document = Document::parse(r#"{"b":[1,{"x":"\u0041"},[]],"a":null,"b":-1.50e3}"#).unwrap();
        let keys: Vec<String> = document.entries(ROOT).map(|(key, _)| key.into_owned()).collect();
        assert_eq!(keys, ["b", "a", "b"]);
        let b: Vec<NodeId> = document.members(ROOT, "b").collect();
        assert_eq!(document.children(b[0]).count(), 3);
        assert_eq!(&document.source()[document.range(b[0])], r#"[1,{"x":"\u0041"},[]]"#);
        assert!(matches!(document.content(b[1]), Content::Number("-1.50e3")));
        let texts: Vec<_> = document.subtree(ROOT).filter_map(|node| document.text(node)).collect();
        assert_eq!(texts, ["A"]);
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        let deep = "[".repeat(10_000);
        for text in ["", "{", "[1,]", "{\"a\"}", "1 2", "nul", "{\"a\":1,}", &deep] {
            assert!(Document::parse(text).is_err(), "{}", &text[..text.len().min(20)]);
        }
        for text in ["1", "\"x\"", "[]", "{}", "[[],{}]"] {
            assert!(Document::parse(text).is_ok(), "{text}");
        }
    }
}
