//! The objects that a list, a watch or a deletecollection selects.

use std::sync::Arc;

use serde_json::Value;

use super::resource_type::{ResourceType, TableKey};
use super::storage::Name;
use kuberewind_model::k8s::request::Query;
use kuberewind_model::k8s::selector::{FieldSelector, LabelSelector};
use kuberewind_model::k8s::status::Status;

/// A kind, a namespace ('' for all) and selectors.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) resource: Arc<ResourceType>,
    pub(super) namespace: String,
    name: String,
    labels: LabelSelector,
    fields: FieldSelector,
}

/// Fields other than name and namespace that field selectors support, by kind.
const SELECTABLE: &[(&str, &[&str])] = &[
    (
        "pods",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
    ),
    (
        "events",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
            "regarding.kind",
            "regarding.name",
            "regarding.namespace",
            "regarding.uid",
            "regarding.apiVersion",
            "reportingController",
        ],
    ),
    ("secrets", &["type"]),
    ("namespaces", &["status.phase"]),
    ("nodes", &["spec.unschedulable"]),
    ("replicasets", &["status.replicas"]),
    ("replicationcontrollers", &["status.replicas"]),
    ("jobs", &["status.successful"]),
    ("services", &["spec.clusterIP", "spec.type"]),
    ("certificatesigningrequests", &["spec.signerName"]),
];

impl Scope {
    /// Reads the selectors of a request. `name` selects one object, '' all of them.
    pub(super) fn read(resource: Arc<ResourceType>, namespace: &str, name: &str, query: &Query) -> Result<Scope, Status> {
        let labels = LabelSelector::parse(query.get("labelSelector")).map_err(Status::bad_request)?;
        let fields = FieldSelector::parse(query.get("fieldSelector")).map_err(Status::bad_request)?;
        for term in fields.terms() {
            if !is_selectable(&resource, &term.path) {
                return Err(Status::bad_request(format!("field label not supported: {}", term.path)));
            }
        }
        Ok(Scope { resource, namespace: namespace.to_owned(), name: name.to_owned(), labels, fields })
    }

    /// True if the scope selects an object with this name and content.
    pub(super) fn selects(&self, table: &TableKey, name: &Name, object: &Value) -> bool {
        *table == self.resource.table
            && (self.namespace.is_empty() || *self.namespace == *name.namespace)
            && (self.name.is_empty() || *self.name == *name.name)
            && self.labels.matches(object)
            && self.fields.matches(object)
    }
}

fn is_selectable(resource: &ResourceType, path: &str) -> bool {
    if path == "metadata.name" || (path == "metadata.namespace" && resource.namespaced) {
        return true;
    }
    match &resource.custom {
        Some(custom) => custom.selectable.iter().any(|one| one.trim_start_matches('.') == path),
        None => SELECTABLE.iter().any(|(plural, paths)| **plural == *resource.table.plural && paths.contains(&path)),
    }
}
