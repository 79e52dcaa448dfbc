//! `workloads/deployment`: rolls out Deployments as Kubernetes does with `maxSurge: 1` and `maxUnavailable: 0`: one new replica,
//! then one old replica less.
//!
//! A plain kube-rs controller without bugs.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus, ReplicaSet, ReplicaSetSpec};
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Api, Client, Resource, ResourceExt};
use serde_json::json;

/// The field manager, and the first part of the actor's name.
pub const MANAGER: &str = "workloads";

/// The label that ties a ReplicaSet and its Pods to a Pod template.
pub const TEMPLATE_HASH: &str = "pod-template-hash";

pub struct Context {
    pub client: Client,
}

/// Returns the controller. The caller runs it.
pub fn controller(client: &Client) -> Controller<Deployment> {
    Controller::new(Api::all(client.clone()), watcher::Config::default())
        .owns::<ReplicaSet>(Api::all(client.clone()), watcher::Config::default())
}

/// Takes one step of a rollout and updates the status.
pub async fn reconcile(seen: Arc<Deployment>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let namespace = seen.namespace().unwrap_or_default();
    let sets: Api<ReplicaSet> = Api::namespaced(context.client.clone(), &namespace);
    let name = seen.name_any();
    let owned = sets.list(&ListParams::default().labels(&format!("app={name}"))).await?.items;
    let wanted = seen.spec.replicas.unwrap_or(1);
    let current = format!("{name}-{}", template_hash(&seen));
    let total: i32 = owned.iter().map(|set| set.spec.replicas.unwrap_or(0)).sum();
    let ready: i32 = owned.iter().filter_map(|set| set.status.as_ref()?.ready_replicas).sum();
    match owned.iter().find(|set| set.name_any() == current) {
        None => {
            let first = if owned.is_empty() { wanted } else { 1 };
            sets.create(&PostParams::default(), &new_set(&seen, &current, first)).await?;
        }
        Some(new) => {
            let has = new.spec.replicas.unwrap_or(0);
            let old = owned.iter().find(|set| set.name_any() != current && set.spec.replicas.unwrap_or(0) > 0);
            if has < wanted && total <= wanted {
                scale(&sets, new, has + 1).await?;
            } else if let Some(old) = old.filter(|_| ready > wanted) {
                scale(&sets, old, old.spec.replicas.unwrap_or(0) - 1).await?;
            }
        }
    }
    update_status(&seen, &owned, &current, &context, &namespace).await?;
    Ok(Action::await_change())
}

async fn scale(sets: &Api<ReplicaSet>, set: &ReplicaSet, replicas: i32) -> Result<(), kube::Error> {
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    sets.patch(&set.name_any(), &PatchParams::apply(MANAGER), &patch).await.map(drop)
}

async fn update_status(
    seen: &Deployment,
    owned: &[ReplicaSet],
    current: &str,
    context: &Context,
    namespace: &str,
) -> Result<(), kube::Error> {
    let sum = |of: fn(&ReplicaSet) -> Option<i32>| owned.iter().filter_map(of).sum::<i32>();
    let ready = sum(|set| set.status.as_ref()?.ready_replicas);
    let updated =
        owned.iter().filter(|set| set.name_any() == current).filter_map(|set| Some(set.status.as_ref()?.replicas)).sum();
    let status = DeploymentStatus {
        observed_generation: seen.metadata.generation,
        replicas: Some(sum(|set| Some(set.status.as_ref()?.replicas))),
        ready_replicas: Some(ready),
        available_replicas: Some(ready),
        updated_replicas: Some(updated),
        ..DeploymentStatus::default()
    };
    if seen.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let deployments: Api<Deployment> = Api::namespaced(context.client.clone(), namespace);
    let patch = Patch::Merge(json!({ "status": status }));
    deployments.patch_status(&seen.name_any(), &PatchParams::apply(MANAGER), &patch).await.map(drop)
}

fn new_set(deployment: &Deployment, name: &str, replicas: i32) -> ReplicaSet {
    let hash = template_hash(deployment);
    let mut set = ReplicaSet::default();
    set.metadata.name = Some(name.to_owned());
    set.metadata.owner_references = deployment.controller_owner_ref(&()).map(|owner| vec![owner]);
    let labels = [("app".to_owned(), deployment.name_any()), (TEMPLATE_HASH.to_owned(), hash.clone())];
    set.metadata.labels = Some(labels.into_iter().collect());
    let mut template = deployment.spec.template.clone();
    template.metadata.get_or_insert_default().labels.get_or_insert_default().insert(TEMPLATE_HASH.to_owned(), hash);
    let mut selector = deployment.spec.selector.clone();
    selector.match_labels.get_or_insert_default().insert(TEMPLATE_HASH.to_owned(), template_hash(deployment));
    set.spec = ReplicaSetSpec { replicas: Some(replicas), selector, template: Some(template), ..ReplicaSetSpec::default() };
    set
}

/// Hashes the Pod template. Equal templates have equal hashes.
fn template_hash(deployment: &Deployment) -> String {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(&deployment.spec.template).unwrap_or_default().hash(&mut hasher);
    format!("{:08x}", hasher.finish() & 0xffff_ffff)
}

/// Retries after a second.
pub fn error_policy(_: Arc<Deployment>, error: &kube::Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, "reconcile failed");
    Action::requeue(Duration::from_secs(1))
}
