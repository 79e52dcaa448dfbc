//! Delete and deletecollection.

use std::sync::Arc;

use serde_json::{Value, json};

use super::kinds::DEFINITION_FINALIZER;
use super::update::{is_held, live};
use crate::call::Call;
use crate::managed_fields::Managers;
use crate::meta;
use crate::options::Fidelity;
use crate::same::same;
use crate::version::Version;
use crate::world::World;
use kuberewind_model::k8s::status::{Cause, Status, Subject};

/// The propagation policy: what happens to dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They are deleted after their owner.
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay without owner.
    Orphan,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DeleteOptions {
    pub(crate) propagation: Option<Propagation>,
    pub(crate) uid: Option<String>,
    pub(crate) resource_version: Option<String>,
    pub(crate) dry_run: bool,
}

/// The result of a delete.
#[derive(Debug, Clone)]
pub(crate) enum Deleted {
    /// The object was removed; its last state.
    Gone(Arc<Version>),
    /// The object waits for its finalizers; its current state.
    Terminating(Arc<Version>),
}

impl DeleteOptions {
    /// Reads the body of a DELETE. `policy` and `orphan` come from the query, which takes precedence.
    pub(crate) fn read(body: &Value, policy: &str) -> Result<DeleteOptions, Status> {
        let named = if policy.is_empty() { body["propagationPolicy"].as_str().unwrap_or("") } else { policy };
        let propagation = match named {
            "" if body["orphanDependents"] == json!(true) => Some(Propagation::Orphan),
            "" => None,
            "Background" => Some(Propagation::Background),
            "Foreground" => Some(Propagation::Foreground),
            "Orphan" => Some(Propagation::Orphan),
            other => {
                let supported = "\"Foreground\", \"Background\", \"Orphan\", \"nil\"";
                return Err(invalid(
                    "FieldValueNotSupported",
                    format!("Unsupported value: \"{other}\": supported values: {supported}"),
                ));
            }
        };
        if !named.is_empty() && body["orphanDependents"].is_boolean() {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            return Err(invalid("FieldValueInvalid", format!("Invalid value: {named:?}: {why}")));
        }
        let precondition = |name: &str| body["preconditions"][name].as_str().map(str::to_owned);
        Ok(DeleteOptions {
            propagation,
            uid: precondition("uid"),
            resource_version: precondition("resourceVersion"),
            dry_run: body["dryRun"].as_array().is_some_and(|list| !list.is_empty()),
        })
    }
}

impl DeleteOptions {
    /// The default of a kind. Jobs and replication controllers keep their pods.
    pub(crate) fn default_for(&mut self, call: &Call) {
        if self.propagation.is_some() || call.fidelity != Fidelity::Real {
            return;
        }
        if call.resource.is("batch", "jobs") {
            call.warnings.add(JOBS_ORPHAN.to_owned());
        } else if !call.resource.is("", "replicationcontrollers") {
            return;
        }
        self.propagation = Some(Propagation::Orphan);
    }
}

const JOBS_ORPHAN: &str = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or \
     set propagationPolicy=Orphan to suppress this warning";

fn invalid(reason: &'static str, message: String) -> Status {
    let cause = Cause { reason, message, field: "propagationPolicy".to_owned() };
    Status::invalid(Subject { resource: "DeleteOptions", group: "meta.k8s.io", name: "" }, &[cause])
}

/// Namespaces that cannot be deleted.
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

