//! The controllers of a real control plane, over a [`Cluster`](crate::Cluster): workloads, scheduler, kubelet, endpoints.
//!
//! A [`Controller`] sees [`Objects`] and returns a [`Plan`]: it performs no I/O, does not wait and reads no clock. [`Controllers`]
//! runs all of them over a cluster: it reads the change log, keeps one work queue, and sends the writes through the API, with the user
//! agents of the real programs. Another runner can carry out the same plans through any API client.
//!
//! # Like a real control plane
//! - Deployments: ReplicaSets, revisions, `maxSurge` and `maxUnavailable`, proportional scaling, pause, `Recreate`, history limits,
//!   progress deadlines. `kubectl rollout history`, `undo`, `restart`, `pause`, `resume` and `status` work.
//! - ReplicaSets, StatefulSets (order, partition, volume claims, revisions), DaemonSets (rolling updates, revisions), Jobs (completions,
//!   parallelism, indexes, back-off limit, deadlines, time to live), CronJobs (time zones, concurrency policies, history limits).
//! - Endpoints and EndpointSlices; a scheduler that knows node selectors, affinities and taints; the status of pods and their
//!   containers; Events.
//!
//! # Unlike a real control plane
//! - No container runs: pods start, become ready and end by the clock (see [`Kubelet`]). A container that fails is not restarted: its
//!   pod fails. Pods need no resources and no volumes.
//! - A deleted pod is gone at once. Nodes send no heartbeats and never fail.
//! - Hashes in names differ from those of Go's controllers.

mod claim;
mod condition;
mod controller;
mod cron_job;
mod daemon_set;
mod deployment;
mod endpoint_slice;
mod endpoints;
mod event;
mod job;
mod kind;
mod kubelet;
mod node_lifecycle;
mod objects;
mod owner;
mod plan;
mod pods;
mod queue;
mod replica_set;
mod revisions;
mod runner;
mod schedule;
mod scheduler;
mod selector;
mod share;
mod stateful_set;
mod store;
mod template;
mod value;

pub use controller::{Context, Controller, Key, Program};
pub use cron_job::CronJobController;
pub use daemon_set::DaemonSetController;
pub use deployment::DeploymentController;
pub use endpoint_slice::EndpointSliceController;
pub use endpoints::EndpointsController;
pub use event::Event;
pub use job::JobController;
pub use kind::{Kind, NODES, PODS, REPLICA_SETS};
pub use kubelet::{EXIT_CODE, Kubelet, RUN_SECONDS, Timing};
pub use node_lifecycle::NodeLifecycleController;
pub use objects::{Objects, Snapshot};
pub use plan::{Plan, Step, Write};
pub use replica_set::ReplicaSetController;
pub use runner::Controllers;
pub use scheduler::Scheduler;
pub use stateful_set::StatefulSetController;

/// All controllers, in the order in which they reconcile what is due at the same time.
fn all(timing: Timing) -> Vec<Box<dyn Controller>> {
    vec![
        Box::new(DeploymentController),
        Box::new(ReplicaSetController),
        Box::new(StatefulSetController),
        Box::new(DaemonSetController),
        Box::new(CronJobController),
        Box::new(JobController),
        Box::new(job::OrphanPods),
        Box::new(EndpointsController),
        Box::new(EndpointSliceController),
        Box::new(NodeLifecycleController),
        Box::new(Scheduler),
        Box::new(Kubelet::new(timing)),
    ]
}
