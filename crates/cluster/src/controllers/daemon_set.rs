//! `daemonset-controller`: one pod on each node.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::claim::claim;
use super::controller::{Context, Controller, Key, key_of};
use super::event::Event;
use super::kind::{CONTROLLER_REVISIONS, DAEMON_SETS, Kind, NODES, PODS};
use super::objects::Objects;
use super::plan::{Plan, Write};
use super::replica_set::concerned_by_pods;
use super::revisions::Revisions;
use super::share::scaled;
use super::template::{REVISION_HASH, generated_pod, label_revision};
use super::value::{annotation, count, items, label, len, number, text, without_empty};
use super::{pods, scheduler};
use crate::meta;

/// Creates, replaces and deletes the pods of DaemonSets, and writes their status.
#[derive(Debug, Default)]
pub struct DaemonSetController;

/// The label with the generation of the template.
const GENERATION: &str = "pod-template-generation";

impl Controller for DaemonSetController {
    fn name(&self) -> &'static str {
        "daemonset-controller"
    }

    fn kind(&self) -> Kind {
        DAEMON_SETS
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        match kind {
            NODES => objects.list(DAEMON_SETS, "").iter().map(|set| key_of(set)).collect(),
            DAEMON_SETS | PODS | CONTROLLER_REVISIONS => concerned_by_pods(objects, kind, object, DAEMON_SETS),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, objects: &dyn Objects, set: &Arc<Value>, context: &Context) -> Plan {
        let mut plan = Plan::default();
        if super::selector::read(set).is_none() {
            return plan;
        }
        let claimed = claim(objects, &mut plan, (DAEMON_SETS, set), PODS);
        let revisions = Revisions::sync(objects, &mut plan, (DAEMON_SETS, set), REVISION_HASH);
        let mut by_node: BTreeMap<String, Vec<Arc<Value>>> = BTreeMap::new();
        for pod in claimed {
            by_node.entry(target(&pod).to_owned()).or_default().push(pod);
        }
        let work = Work { set, nodes: objects.list(NODES, ""), by_node, hash: revisions.update_hash().to_owned(), context };
        if !meta::is_terminating(set) {
            let before = plan.steps.len();
            work.place(&mut plan);
            if plan.steps.len() == before {
                work.update(&mut plan);
            }
        }
        let used: Vec<String> = work.pods().map(|pod| hash_of(pod).to_owned()).collect();
        revisions.truncate(&mut plan, number(set, "/spec/revisionHistoryLimit").unwrap_or(10), &used);
        work.write_status(&mut plan);
        let pods: Vec<_> = work.pods().cloned().collect();
        if let Some(at) = pods::next_available(&pods, work.seconds(), context.now) {
            plan.look_again(at);
        }
        plan
    }
}

/// The node that a pod is meant for.
fn target(pod: &Value) -> &str {
    let node = text(pod, "/spec/nodeName");
    if !node.is_empty() {
        return node;
    }
    text(
        pod,
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0",
    )
}

fn hash_of(pod: &Value) -> &str {
    text(pod, "/metadata/labels/controller-revision-hash")
}

/// One DaemonSet during a reconcile.
struct Work<'a> {
    set: &'a Arc<Value>,
    nodes: Vec<Arc<Value>>,
    by_node: BTreeMap<String, Vec<Arc<Value>>>,
    /// The hash of the present revision.
    hash: String,
    context: &'a Context,
}

