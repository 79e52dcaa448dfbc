//! `ControllerRevision`s: the history of StatefulSets and DaemonSets.

use std::sync::Arc;

use serde_json::{Value, json};

use super::kind::{CONTROLLER_REVISIONS, Kind};
use super::objects::Objects;
use super::owner;
use super::plan::{Plan, Write};
use super::template::hash;
use super::value::{count, index, len, number, text};
use crate::meta;

/// The revisions of one object.
pub(super) struct Revisions {
    /// Oldest first.
    all: Vec<Arc<Value>>,
    /// The revision of the present template. It may be about to be created.
    pub(super) update: Value,
}

impl Revisions {
    /// Reads the revisions of `parent`. Plans the creation of the one for its present template, or its return to the end of the
    /// history after a rollback. `label` holds the hash of a new one.
    pub(super) fn sync(objects: &dyn Objects, plan: &mut Plan, (kind, parent): (Kind, &Value), label: &str) -> Revisions {
        let mut all = objects.controlled(CONTROLLER_REVISIONS, parent);
        all.sort_by_key(|one| (count(one, "/revision"), meta::text(one, "name").to_owned()));
        let next = all.last().map_or(0, |last| count(last, "/revision")).saturating_add(1);
        let data = data_of(parent);
        if let Some(equal) = all.iter().rev().find(|one| one["data"] == data).cloned() {
            if count(&equal, "/revision").saturating_add(1) == next {
                return Revisions { all, update: (*equal).clone() };
            }
            let mut object = (*equal).clone();
            object["revision"] = json!(next);
            plan.write(Write::Replace { kind: CONTROLLER_REVISIONS, subresource: "", before: equal, object: object.clone() });
            return Revisions { all, update: object };
        }
        let hash = hash(&data, number(parent, "/status/collisionCount"));
        let mut labels = parent["spec"]["template"]["metadata"]["labels"].clone();
        labels[label] = json!(hash);
        let mut object = json!({
            "apiVersion": CONTROLLER_REVISIONS.api_version(), "kind": CONTROLLER_REVISIONS.kind,
            "metadata": {
                "name": format!("{}-{hash}", meta::text(parent, "name")), "namespace": meta::text(parent, "namespace"), "labels": labels,
                "ownerReferences": [owner::reference(kind, parent)],
            },
            "data": data, "revision": next,
        });
        if let Some(annotations) = meta::field(parent, "annotations") {
            meta::set(&mut object, "annotations", annotations.clone());
        }
        plan.write(Write::Create { kind: CONTROLLER_REVISIONS, object: object.clone() });
        Revisions { all, update: object }
    }

    /// The name of the revision of the present template.
    pub(super) fn update_name(&self) -> &str {
        meta::text(&self.update, "name")
    }

    /// The hash of the revision of the present template.
    pub(super) fn update_hash(&self) -> &str {
        text(&self.update, "/metadata/labels/controller-revision-hash")
    }

    /// The pod template of the revision with this name; `None` if there is no such revision.
    pub(super) fn template(&self, name: &str) -> Option<Value> {
        let found = self.all.iter().find(|one| meta::text(one, "name") == name);
        let mut template = found?["data"]["spec"]["template"].clone();
        template.as_object_mut()?.shift_remove("$patch");
        Some(template)
    }

    /// Deletes the oldest revisions that neither the limit nor a pod keeps. `used` has names or hashes.
    pub(super) fn truncate(&self, plan: &mut Plan, limit: i64, used: &[String]) {
        let is_used = |one: &Value| {
            let (name, hash) = (meta::text(one, "name"), text(one, "/metadata/labels/controller-revision-hash"));
            name == self.update_name() || used.iter().any(|used| used == name || used == hash)
        };
        let idle: Vec<_> = self.all.iter().filter(|one| !is_used(one)).collect();
        let surplus = len(&idle).saturating_sub(limit.max(0));
        for one in idle.into_iter().take(index(surplus)) {
            plan.write(Write::Delete { kind: CONTROLLER_REVISIONS, object: one.clone(), propagation: "" });
        }
    }
}

/// The content of a revision: a patch that restores the template.
fn data_of(parent: &Value) -> Value {
    let mut template = parent["spec"]["template"].clone();
    template["$patch"] = json!("replace");
    json!({"spec": {"template": template}})
}
