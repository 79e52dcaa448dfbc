//! A kind that is known from its objects and from the requests for it.

use std::sync::Arc;

use serde_json::Value;

use super::custom::VERBS;
use super::resource_type::{CustomVersion, ResourceType, TableKey};

/// What is known about a kind that the server shows without having its definition.
#[derive(Debug, Clone, Default)]
pub struct SeenKind {
    /// The API group, '' for the core group.
    pub group: String,
    /// The kind as in URLs: `deployments`.
    pub plural: String,
    /// The versions that were seen, the preferred one first.
    pub versions: Vec<String>,
    /// For example `Deployment`, '' if it is unknown.
    pub kind: String,
    /// True if the objects have namespaces.
    pub namespaced: bool,
    /// For example `deploy`.
    pub short_names: Vec<String>,
    /// The structural schema of a custom kind.
    pub schema: Option<Value>,
    /// True if the status of a custom kind is written through a subresource.
    pub has_status: bool,
}

impl SeenKind {
    /// The versions to serve: those of the built-in kind first, then others that were seen.
    pub(super) fn versions_of(self, builtin: &[ResourceType]) -> Vec<ResourceType> {
        let mut all = builtin.to_vec();
        let others: Vec<ResourceType> = self
            .versions
            .iter()
            .filter(|version| builtin.iter().all(|known| *known.version != ***version))
            .map(|version| self.in_version(version, builtin.first()))
            .collect();
        all.extend(others);
        all
    }

    fn in_version(&self, version: &str, known: Option<&ResourceType>) -> ResourceType {
        if let Some(known) = known {
            return ResourceType { version: version.into(), ..known.clone() };
        }
        // The name of a kind that only URLs name is its plural, as everywhere in a recording.
        let kind = if self.kind.is_empty() { &self.plural } else { &self.kind };
        ResourceType {
            table: TableKey::new(&self.group, &self.plural),
            version: version.into(),
            kind: kind.clone(),
            list_kind: format!("{kind}List"),
            singular: kind.to_lowercase(),
            short_names: self.short_names.clone(),
            categories: Vec::new(),
            namespaced: self.namespaced,
            verbs: VERBS.to_vec(),
            has_status: self.has_status,
            scale: None,
            custom: Some(Arc::new(CustomVersion {
                schema: self.schema.clone(),
                columns: Vec::new(),
                selectable: Vec::new(),
                preserve_unknown: true,
            })),
        }
    }
}
