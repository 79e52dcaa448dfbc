//! The table of messages and kinds, and its lookups.

use std::collections::HashMap;

use crate::kind::Kind;
use crate::message::{Message, MessageId};

/// All messages and kinds of one Kubernetes release.
#[derive(Debug, Default)]
pub struct Table {
    pub(crate) version: &'static str,
    pub(crate) messages: Vec<Message>,
    pub(crate) by_name: HashMap<&'static str, MessageId>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) by_kind: HashMap<(&'static str, &'static str, &'static str), usize>,
    pub(crate) by_resource: HashMap<(&'static str, &'static str, &'static str), usize>,
    pub(crate) shared: Vec<(&'static str, MessageId)>,
}

/// The message for an id of another table.
static EMPTY: Message = Message {
    name: "",
    typed: false,
    map_type: None,
    fields: Vec::new(),
    by_number: Vec::new(),
    by_name: Vec::new(),
    always_printed: Vec::new(),
    inlined: Vec::new(),
};

impl Table {
    /// The Kubernetes release that the facts come from, such as `v1.35.4`.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// All messages, sorted by name.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// All kinds, sorted by group, version and name.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Returns a kind. The core group is the empty string.
    #[must_use]
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<&Kind> {
        self.kinds.get(*self.by_kind.get(&(group, version, kind))?)
    }

    /// Returns the kind of a resource, such as `apps`, `v1`, `deployments`.
    #[must_use]
    pub fn resource(&self, group: &str, version: &str, plural: &str) -> Option<&Kind> {
        self.kinds.get(*self.by_resource.get(&(group, version, plural))?)
    }

    /// Returns the message of the kind that an object or envelope names. Kinds such as `DeleteOptions` exist in every group
    /// and version.
    #[must_use]
    pub fn message_of(&self, api_version: &str, kind: &str) -> Option<&Message> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        if let Some(kind) = self.kind(group, version, kind) {
            return Some(self.message(kind.message));
        }
        let (_, id) = self.shared.iter().find(|(name, _)| *name == kind)?;
        Some(self.message(*id))
    }

    /// Returns a message by its name in OpenAPI, such as `io.k8s.api.core.v1.Pod`.
    #[must_use]
    pub fn message_named(&self, name: &str) -> Option<&Message> {
        self.by_name.get(name).map(|id| self.message(*id))
    }

    pub(crate) fn message(&self, id: MessageId) -> &Message {
        self.messages.get(usize::from(id.0)).unwrap_or(&EMPTY)
    }
}
