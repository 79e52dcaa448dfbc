//! `workloads/deployment`, `workloads/replicaset`, `scheduler/pods` and `kubelet/worker-1`: the controllers of the in-memory cluster.
//!
//! kube-runtime runs them, and their calls go through a recorded client, as those of the other operators. Each reads what it needs
//! with a list, decides, and patches what it wants to differ.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Request;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde_json::{Value, json};

use kuberewind_cluster::controllers::{self as cluster, Kind, Plan, Snapshot, Write};
use kuberewind_model::Clock;

/// One controller, as a client of the API.
pub struct Context {
    pub client: Client,
    pub clock: Arc<dyn Clock>,
    /// The field manager, and the first part of the actor's name.
    pub manager: &'static str,
    pub controller: Mutex<Box<dyn cluster::Controller>>,
    /// The lists that each reconcile reads: a kind, and whether it is limited to the object's own labels.
    pub reads: &'static [(Kind, Scope)],
}

/// The selection of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The objects of the namespace that `spec.selector` matches.
    Selected,
    /// All objects of the cluster.
    All,
}

/// The controller of Deployments. The caller runs it, as those below.
pub fn deployments(client: &Client) -> Controller<Deployment> {
    Controller::new(Api::all(client.clone()), watcher::Config::default())
        .owns::<ReplicaSet>(Api::all(client.clone()), watcher::Config::default())
}

pub fn replica_sets(client: &Client) -> Controller<ReplicaSet> {
    Controller::new(Api::all(client.clone()), watcher::Config::default())
        .owns::<Pod>(Api::all(client.clone()), watcher::Config::default())
}

pub fn pods(client: &Client) -> Controller<Pod> {
    Controller::new(Api::all(client.clone()), watcher::Config::default())
}

/// Takes one step for one object.
pub async fn reconcile<K>(seen: Arc<K>, context: Arc<Context>) -> Result<Action, kube::Error>
where
    K: Resource<DynamicType = ()> + Serialize,
{
    let object = Arc::new(serde_json::to_value(&*seen).map_err(kube::Error::SerdeError)?);
    let mut objects = Snapshot::default();
    for (kind, scope) in context.reads {
        for item in list(&context.client, *kind, *scope, &object, &seen.namespace().unwrap_or_default()).await? {
            objects.insert(*kind, item);
        }
    }
    let now = context.clock.now();
    let plan = decide(&context, &objects, &object, &cluster::Context { now, ..cluster::Context::default() });
    for write in plan.steps.into_iter().filter_map(|step| step.write) {
        send(&context, &write).await?;
    }
    Ok(match plan.again {
        Some(at) => Action::requeue(Duration::from_nanos(at.since(now).0)),
        None => Action::await_change(),
    })
}

/// Asks the controller for its plan. It does no I/O, so the lock is short.
fn decide(context: &Context, objects: &Snapshot, object: &Arc<Value>, circumstances: &cluster::Context) -> Plan {
    let mut controller = context.controller.lock().unwrap_or_else(PoisonError::into_inner);
    controller.reconcile(objects, object, circumstances)
}

async fn list(client: &Client, kind: Kind, scope: Scope, object: &Value, namespace: &str) -> Result<Vec<Value>, kube::Error> {
    let uri = match scope {
        Scope::All => kind.path(""),
        Scope::Selected => {
            let labels = object["spec"]["selector"]["matchLabels"].as_object().cloned().unwrap_or_default();
            let selector: Vec<_> =
                labels.iter().filter_map(|(name, value)| Some(format!("{name}%3D{}", value.as_str()?))).collect();
            format!("{}?labelSelector={}", kind.path(namespace), selector.join("%2C"))
        }
    };
    let request = Request::get(uri).body(Vec::new()).map_err(kube::Error::HttpError)?;
    let mut found: Value = client.request(request).await?;
    Ok(found.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default())
}

/// Sends a write; a replacement as a patch of what differs, so that it cannot undo what the cache has not seen yet. Ignores that the
/// object was deleted in the meantime.
async fn send(context: &Context, write: &Write) -> Result<(), kube::Error> {
    let (parts, body) = write.request().map_err(kube::Error::HttpError)?.into_parts();
    let uri = format!("{}?fieldManager={}", parts.uri, context.manager);
    let request = match write {
        Write::Replace { before, object, .. } => {
            let patch = merge_patch(before, object).to_string().into_bytes();
            Request::patch(uri).header("content-type", "application/merge-patch+json").body(patch)
        }
        _ => Request::builder().method(parts.method).uri(uri).header("content-type", "application/json").body(body),
    };
    match context.client.request::<Value>(request.map_err(kube::Error::HttpError)?).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => other.map(drop),
    }
}

/// The merge patch (RFC 7386) that turns one object into another.
fn merge_patch(before: &Value, after: &Value) -> Value {
    let mut patch = json!({});
    let mut open = vec![(Vec::new(), before, after)];
    while let Some((path, before, after)) = open.pop() {
        let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else { continue };
        for (name, value) in new.iter().filter(|(name, value)| old.get(*name) != Some(value)) {
            let path: Vec<&String> = path.iter().copied().chain([name]).collect();
            match old.get(name) {
                Some(earlier) if earlier.is_object() && value.is_object() => open.push((path, earlier, value)),
                _ => set(&mut patch, &path, value.clone()),
            }
        }
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            let path: Vec<&String> = path.iter().copied().chain([name]).collect();
            set(&mut patch, &path, Value::Null);
        }
    }
    patch
}

/// Sets the value at a path and creates the objects above it.
fn set(patch: &mut Value, path: &[&String], value: Value) {
    let mut place = patch;
    for name in path {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[name.as_str()];
    }
    *place = value;
}

/// Retries after a second.
pub fn error_policy<K>(_: Arc<K>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_says_what_differs() {
        let before = json!({"spec": {"replicas": 3, "paused": true}, "status": {"conditions": [1]}, "metadata": {"name": "a"}});
        let after = json!({"spec": {"replicas": 4}, "status": {"conditions": [2], "ready": {"a": 1}}, "metadata": {"name": "a"}});
        let patch = merge_patch(&before, &after);
        assert_eq!(patch, json!({"spec": {"replicas": 4, "paused": null}, "status": {"conditions": [2], "ready": {"a": 1}}}));
        let mut patched = before;
        json_patch::merge(&mut patched, &patch);
        assert_eq!(patched, after);
    }
}
