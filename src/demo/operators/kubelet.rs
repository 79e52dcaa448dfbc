//! `kubelet/worker-1`: runs every Pod by saying that it runs.
//!
//! A plain kube-rs controller that behaves.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use serde_json::json;

/// The field manager, and half of the actor's name.
pub const MANAGER: &str = "kubelet";

/// How long a container takes to start.
const START: Duration = Duration::from_millis(120);

/// What a reconcile needs.
pub struct Context {
    /// To write statuses.
    pub client: Client,
}

/// The controller, not yet run.
pub fn controller(client: &Client) -> Controller<Pod> {
    Controller::new(Api::all(client.clone()), watcher::Config::default())
}

/// Starts one Pod: Pending, a while, Running.
pub async fn reconcile(seen: Arc<Pod>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let phase = seen.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    if phase == "Running" || seen.metadata.deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), &seen.namespace().unwrap_or_default());
    if phase.is_empty() {
        tell(&pods, &seen, json!({"phase": "Pending"})).await?;
    }
    tokio::time::sleep(START).await;
    tell(&pods, &seen, json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})).await?;
    Ok(Action::await_change())
}

/// Writes a status; a Pod that was deleted in the meantime has none to write.
async fn tell(pods: &Api<Pod>, pod: &Pod, status: serde_json::Value) -> Result<(), kube::Error> {
    let patch = Patch::Merge(json!({ "status": status }));
    match pods.patch_status(&pod.name_any(), &PatchParams::apply(MANAGER), &patch).await {
        Err(kube::Error::Api(answer)) if answer.code == 404 => Ok(()),
        other => other.map(drop),
    }
}

/// After a failure: again in a second.
pub fn error_policy(_: Arc<Pod>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
