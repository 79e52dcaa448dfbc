//! The scenarios: one table of rows.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use k8s_openapi::api::apps::v1::Deployment;

use super::manifests;
use super::operators::{backup, checkout, deployment, hpa, kubelet, ledger, replicaset};
use super::stage::{Act, Stage};

/// One scenario.
#[derive(Debug)]
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// What can be seen in it.
    pub summary: &'static str,
    /// How long it runs, in simulated time.
    pub lasts: Duration,
    /// How long a watch event takes to arrive, in milliseconds.
    pub watch_lag: RangeInclusive<u64>,
    /// What the cluster holds at the beginning.
    pub objects: fn() -> Vec<Value>,
    /// Who acts.
    pub acts: fn(&Stage) -> Vec<Act>,
}

/// All of them; the first one is what `demo` means by itself.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "tug-of-war",
        summary: "two controllers write .spec.replicas of one Deployment, 3 and 5, for ever",
        lasts: Duration::from_secs(1),
        watch_lag: 1..=3,
        objects: || vec![manifests::namespace("shop"), manifests::checkout_deployment()],
        acts: |stage| vec![run_checkout(stage), run_hpa(stage)],
    },
    Scenario {
        name: "rollout",
        summary: "a healthy rollout: an image changes, three Pods are replaced one by one",
        lasts: Duration::from_secs(6),
        watch_lag: 1..=3,
        objects: || vec![manifests::namespace("shop"), manifests::web_deployment("nginx:1.27")],
        acts: |stage| vec![run_deployments(stage), run_replica_sets(stage), run_kubelet(stage), change_image(stage)],
    },
    Scenario {
        name: "hot-loop",
        summary: "a controller writes a timestamp on every reconcile, and wakes itself with it",
        lasts: Duration::from_secs(1),
        watch_lag: 1..=3,
        objects: || vec![manifests::namespace("ops"), manifests::backup_crd(), manifests::backup()],
        acts: |stage| vec![run_backup(stage)],
    },
    Scenario {
        name: "conflict-storm",
        summary: "three workers replace one ConfigMap from caches that lag behind: mostly 409 Conflict",
        lasts: Duration::from_secs(5),
        watch_lag: 30..=60,
        objects: || vec![manifests::namespace("shop"), manifests::ledger()],
        acts: |stage| ["a", "b", "c"].into_iter().map(|worker| run_ledger(stage, worker)).collect(),
    },
];

/// The scenario of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

/// Runs one controller as an actor: its client recorded, its reconciler wrapped, its results passed over.
macro_rules! act {
    ($stage:expr, $actor:expr, $operator:ident, $kind:expr, |$client:ident| $context:expr) => {{
        let $client = $stage.client($actor);
        let reconcile = $stage.recorder().actor($actor).wrap_with($kind, $operator::reconcile);
        let controller = $operator::controller(&$client);
        let context = Arc::new($context);
        Box::pin(controller.run(reconcile, $operator::error_policy, context).for_each(|_| std::future::ready(())))
    }};
}

fn run_checkout(stage: &Stage) -> Act {
    act!(stage, "shop-operator/checkout", checkout, (), |client| checkout::Context { client: client.clone() })
}

fn run_hpa(stage: &Stage) -> Act {
    act!(stage, "autoscaler/hpa", hpa, (), |client| hpa::Context { client: client.clone(), fixed: false })
}

fn run_deployments(stage: &Stage) -> Act {
    act!(stage, "workloads/deployment", deployment, (), |client| deployment::Context { client: client.clone() })
}

fn run_replica_sets(stage: &Stage) -> Act {
    act!(stage, "workloads/replicaset", replicaset, (), |client| replicaset::Context { client: client.clone() })
}

fn run_kubelet(stage: &Stage) -> Act {
    act!(stage, "kubelet/worker-1", kubelet, (), |client| kubelet::Context { client: client.clone() })
}

fn run_backup(stage: &Stage) -> Act {
    let clock = stage.clock();
    act!(stage, "backup-operator/backup", backup, backup::resource(), |client| backup::Context {
        client: client.clone(),
        now: Arc::new(move || clock.now().rfc3339(3)),
    })
}

fn run_ledger(stage: &Stage, worker: &'static str) -> Act {
    let actor = format!("{}/{worker}", ledger::MANAGER);
    act!(stage, &actor, ledger, (), |client| ledger::Context { client: client.clone(), worker: worker.to_owned(), orders: 12 })
}

/// A person changes an image after a while.
fn change_image(stage: &Stage) -> Act {
    let client = stage.client("kubectl/alice");
    Box::pin(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let deployments: Api<Deployment> = Api::namespaced(client, "shop");
        let containers = json!([{"name": "web", "image": "nginx:1.28"}]);
        let patch = Patch::Strategic(json!({"spec": {"template": {"spec": {"containers": containers}}}}));
        if let Err(error) = deployments.patch("web", &PatchParams::default(), &patch).await {
            tracing::error!(%error, "the image could not be changed");
        }
    })
}
