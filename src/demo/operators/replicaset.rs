//! `workloads/replicaset`: creates and deletes Pods for ReplicaSets.
//!
//! A plain kube-rs controller without bugs.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, Resource, ResourceExt};
use serde_json::json;

/// The field manager, and the first part of the actor's name.
pub const MANAGER: &str = "workloads";

pub struct Context {
    pub client: Client,
}

/// Returns the controller. The caller runs it.
pub fn controller(client: &Client) -> Controller<ReplicaSet> {
    Controller::new(Api::all(client.clone()), watcher::Config::default())
        .owns::<Pod>(Api::all(client.clone()), watcher::Config::default())
}

/// Creates missing Pods, deletes surplus Pods and updates the status.
pub async fn reconcile(seen: Arc<ReplicaSet>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let namespace = seen.namespace().unwrap_or_default();
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), &namespace);
    let labels = seen.spec.selector.match_labels.clone().unwrap_or_default();
    let selector = labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",");
    let mut owned = pods.list(&ListParams::default().labels(&selector)).await?.items;
    let wanted = usize::try_from(seen.spec.replicas.unwrap_or(1)).unwrap_or(0);
    while owned.len() < wanted {
        owned.push(pods.create(&PostParams::default(), &new_pod(&seen)).await?);
    }
    // Surplus Pods that are not ready are deleted first: ready Pods sort to the front.
    owned.sort_by_key(|pod| (!is_ready(pod), pod.name_any()));
    for surplus in owned.split_off(wanted.min(owned.len())) {
        pods.delete(&surplus.name_any(), &DeleteParams::default()).await?;
    }
    let count = |keep: fn(&Pod) -> bool| i32::try_from(owned.iter().filter(|pod| keep(pod)).count()).unwrap_or(i32::MAX);
    let status = ReplicaSetStatus {
        replicas: count(|_| true),
        ready_replicas: Some(count(is_ready)),
        available_replicas: Some(count(is_ready)),
        observed_generation: seen.metadata.generation,
        ..ReplicaSetStatus::default()
    };
    if seen.status.as_ref() != Some(&status) {
        let sets: Api<ReplicaSet> = Api::namespaced(context.client.clone(), &namespace);
        sets.patch_status(&seen.name_any(), &PatchParams::apply(MANAGER), &Patch::Merge(json!({ "status": status }))).await?;
    }
    Ok(Action::await_change())
}

fn new_pod(set: &ReplicaSet) -> Pod {
    let template = set.spec.template.clone().unwrap_or_default();
    let mut pod = Pod { spec: template.spec, metadata: template.metadata.unwrap_or_default(), ..Pod::default() };
    pod.metadata.generate_name = Some(format!("{}-", set.name_any()));
    pod.metadata.owner_references = set.controller_owner_ref(&()).map(|owner| vec![owner]);
    pod
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Retries after a second.
pub fn error_policy(_: Arc<ReplicaSet>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
