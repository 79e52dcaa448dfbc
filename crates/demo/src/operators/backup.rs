//! `backup-operator/backup`: writes the time of the last check into the status of every Backup.
//!
//! A plain kube-rs controller of a custom resource, with a common bug: it writes a timestamp into the status in every reconcile.
//! The write triggers the next reconcile of the same controller, without end. With [`Context::fixed`] it writes only what differs.

use std::sync::Arc;
use std::time::Duration;

use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use serde_json::json;

/// The field manager, and the first part of the actor's name.
pub const MANAGER: &str = "backup-operator";

/// Returns the time as RFC 3339 text. Passed in, so that runs are reproducible.
pub type Now = Arc<dyn Fn() -> String + Send + Sync>;

pub struct Context {
    pub client: Client,
    pub now: Now,
    /// Write the status only if its phase differs.
    pub fixed: bool,
}

pub fn resource() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("ops.example.com", "v1", "Backup"))
}

/// Returns the controller. The caller runs it.
pub fn controller(client: &Client) -> Controller<DynamicObject> {
    let backups = Api::all_with(client.clone(), &resource());
    Controller::new_with(backups, watcher::Config::default(), resource())
}

/// Writes the time of the check.
pub async fn reconcile(seen: Arc<DynamicObject>, context: Arc<Context>) -> Result<Action, kube::Error> {
    if context.fixed && seen.data["status"]["phase"] == "Scheduled" {
        return Ok(Action::requeue(Duration::from_secs(600)));
    }
    let namespace = seen.namespace().unwrap_or_default();
    let backups: Api<DynamicObject> = Api::namespaced_with(context.client.clone(), &namespace, &resource());
    let status = json!({"status": {"phase": "Scheduled", "lastChecked": (context.now)()}});
    backups.patch_status(&seen.name_any(), &PatchParams::apply(MANAGER), &Patch::Merge(status)).await?;
    Ok(Action::requeue(Duration::from_secs(600)))
}

/// Retries after a second.
pub fn error_policy(_: Arc<DynamicObject>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
