//! A kind in one version, as the server serves it.

use std::sync::{Arc, LazyLock};

use kuberewind_kinds::{Kind, table};
use serde_json::Value;

use kuberewind_model::k8s::status::Subject;

/// Group and plural: the key of a table of objects in any version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableKey {
    /// The API group, '' for the core group.
    pub group: Arc<str>,
    /// The kind as in URLs: `deployments`.
    pub plural: Arc<str>,
}

impl TableKey {
    /// The key of a kind.
    #[must_use]
    pub fn new(group: &str, plural: &str) -> TableKey {
        TableKey { group: group.into(), plural: plural.into() }
    }

    pub(super) fn namespaces() -> TableKey {
        static KEY: LazyLock<TableKey> = LazyLock::new(|| TableKey::new("", "namespaces"));
        KEY.clone()
    }

    /// The key of CustomResourceDefinitions.
    #[must_use]
    pub fn definitions() -> TableKey {
        TableKey::new("apiextensions.k8s.io", "customresourcedefinitions")
    }

    /// True for the table of [`TableKey::definitions`].
    pub(super) fn has_definitions(&self) -> bool {
        &*self.group == "apiextensions.k8s.io" && &*self.plural == "customresourcedefinitions"
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResourceType {
    pub(super) table: TableKey,
    pub(super) version: Arc<str>,
    pub(super) kind: String,
    pub(super) list_kind: String,
    pub(super) singular: String,
    pub(super) short_names: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) namespaced: bool,
    pub(super) verbs: Vec<&'static str>,
    /// True if `status` is a subresource.
    pub(super) has_status: bool,
    /// The paths of the scale subresource.
    pub(super) scale: Option<Scale>,
    /// The facts of a CustomResourceDefinition for this version; `None` for built-in kinds.
    pub(super) custom: Option<Arc<CustomVersion>>,
}

/// Dotted paths (`.spec.replicas`) of the scale subresource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) replicas: String,
    pub(super) status_replicas: String,
    pub(super) selector: Option<String>,
}

impl ResourceType {
    pub(super) fn api_version(&self) -> String {
        if self.table.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.table.group, self.version) }
    }

    /// True if this is the `apiVersion` of the kind.
    pub(super) fn is_api_version(&self, text: &str) -> bool {
        match text.split_once('/') {
            Some((group, version)) => *self.table.group == *group && *self.version == *version,
            None => self.table.group.is_empty() && *self.version == *text,
        }
    }

    /// The facts of a built-in kind.
    pub(super) fn builtin(&self) -> Option<&'static Kind> {
        if self.custom.is_some() { None } else { table().resource(&self.table.group, &self.version, &self.table.plural) }
    }

    /// The subject of refusals that name the resource.
    pub(super) fn subject<'a>(&'a self, name: &'a str) -> Subject<'a> {
        Subject { resource: &self.table.plural, group: &self.table.group, name }
    }

    /// The subject of refusals that name the kind.
    pub(super) fn kind_subject<'a>(&'a self, name: &'a str) -> Subject<'a> {
        Subject { resource: &self.kind, group: &self.table.group, name }
    }

    pub(super) fn is(&self, group: &str, plural: &str) -> bool {
        &*self.table.group == group && &*self.table.plural == plural
    }

    /// True if the objects have `metadata.generation`.
    pub(super) fn has_generation(&self) -> bool {
        self.custom.is_some() || WITH_GENERATION.contains(&&*self.table.plural)
    }

    /// True if a replace needs no resourceVersion.
    pub(super) fn allows_unconditional_update(&self) -> bool {
        self.custom.is_none()
    }
}

/// The facts of a CustomResourceDefinition for one version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CustomVersion {
    /// `openAPIV3Schema`.
    pub(super) schema: Option<Value>,
    /// `additionalPrinterColumns`.
    pub(super) columns: Vec<Value>,
    /// Paths of `selectableFields`.
    pub(super) selectable: Vec<String>,
    /// `spec.preserveUnknownFields`.
    pub(super) preserve_unknown: bool,
}

/// Built-in kinds whose registry strategies increment the generation.
const WITH_GENERATION: &[&str] = &[
    "deployments",
    "replicasets",
    "statefulsets",
    "daemonsets",
    "replicationcontrollers",
    "pods",
    "jobs",
    "cronjobs",
    "ingresses",
    "networkpolicies",
    "poddisruptionbudgets",
    "customresourcedefinitions",
    "ingressclasses",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "flowschemas",
    "prioritylevelconfigurations",
    "endpointslices",
    "resourceslices",
    "podtemplates",
    "priorityclasses",
    "servicecidrs",
    "deviceclasses",
];