/// Deletes an object, or marks it as terminating if it has finalizers.
pub(crate) fn delete(world: &mut World, call: &Call, options: &DeleteOptions) -> Result<Deleted, Status> {
    let live = live(world, call)?;
    check_preconditions(call, &live, options)?;
    if call.resource.is("", "namespaces") && IMMORTAL.contains(&&*call.name.name) {
        return Err(Status::forbidden(call.resource.subject(&call.name.name), "this namespace may not be deleted"));
    }
    let mut next = (*live).clone();
    let mut finalizers = finalizers_for(&live, options.propagation);
    if call.resource.table.has_definitions() && !meta::is_terminating(&live) {
        finalizers.push(DEFINITION_FINALIZER.to_owned());
    }
    meta::set(&mut next, "finalizers", finalizers);
    let dry_run = call.dry_run || options.dry_run;
    if !is_held(call, &next) {
        if !dry_run {
            world.remove(&call.resource.table, &call.name);
        }
        return Ok(Deleted::Gone(live));
    }
    if !meta::is_terminating(&live) {
        mark(call, &mut next);
    }
    let next = meta::in_order(next);
    if same(&next, &live) {
        return Ok(Deleted::Terminating(live));
    }
    let managers = live.managers().clone();
    let next = if dry_run {
        Arc::new(Version::new(next, managers))
    } else {
        world.put(&call.resource.table, call.name.clone(), next, managers)
    };
    Ok(Deleted::Terminating(next))
}

/// Marks an object as terminating.
fn mark(call: &Call, object: &mut Value) {
    meta::set(object, "deletionTimestamp", call.now.clone());
    if call.resource.table.has_definitions() {
        return;
    }
    if !call.resource.is("", "namespaces") {
        meta::set(object, "deletionGracePeriodSeconds", 0);
    }
    if let Some(generation) = meta::field(object, "generation").and_then(Value::as_u64) {
        meta::set(object, "generation", generation.saturating_add(1));
    }
    if call.resource.is("", "namespaces") {
        object["status"] = json!({"phase": "Terminating"});
    }
}

/// The finalizers for a propagation policy. Each policy that makes the owner wait has one.
fn finalizers_for(live: &Value, propagation: Option<Propagation>) -> Vec<String> {
    let mut list: Vec<String> = meta::finalizers(live).into_iter().map(str::to_owned).collect();
    let wanted = match propagation {
        None => return list,
        Some(Propagation::Background) => "",
        Some(Propagation::Foreground) => "foregroundDeletion",
        Some(Propagation::Orphan) => "orphan",
    };
    list.retain(|one| !matches!(one.as_str(), "foregroundDeletion" | "orphan") || one == wanted);
    if !wanted.is_empty() && !list.iter().any(|one| one == wanted) {
        list.push(wanted.to_owned());
    }
    list
}

fn check_preconditions(call: &Call, live: &Value, options: &DeleteOptions) -> Result<(), Status> {
    let checks = [
        ("UID", "uid", &options.uid, "deleted and then recreated"),
        ("ResourceVersion", "resourceVersion", &options.resource_version, "modified"),
    ];
    for (word, field, wanted, happened) in checks {
        let Some(wanted) = wanted else { continue };
        let found = meta::text(live, field);
        if wanted != found {
            let why = format!(
                "the {word} in the precondition ({wanted}) does not match the {word} in record ({found}). The object might have been {happened}"
            );
            return Err(Status::conflict(call.resource.kind_subject(&call.name.name), &why));
        }
    }
    Ok(())
}

/// Built-in kinds whose delete responds with the object instead of a `Status`.
const RETURNED: &[&str] = &[
    "persistentvolumes",
    "persistentvolumeclaims",
    "pods",
    "podtemplates",
    "resourcequotas",
    "serviceaccounts",
    "services",
    "storageclasses",
    "csidrivers",
    "csinodes",
    "volumeattachments",
    "deviceclasses",
    "resourceclaims",
    "resourceclaimtemplates",
    "resourceslices",
];

/// The response to a delete.
pub(crate) fn answer(call: &Call, deleted: &Deleted) -> Arc<Version> {
    match deleted {
        Deleted::Terminating(object) => object.clone(),
        Deleted::Gone(object) if call.resource.custom.is_none() && RETURNED.contains(&&*call.resource.table.plural) => {
            object.clone()
        }
        Deleted::Gone(object) => {
            let mut details = json!({"name": &*call.name.name});
            if !call.shown.table.group.is_empty() {
                details["group"] = json!(&*call.shown.table.group);
            }
            details["kind"] = json!(&*call.resource.table.plural);
            details["uid"] = json!(meta::text(object, "uid"));
            let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
            Arc::new(Version::new(status, Managers::default()))
        }
    }
}
