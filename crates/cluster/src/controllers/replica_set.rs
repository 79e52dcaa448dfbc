//! `replicaset-controller`: creates and deletes pods for ReplicaSets.

use std::sync::Arc;

use serde_json::{Value, json};

use super::claim::claim;
use super::condition::{self, Condition};
use super::controller::{Context, Controller};
use super::event::Event;
use super::kind::{Kind, PODS, REPLICA_SETS};
use super::objects::Objects;
use super::plan::{Plan, Write};
use super::pods;
use super::selector;
use super::template::generated_pod;
use super::value::{count, index, len, number, without_empty};
use crate::meta;

/// The most pods that are created or deleted in one reconcile.
const BURST: i64 = 500;

/// Creates and deletes pods for ReplicaSets, and writes their status.
#[derive(Debug, Default)]
pub struct ReplicaSetController;

impl Controller for ReplicaSetController {
    fn name(&self) -> &'static str {
        "replicaset-controller"
    }

    fn kind(&self) -> Kind {
        REPLICA_SETS
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<super::controller::Key> {
        concerned_by_pods(objects, kind, object, REPLICA_SETS)
    }

    fn reconcile(&mut self, objects: &dyn Objects, set: &Arc<Value>, context: &Context) -> Plan {
        let mut plan = Plan::default();
        let claimed = claim(objects, &mut plan, (REPLICA_SETS, set), PODS);
        let (active, rest): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|pod| pods::is_active(pod));
        let terminating = rest.iter().filter(|pod| meta::is_terminating(pod) && !pods::is_finished(pod)).count();
        if !meta::is_terminating(set) {
            scale(&mut plan, set, &active);
        }
        write_status(&mut plan, set, (&active, terminating), context);
        let seconds = count(set, "/spec/minReadySeconds");
        if let Some(at) = pods::next_available(&active, seconds, context.now) {
            plan.look_again(at);
        }
        plan
    }
}

/// The owners of a changed pod; for an orphan, all objects of the kind whose selector matches it.
pub(super) fn concerned_by_pods(objects: &dyn Objects, kind: Kind, object: &Value, owners: Kind) -> Vec<super::controller::Key> {
    if kind == owners {
        return vec![super::controller::key_of(object)];
    }
    let namespace = meta::text(object, "namespace");
    if let Some(name) = super::owner::name_of(object, owners) {
        return vec![(namespace.to_owned(), name.to_owned())];
    }
    if kind != PODS || super::owner::of(object).is_some() {
        return Vec::new();
    }
    let owners = objects.list(owners, namespace);
    owners
        .iter()
        .filter(|one| selector::read(one).is_some_and(|it| it.matches(object)))
        .map(|one| super::controller::key_of(one))
        .collect()
}

fn scale(plan: &mut Plan, set: &Arc<Value>, active: &[Arc<Value>]) {
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    let missing = wanted.saturating_sub(len(active));
    for _ in 0..missing.clamp(0, BURST) {
        let object = generated_pod(&set["spec"]["template"], REPLICA_SETS, set);
        let event = Event::normal(REPLICA_SETS, set, "SuccessfulCreate", "Created pod: {}");
        plan.report(Write::Create { kind: PODS, object }, event);
    }
    if missing < 0 {
        let mut surplus = active.to_vec();
        pods::sort_for_deletion(&mut surplus);
        for pod in surplus.into_iter().take(index(missing.saturating_neg().min(BURST))) {
            let message = format!("Deleted pod: {}", meta::text(&pod, "name"));
            let event = Event::normal(REPLICA_SETS, set, "SuccessfulDelete", message);
            plan.report(Write::Delete { kind: PODS, object: pod, propagation: "" }, event);
        }
    }
}

/// Writes the counts of the pods that exist now. Pods of this plan are counted once the controller has seen them.
fn write_status(plan: &mut Plan, set: &Arc<Value>, (active, terminating): (&[Arc<Value>], usize), context: &Context) {
    let seconds = count(set, "/spec/minReadySeconds");
    let labels = set["spec"]["template"]["metadata"]["labels"].as_object();
    let labelled = |pod: &&Arc<Value>| {
        labels.is_none_or(|labels| labels.iter().all(|(name, value)| pod["metadata"]["labels"].get(name) == Some(value)))
    };
    let mut status = json!({
        "replicas": active.len(),
        "fullyLabeledReplicas": active.iter().filter(labelled).count(),
        "readyReplicas": active.iter().filter(|pod| pods::is_ready(pod)).count(),
        "availableReplicas": active.iter().filter(|pod| pods::is_available(pod, seconds, context.now)).count(),
        "terminatingReplicas": terminating,
        "observedGeneration": meta::field(set, "generation").cloned().unwrap_or_default(),
        "conditions": set["status"]["conditions"].clone(),
    });
    let failure = condition::find(set, "ReplicaFailure");
    if context.refusal.is_empty() {
        condition::remove(&mut status, "ReplicaFailure");
    } else if failure.is_none() {
        let wanted = number(set, "/spec/replicas").unwrap_or(1);
        let reason = if len(active) < wanted { "FailedCreate" } else { "FailedDelete" };
        let failed = Condition { kind: "ReplicaFailure", status: "True", reason, message: context.refusal.clone() };
        condition::set(&mut status, failed.at(&context.time(), false));
        plan.event(Event::warning(REPLICA_SETS, set, reason, format!("Error creating: {}", context.refusal)));
    }
    without_empty(&mut status, &["replicas", "terminatingReplicas"]);
    let mut next = (**set).clone();
    next["status"] = status;
    // The status goes first: a refused create must not hide it.
    if next != **set {
        let write = Write::Replace { kind: REPLICA_SETS, subresource: "status", before: set.clone(), object: next };
        plan.steps.insert(0, super::plan::Step { write: Some(write), event: None });
    }
}
