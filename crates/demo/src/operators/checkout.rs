//! `shop-operator/checkout`: scales the shop's Deployments to the number of replicas in their annotation.
//!
//! A plain kube-rs controller without any code for the recorder. The example `checkout` runs the same file against any cluster.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use kube::api::PostParams;
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};

/// The Deployments that the controller manages.
pub const SELECTOR: &str = "app.kubernetes.io/part-of=shop";

/// The annotation with the wanted number of replicas; 3 if it is missing.
pub const REPLICAS: &str = "shop.example.com/replicas";

/// The field manager, and the first part of the actor's name.
pub const MANAGER: &str = "shop-operator";

pub struct Context {
    pub client: Client,
}

/// Returns the controller. The caller runs it.
pub fn controller(client: &Client) -> Controller<Deployment> {
    Controller::new(Api::all(client.clone()), watcher::Config::default().labels(SELECTOR))
}

/// Scales one Deployment to the number of replicas in its annotation.
pub async fn reconcile(seen: Arc<Deployment>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let namespace = seen.namespace().unwrap_or_default();
    let deployments: Api<Deployment> = Api::namespaced(context.client.clone(), &namespace);
    let mut deployment = deployments.get(&seen.name_any()).await?;
    let wanted = deployment.annotations().get(REPLICAS).and_then(|text| text.parse().ok()).unwrap_or(3);
    let spec = &mut deployment.spec;
    if spec.replicas != Some(wanted) {
        tracing::info!(name = seen.name_any(), wanted, found = spec.replicas, "scaling to what the shop asks for");
        spec.replicas = Some(wanted);
        let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        deployments.replace(&seen.name_any(), &params, &deployment).await?;
    }
    Ok(Action::requeue(Duration::from_secs(300)))
}

/// Retries after a second.
pub fn error_policy(_: Arc<Deployment>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
