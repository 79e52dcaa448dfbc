//! The table of messages and kinds.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::kind::Kind;
use crate::message::{Message, MessageId};
use crate::parse;

/// `table.txt`, from which the generator makes it.
static PACKED: &[u8] = include_bytes!("table.txt.zst");

/// Upper bound of the size of the text.
const TEXT_BYTES: usize = 1 << 20;

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

/// Returns the table. The first call decodes it, in about 4 ms.
///
/// The text is a constant of the build and a test decodes it. If it could not be read, the table would be empty.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| load().unwrap_or_default())
}

fn load() -> Option<Table> {
    let text = zstd::bulk::decompress(PACKED, TEXT_BYTES).ok()?;
    // The table lives as long as the program, and so does the text that its names point into.
    let text: &'static str = Box::leak(String::from_utf8(text).ok()?.into_boxed_str());
    parse::parse(text)
}

/// What a message id of another table would return.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_is_the_text_beside_it() {
        let text = zstd::bulk::decompress(PACKED, TEXT_BYTES).unwrap();
        assert!(text == include_bytes!("table.txt"), "run `go run ./table` in generate/");
    }

    #[test]
    fn every_line_of_the_table_is_used() {
        let table = table();
        let text = include_str!("table.txt");
        let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(table.messages.len(), count("message "));
        assert_eq!(table.kinds.len(), count("kind "));
        assert_eq!(table.shared.len(), count("shared "));
        let fields: usize = table.messages.iter().map(|message| message.fields.len()).sum();
        let resources = table.kinds.iter().filter_map(Kind::resource);
        let subresources: usize = resources.map(|resource| resource.subresources.len()).sum();
        assert_eq!(fields + subresources, count("\t"));
    }
}
