//! `kubelet/worker-1`: reports every Pod as running.
//!
//! A plain kube-rs controller without bugs.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use serde_json::json;

/// The field manager, and the first part of the actor's name.
pub const MANAGER: &str = "kubelet";

/// The start time of a container.
const START: Duration = Duration::from_millis(120);

pub struct Context {
    pub client: Client,
}

/// Returns the controller. The caller runs it.
pub fn controller(client: &Client) -> Controller<Pod> {
    Controller::new(Api::all(client.clone()), watcher::Config::default())
}

/// Reports a Pod as Pending, and after [`START`] as Running.
pub async fn reconcile(seen: Arc<Pod>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let phase = seen.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    if phase == "Running" || seen.metadata.deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), &seen.namespace().unwrap_or_default());
    if phase.is_empty() {
        write_status(&pods, &seen, json!({"phase": "Pending"})).await?;
    }
    tokio::time::sleep(START).await;
    write_status(&pods, &seen, json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})).await?;
    Ok(Action::await_change())
}

/// Writes the status. Ignores that the Pod was deleted in the meantime.
async fn write_status(pods: &Api<Pod>, pod: &Pod, status: serde_json::Value) -> Result<(), kube::Error> {
    let patch = Patch::Merge(json!({ "status": status }));
    match pods.patch_status(&pod.name_any(), &PatchParams::apply(MANAGER), &patch).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => other.map(drop),
    }
}

/// Retries after a second.
pub fn error_policy(_: Arc<Pod>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
