//! Redaction of what is stored already.

use std::borrow::Cow;

use super::body_info::BodyInfo;
use super::document::{Content, Document, NodeId, ROOT};
use super::redactor::Redactor;
use crate::TextCleaner;

/// Longer texts are no names: messages, log lines, URLs.
const LONGEST_NAME: usize = 63;

impl Redactor {
    /// The places of a stored body that would be replaced now: JSON pointers, at most `limit`.
    pub fn places(&mut self, info: &BodyInfo<'_>, text: &str, limit: usize) -> Vec<String> {
        if Document::parse(text).is_err() {
            return if self.text(text) == text { Vec::new() } else { vec![String::new()] };
        }
        let Some(cleaned) = self.document(info, text).filter(|cleaned| cleaned != text) else { return Vec::new() };
        let (Ok(before), Ok(after)) = (Document::parse(text), Document::parse(&cleaned)) else { return vec![String::new()] };
        let differs = |node: &NodeId| match (before.content(*node), after.content(*node)) {
            (Content::Object, Content::Object) | (Content::Array, Content::Array) => false,
            // A replaced number is a number again, and looks like one that was not replaced.
            (Content::Number(_), _) => false,
            _ => before.source().get(before.range(*node)) != after.source().get(after.range(*node)),
        };
        let nodes = before.subtree(ROOT).filter(|node| *node < after.subtree(ROOT).end);
        nodes.filter(differs).take(limit).map(|node| before.pointer(node)).collect()
    }
}

impl TextCleaner for Redactor {
    fn text(&self, text: &str) -> Option<String> {
        match self.replaced.clean_name(text) {
            // A name that the rows refer to each other by.
            Cow::Borrowed(_) if text.len() <= LONGEST_NAME && !text.contains(' ') => None,
            Cow::Owned(cleaned) => Some(cleaned),
            Cow::Borrowed(_) => self.without_seen(text),
        }
    }

    fn body(&self, text: &str) -> Option<String> {
        match Document::parse(text) {
            Ok(_) => self.json_without_seen(text),
            // What an importer stores may be no JSON.
            Err(_) => self.without_seen(text),
        }
    }
}
