//! `autoscaler/hpa`: scales a shop's Deployments to the load that is reported on them.
//!
//! A plain kube-rs controller, as `checkout` is. It has the bug that the demo is about: it writes a field that
//! another controller owns, so neither ever settles. [`Context::fixed`] is the repair: it tells the owner what it wants.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Patch, PatchParams};
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use serde_json::json;

/// The Deployments it looks after.
pub const SELECTOR: &str = "app.kubernetes.io/part-of=shop";

/// Requests a second, as some metrics pipeline reports them.
pub const LOAD: &str = "autoscaler.example.com/load";

/// Requests a second that one replica bears.
pub const PER_REPLICA: i64 = 100;

/// Where the shop's owner says how many replicas there shall be.
pub const REPLICAS: &str = "shop.example.com/replicas";

/// The field manager, and half of the actor's name.
pub const MANAGER: &str = "autoscaler";

/// What a reconcile needs.
pub struct Context {
    /// To write Deployments.
    pub client: Client,
    /// Whether it asks the owner of the field instead of writing it.
    pub fixed: bool,
}

/// The controller, not yet run.
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

/// After a failure: again in a second.
pub fn error_policy(_: Arc<Deployment>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