impl Work<'_> {
    fn seconds(&self) -> i64 {
        count(self.set, "/spec/minReadySeconds")
    }

    fn pods(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.by_node.values().flatten()
    }

    fn on(&self, node: &Value) -> &[Arc<Value>] {
        self.by_node.get(meta::text(node, "name")).map_or(&[], Vec::as_slice)
    }

    /// True if the node should have a pod.
    fn wants(&self, node: &Value) -> bool {
        scheduler::fits(&self.pod(meta::text(node, "name")), node)
    }

    /// Creates missing pods, and deletes surplus and finished ones.
    fn place(&self, plan: &mut Plan) {
        for node in &self.nodes {
            let alive: Vec<_> = self.on(node).iter().filter(|pod| pods::is_active(pod)).collect();
            for pod in self.on(node).iter().filter(|pod| pods::is_finished(pod) && !meta::is_terminating(pod)) {
                self.delete(plan, pod);
            }
            if !self.wants(node) {
                alive.into_iter().for_each(|pod| self.delete(plan, pod));
            } else if self.on(node).is_empty() {
                let object = self.pod(meta::text(node, "name"));
                let event = Event::normal(DAEMON_SETS, self.set, "SuccessfulCreate", "Created pod: {}");
                plan.report(Write::Create { kind: PODS, object }, event);
            } else {
                alive.into_iter().skip(1).for_each(|pod| self.delete(plan, pod));
            }
        }
        let known = |name: &String| self.nodes.iter().any(|node| meta::text(node, "name") == name);
        for (_, lost) in self.by_node.iter().filter(|(node, _)| !known(node)) {
            lost.iter().filter(|pod| !meta::is_terminating(pod)).for_each(|pod| self.delete(plan, pod));
        }
    }

    /// Deletes outdated pods, at most `maxUnavailable` at a time; those that are not available first.
    fn update(&self, plan: &mut Plan) {
        if text(self.set, "/spec/updateStrategy/type") == "OnDelete" {
            return;
        }
        let wanted = self.nodes.iter().filter(|node| self.wants(node)).count();
        let limit = match self.set["spec"]["updateStrategy"]["rollingUpdate"].get("maxUnavailable") {
            Some(limit) if !limit.is_null() => scaled(limit, i64::try_from(wanted).unwrap_or(i64::MAX), true).max(1),
            _ => 1,
        };
        let available =
            |pod: &&Arc<Value>| pods::is_available(pod, self.seconds(), self.context.now) && !meta::is_terminating(pod);
        let (up, down): (Vec<_>, Vec<_>) = self.pods().partition(available);
        let mut room = limit.saturating_sub(i64::try_from(wanted.saturating_sub(up.len())).unwrap_or(i64::MAX));
        let outdated = |pod: &&&Arc<Value>| !meta::is_terminating(pod) && hash_of(pod) != self.hash;
        for pod in down.iter().filter(outdated) {
            self.delete(plan, pod);
        }
        for pod in up.iter().filter(outdated) {
            if room <= 0 {
                return;
            }
            self.delete(plan, pod);
            room = room.saturating_sub(1);
        }
    }

    fn delete(&self, plan: &mut Plan, pod: &Arc<Value>) {
        let message = format!("Deleted pod: {}", meta::text(pod, "name"));
        let event = Event::normal(DAEMON_SETS, self.set, "SuccessfulDelete", message);
        plan.report(Write::Delete { kind: PODS, object: pod.clone(), propagation: "" }, event);
    }

    /// A new pod for a node.
    fn pod(&self, node: &str) -> Value {
        let mut pod = generated_pod(&self.set["spec"]["template"], DAEMON_SETS, self.set);
        label_revision(&mut pod, &self.hash);
        label(&mut pod, GENERATION, &self.generation());
        let term = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]});
        pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({"nodeSelectorTerms": [term]});
        let mut tolerations = items(&pod, "/spec/tolerations").to_vec();
        for (key, effect) in [
            ("not-ready", "NoExecute"),
            ("unreachable", "NoExecute"),
            ("disk-pressure", "NoSchedule"),
            ("memory-pressure", "NoSchedule"),
            ("pid-pressure", "NoSchedule"),
            ("unschedulable", "NoSchedule"),
        ] {
            tolerations.push(json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect}));
        }
        pod["spec"]["tolerations"] = Value::Array(tolerations);
        pod
    }

    /// The generation of the template: the server counts it in an annotation.
    fn generation(&self) -> String {
        let generation = annotation(self.set, "deprecated.daemonset.template.generation");
        if generation.is_empty() { count(self.set, "/metadata/generation").to_string() } else { generation.to_owned() }
    }

    fn write_status(&self, plan: &mut Plan) {
        let (mut desired, mut current, mut misplaced) = (0_i64, 0_i64, 0_i64);
        let (mut ready, mut available, mut updated) = (0_i64, 0_i64, 0_i64);
        for node in &self.nodes {
            let placed = self.on(node);
            let first = placed.iter().find(|pod| pods::is_active(pod));
            match (self.wants(node), first) {
                (true, Some(pod)) => {
                    current = current.saturating_add(1);
                    ready = ready.saturating_add(i64::from(pods::is_ready(pod)));
                    available = available.saturating_add(i64::from(pods::is_available(pod, self.seconds(), self.context.now)));
                    updated = updated.saturating_add(i64::from(hash_of(pod) == self.hash));
                }
                (false, Some(_)) => misplaced = misplaced.saturating_add(len(placed).min(1)),
                _ => {}
            }
            desired = desired.saturating_add(i64::from(self.wants(node)));
        }
        let mut status = json!({
            "currentNumberScheduled": current, "numberMisscheduled": misplaced, "desiredNumberScheduled": desired, "numberReady": ready,
            "observedGeneration": meta::field(self.set, "generation").cloned().unwrap_or_default(),
            "updatedNumberScheduled": updated, "numberAvailable": available,
            "numberUnavailable": desired.saturating_sub(available).max(0),
        });
        without_empty(&mut status, &["currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"]);
        let mut next = (**self.set).clone();
        next["status"] = status;
        plan.replace(DAEMON_SETS, "status", self.set, next);
    }
}
