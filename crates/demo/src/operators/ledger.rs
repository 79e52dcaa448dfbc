//! `ledger-operator/WORKER`: several workers that each book their orders into one ConfigMap.
//!
//! A plain kube-rs controller with a common bug: it writes the object and the resourceVersion of its cache. After a conflict it
//! retries at once, from the same cache, which has not yet received the newer version.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::PostParams;
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};

/// The field manager, and the first part of the actors' names.
pub const MANAGER: &str = "ledger-operator";

pub struct Context {
    pub client: Client,
    pub worker: String,
    /// The number of orders to book.
    pub orders: u32,
}

/// Returns the controller. The caller runs it.
pub fn controller(client: &Client) -> Controller<ConfigMap> {
    Controller::new(Api::all(client.clone()), watcher::Config::default().labels("app.kubernetes.io/part-of=ledger"))
}

/// Books the worker's next order, if one is left.
pub async fn reconcile(seen: Arc<ConfigMap>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let mut ledger = (*seen).clone();
    let data = ledger.data.get_or_insert_default();
    let booked: u32 = data.get(&context.worker).and_then(|text| text.parse().ok()).unwrap_or(0);
    if booked >= context.orders {
        return Ok(Action::await_change());
    }
    data.insert(context.worker.clone(), (booked + 1).to_string());
    let ledgers: Api<ConfigMap> = Api::namespaced(context.client.clone(), &seen.namespace().unwrap_or_default());
    let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    ledgers.replace(&seen.name_any(), &params, &ledger).await?;
    Ok(Action::await_change())
}

/// Retries at once. This is the bug.
pub fn error_policy(_: Arc<ConfigMap>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "booking failed");
    Action::requeue(Duration::from_millis(5))
}
