//! The request that a body belongs to.

use super::document::{Document, NodeId};

/// Resource, kind and media type of a body, from the request's path and headers. Unknown or absent texts are ''.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BodyInfo<'a> {
    /// API group; '' for core.
    pub group: &'a str,
    /// Plural resource name as in URLs.
    pub resource: &'a str,
    pub kind: &'a str,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    /// '' is read as JSON.
    pub media_type: &'a str,
}

impl<'a> BodyInfo<'a> {
    pub(super) fn is_json_patch(&self) -> bool {
        self.media_type.starts_with("application/json-patch+json")
    }

    pub(super) fn is_secret(&self) -> bool {
        (self.group.is_empty() && self.resource == "secrets") || self.kind == "Secret"
    }

    /// The words that messages about this object may quote without a secret being revealed.
    pub(super) fn public_words(&self) -> [&'a str; 7] {
        [self.name, self.resource, self.kind, self.namespace, self.group, "Secret", "secrets"]
    }
}

/// True if the node is an object that could be a Secret. Of duplicate keys any may be the one that the server reads.
pub(super) fn is_secret_object(document: &Document<'_>, node: NodeId) -> bool {
    let mut versions = document.members(node, "apiVersion").peekable();
    document.members(node, "kind").any(|kind| document.is_text(kind, "Secret"))
        && (versions.peek().is_none()
            || versions.any(|version| document.is_text(version, "v1") || !document.is_any_text(version)))
}
