//! `backup-operator/backup`: notes on every Backup when it last looked.
//!
//! A plain kube-rs controller over a custom resource, with a bug that many operators had: a timestamp in the status,
//! written on every reconcile. The write wakes the controller that made it, and so on for ever.

use std::sync::Arc;
use std::time::Duration;

use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use serde_json::json;

/// The field manager, and half of the actor's name.
pub const MANAGER: &str = "backup-operator";

/// Tells the time as RFC 3339 text; passed in, so that a run can be repeated.
pub type Now = Arc<dyn Fn() -> String + Send + Sync>;

/// What a reconcile needs.
pub struct Context {
    /// To write statuses.
    pub client: Client,
    /// The time.
    pub now: Now,
}

/// The custom resource `backups.ops.example.com`.
pub fn resource() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("ops.example.com", "v1", "Backup"))
}

/// The controller, not yet run.
pub fn controller(client: &Client) -> Controller<DynamicObject> {
    let backups = Api::all_with(client.clone(), &resource());
    Controller::new_with(backups, watcher::Config::default(), resource())
}

/// Looks at one Backup, and says when.
pub async fn reconcile(seen: Arc<DynamicObject>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let namespace = seen.namespace().unwrap_or_default();
    let backups: Api<DynamicObject> = Api::namespaced_with(context.client.clone(), &namespace, &resource());
    let status = json!({"status": {"phase": "Scheduled", "lastChecked": (context.now)()}});
    backups.patch_status(&seen.name_any(), &PatchParams::apply(MANAGER), &Patch::Merge(status)).await?;
    Ok(Action::requeue(Duration::from_secs(600)))
}

/// After a failure: again in a second.
pub fn error_policy(_: Arc<DynamicObject>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
