//! The table of scenarios.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use k8s_openapi::api::apps::v1::Deployment;

use super::environment::{ActorTask, Environment};
use super::manifests;
use super::operators::workloads::Scope;
use super::operators::{backup, checkout, hpa, ledger, workloads};
use kuberewind_cluster::controllers::{self, Timing};

#[derive(Debug)]
pub struct Scenario {
    /// The name on the command line.
    pub name: &'static str,
    /// The description in `kuberewind demo --list`.
    pub summary: &'static str,
    /// In simulated time.
    pub duration: Duration,
    /// The delay of a watch event, in milliseconds.
    pub watch_lag: RangeInclusive<u64>,
    /// The objects that exist at the start.
    pub objects: fn() -> Vec<Value>,
    pub actors: fn(&Environment) -> Vec<ActorTask>,
}

/// All scenarios. `kuberewind demo` without a name runs the first one.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "tug-of-war",
        summary: "two controllers keep writing .spec.replicas of one Deployment: 3 and 5",
        duration: Duration::from_secs(1),
        watch_lag: 1..=3,
        objects: || vec![manifests::namespace("shop"), manifests::checkout_deployment()],
        actors: |environment| vec![run_checkout(environment), run_hpa(environment)],
    },
    Scenario {
        name: "rollout",
        summary: "a healthy rollout: an image changes and three Pods are replaced one by one",
        duration: Duration::from_secs(6),
        watch_lag: 1..=3,
        objects: || vec![manifests::namespace("shop"), manifests::node(), manifests::web_deployment("nginx:1.27")],
        actors: |environment| {
            vec![
                run_deployments(environment),
                run_replica_sets(environment),
                run_scheduler(environment),
                run_kubelet(environment),
                change_image(environment),
            ]
        },
    },
    Scenario {
        name: "hot-loop",
        summary: "a controller writes a timestamp in every reconcile; the write triggers the next reconcile",
        duration: Duration::from_secs(1),
        watch_lag: 1..=3,
        objects: || vec![manifests::namespace("ops"), manifests::backup_crd(), manifests::backup()],
        actors: |environment| vec![run_backup(environment)],
    },
    Scenario {
        name: "conflict-storm",
        summary: "three workers update one ConfigMap from stale caches: most updates fail with 409 Conflict",
        duration: Duration::from_secs(5),
        watch_lag: 30..=60,
        objects: || vec![manifests::namespace("shop"), manifests::ledger()],
        actors: |environment| ["a", "b", "c"].into_iter().map(|worker| run_ledger(environment, worker)).collect(),
    },
];

#[must_use]
pub fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

/// Runs one controller as an actor, with a recorded client and a wrapped reconciler. Ignores the results.
macro_rules! run_controller {
    ($environment:expr, $actor:expr, $operator:ident, $kind:expr, |$client:ident| $context:expr) => {{
        let $client = $environment.client($actor);
        let reconcile = $environment.recorder().actor($actor).wrap_with($kind, $operator::reconcile);
        let controller = $operator::controller(&$client);
        let context = Arc::new($context);
        Box::pin(controller.run(reconcile, $operator::error_policy, context).for_each(|_| std::future::ready(())))
    }};
}

fn run_checkout(environment: &Environment) -> ActorTask {
    run_controller!(environment, "shop-operator/checkout", checkout, (), |client| checkout::Context { client: client.clone() })
}

fn run_hpa(environment: &Environment) -> ActorTask {
    run_controller!(environment, "autoscaler/hpa", hpa, (), |client| hpa::Context { client: client.clone(), fixed: false })
}

/// Runs one of the cluster's own controllers as an actor.
macro_rules! run_workloads {
    ($environment:expr, $actor:expr, $start:ident, $controller:expr, $reads:expr) => {{
        let client = $environment.client($actor);
        let reconcile = $environment.recorder().actor($actor).wrap_with((), workloads::reconcile);
        let controller = workloads::$start(&client);
        let context = Arc::new(workloads::Context {
            client,
            clock: $environment.clock(),
            manager: $actor.split('/').next().unwrap_or_default(),
            controller: Mutex::new(Box::new($controller)),
            reads: $reads,
        });
        Box::pin(controller.run(reconcile, workloads::error_policy, context).for_each(|_| std::future::ready(())))
    }};
}

fn run_deployments(environment: &Environment) -> ActorTask {
    const READS: &[(controllers::Kind, Scope)] = &[(controllers::REPLICA_SETS, Scope::Selected)];
    run_workloads!(environment, "workloads/deployment", deployments, controllers::DeploymentController, READS)
}

fn run_replica_sets(environment: &Environment) -> ActorTask {
    const READS: &[(controllers::Kind, Scope)] = &[(controllers::PODS, Scope::Selected)];
    run_workloads!(environment, "workloads/replicaset", replica_sets, controllers::ReplicaSetController, READS)
}

fn run_scheduler(environment: &Environment) -> ActorTask {
    const READS: &[(controllers::Kind, Scope)] = &[(controllers::NODES, Scope::All)];
    run_workloads!(environment, "scheduler/pods", pods, controllers::Scheduler, READS)
}

fn run_kubelet(environment: &Environment) -> ActorTask {
    // A container starts within this time.
    let timing = Timing { start: Duration::from_millis(120), ..Timing::default() };
    run_workloads!(environment, "kubelet/worker-1", pods, controllers::Kubelet::new(timing), &[])
}

fn run_backup(environment: &Environment) -> ActorTask {
    let clock = environment.clock();
    run_controller!(environment, "backup-operator/backup", backup, backup::resource(), |client| backup::Context {
        client: client.clone(),
        now: Arc::new(move || clock.now().rfc3339(3)),
        fixed: false,
    })
}

fn run_ledger(environment: &Environment, worker: &'static str) -> ActorTask {
    let actor = format!("{}/{worker}", ledger::MANAGER);
    run_controller!(environment, &actor, ledger, (), |client| ledger::Context {
        client: client.clone(),
        worker: worker.to_owned(),
        orders: 12
    })
}

/// A user changes an image after 2 s.
fn change_image(environment: &Environment) -> ActorTask {
    let client = environment.client("kubectl/alice");
    Box::pin(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let deployments: Api<Deployment> = Api::namespaced(client, "shop");
        let containers = json!([{"name": "web", "image": "nginx:1.28"}]);
        let patch = Patch::Strategic(json!({"spec": {"template": {"spec": {"containers": containers}}}}));
        if let Err(error) = deployments.patch("web", &PatchParams::default(), &patch).await {
            tracing::error!(%error, "cannot change the image");
        }
    })
}
