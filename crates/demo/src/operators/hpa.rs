//! `autoscaler/hpa`: scales the shop's Deployments to the load in their annotation.
//!
//! A plain kube-rs controller, as `checkout` is. It has the bug that the demo shows: it writes a field that another controller
//! owns, so the two never settle. With [`Context::fixed`] it writes the wanted replicas into the owner's annotation instead.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Patch, PatchParams};
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use serde_json::json;

/// The Deployments that the controller manages.
pub const SELECTOR: &str = "app.kubernetes.io/part-of=shop";

/// The annotation with the load in requests per second.
pub const LOAD: &str = "autoscaler.example.com/load";

/// The requests per second that one replica serves.
pub const PER_REPLICA: i64 = 100;

/// The annotation that `checkout` reads.
pub const REPLICAS: &str = "shop.example.com/replicas";

/// The field manager, and the first part of the actor's name.
pub const MANAGER: &str = "autoscaler";

pub struct Context {
    pub client: Client,
    /// Write the annotation instead of the field.
    pub fixed: bool,
}

/// Returns the controller. The caller runs it.
pub fn controller(client: &Client) -> Controller<Deployment> {
    Controller::new(Api::all(client.clone()), watcher::Config::default().labels(SELECTOR))
}

/// Scales one Deployment to its load.
pub async fn reconcile(seen: Arc<Deployment>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let load: i64 = seen.annotations().get(LOAD).and_then(|text| text.parse().ok()).unwrap_or(0);
    let wanted = (load.max(1) + PER_REPLICA - 1) / PER_REPLICA;
    let found = seen.spec.replicas.map(i64::from);
    if found == Some(wanted) {
        return Ok(Action::await_change());
    }
    tracing::info!(name = seen.name_any(), wanted, found, load, "scaling to the load");
    let patch = if context.fixed {
        json!({"metadata": {"annotations": {REPLICAS: wanted.to_string()}}})
    } else {
        json!({"spec": {"replicas": wanted}})
    };
    let deployments: Api<Deployment> = Api::namespaced(context.client.clone(), &seen.namespace().unwrap_or_default());
    deployments.patch(&seen.name_any(), &PatchParams::apply(MANAGER), &Patch::Merge(patch)).await?;
    Ok(Action::await_change())
}

/// Retries after a second.
pub fn error_policy(_: Arc<Deployment>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
