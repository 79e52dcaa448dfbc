//! The kinds that the server serves: built-in and custom ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::custom;
use super::resource_type::{ResourceType, Scale, TableKey};
use kuberewind_model::k8s::kinds::BUILTIN;
use kuberewind_model::k8s::status::Status;

/// Built-in kinds that are never stored.
const REVIEWS: &[&str] = &[
    "bindings",
    "componentstatuses",
    "selfsubjectreviews",
    "tokenreviews",
    "localsubjectaccessreviews",
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
    "subjectaccessreviews",
];

/// Built-in kinds with a status subresource.
const WITH_STATUS: &[&str] = &[
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "services",
    "customresourcedefinitions",
    "apiservices",
    "daemonsets",
    "deployments",
    "replicasets",
    "statefulsets",
    "horizontalpodautoscalers",
    "cronjobs",
    "jobs",
    "certificatesigningrequests",
    "flowschemas",
    "prioritylevelconfigurations",
    "ingresses",
    "poddisruptionbudgets",
    "volumeattachments",
    "validatingadmissionpolicies",
    "servicecidrs",
    "resourceclaims",
];

/// Built-in kinds with a scale subresource.
const WITH_SCALE: &[&str] = &["deployments", "replicasets", "statefulsets", "replicationcontrollers"];

/// Members of the category `all`.
const IN_ALL: &[&str] = &[
    "pods",
    "replicationcontrollers",
    "services",
    "daemonsets",
    "deployments",
    "replicasets",
    "statefulsets",
    "horizontalpodautoscalers",
    "cronjobs",
    "jobs",
];

/// The kinds by group and plural, then by version in order of preference.
#[derive(Debug, Default)]
pub(super) struct Registry {
    types: BTreeMap<TableKey, Vec<Arc<ResourceType>>>,
}

impl Registry {
    pub(super) fn builtin() -> Registry {
        let mut registry = Registry::default();
        for row in BUILTIN.iter().filter(|row| !REVIEWS.contains(&row.resource)) {
            let table = TableKey { group: row.group.into(), plural: row.resource.into() };
            let scale = WITH_SCALE.contains(&row.resource).then(|| Scale {
                replicas: ".spec.replicas".to_owned(),
                status_replicas: ".status.replicas".to_owned(),
                selector: None,
            });
            let resource = ResourceType {
                table: table.clone(),
                version: row.version.into(),
                kind: row.kind.to_owned(),
                list_kind: format!("{}List", row.kind),
                singular: row.singular(),
                short_names: row.short_names.iter().map(|&name| name.to_owned()).collect(),
                categories: if IN_ALL.contains(&row.resource) { vec!["all".to_owned()] } else { Vec::new() },
                namespaced: row.namespaced,
                has_status: WITH_STATUS.contains(&row.resource),
                scale,
                custom: None,
            };
            registry.types.entry(table).or_default().push(Arc::new(resource));
        }
        registry
    }

    /// The kind at a URL path.
    pub(super) fn find(&self, group: &str, version: &str, plural: &str) -> Result<Arc<ResourceType>, Status> {
        let key = TableKey { group: group.into(), plural: plural.into() };
        let versions = self.types.get(&key).ok_or_else(Status::no_such_resource)?;
        versions.iter().find(|resource| &*resource.version == version).cloned().ok_or_else(Status::no_such_resource)
    }

    /// The kind of a body: `apps/v1`, `Deployment`.
    pub(super) fn find_kind(&self, api_version: &str, kind: &str) -> Option<Arc<ResourceType>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.all()
            .find(|resource| &*resource.table.group == group && &*resource.version == version && resource.kind == kind)
            .cloned()
    }

    /// All kinds, by group and plural.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<ResourceType>> {
        self.types.values().flatten()
    }

    /// The preferred version of a table's kind.
    pub(super) fn preferred(&self, table: &TableKey) -> Option<&Arc<ResourceType>> {
        self.types.get(table).and_then(|versions| versions.first())
    }

    /// Serves the kinds of a CustomResourceDefinition in place of those it defined before.
    pub(super) fn define(&mut self, definition: &Value) {
        let versions = custom::types_of(definition);
        let Some(table) = versions.first().map(|first| first.table.clone()) else { return };
        if self.types.get(&table).is_some_and(|old| old.iter().any(|resource| resource.custom.is_none())) {
            return; // A definition never shadows a built-in kind.
        }
        self.types.insert(table, versions.into_iter().map(Arc::new).collect());
    }

    /// Stops serving the kinds of a definition and returns the table whose objects must be deleted.
    pub(super) fn forget(&mut self, definition: &Value) -> Option<TableKey> {
        let spec = &definition["spec"];
        let key = TableKey { group: spec["group"].as_str()?.into(), plural: spec["names"]["plural"].as_str()?.into() };
        let custom = self.types.get(&key)?.iter().all(|resource| resource.custom.is_some());
        custom.then(|| self.types.remove(&key))??;
        Some(key)
    }
}
