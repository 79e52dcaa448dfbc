//! `default-scheduler`: assigns pods to nodes.
//!
//! It knows node selectors, the node affinity of DaemonSets, taints and cordons. It does not count resources: each node has room.

use std::sync::Arc;

use serde_json::{Value, json};

use super::condition::{self, Condition};
use super::controller::{Context, Controller, Key, Program, key_of};
use super::event::Event;
use super::kind::{Kind, NODES, PODS};
use super::objects::Objects;
use super::plan::{Plan, Write};
use super::pods;
use super::value::{flag, items, text};
use crate::meta;

/// Assigns pods to nodes.
#[derive(Debug, Default)]
pub struct Scheduler;

impl Controller for Scheduler {
    fn name(&self) -> &'static str {
        "default-scheduler"
    }

    fn program(&self) -> Program {
        Program::Scheduler
    }

    fn kind(&self) -> Kind {
        PODS
    }

    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        match kind {
            PODS if is_waiting(object) => vec![key_of(object)],
            NODES => objects.list(PODS, "").iter().filter(|pod| is_waiting(pod)).map(|pod| key_of(pod)).collect(),
            _ => Vec::new(),
        }
    }

    fn reconcile(&mut self, objects: &dyn Objects, pod: &Arc<Value>, context: &Context) -> Plan {
        let mut plan = Plan::default();
        if !is_waiting(pod) {
            return plan;
        }
        let nodes = objects.list(NODES, "");
        let fitting = nodes.iter().filter(|node| fits(pod, node));
        let pods = objects.list(PODS, "");
        let load = |node: &str| pods.iter().filter(|one| text(one, "/spec/nodeName") == node && pods::is_active(one)).count();
        match fitting.min_by_key(|node| (load(meta::text(node, "name")), meta::text(node, "name").to_owned())) {
            Some(node) => {
                let node = meta::text(node, "name").to_owned();
                let (namespace, name) = key_of(pod);
                let message = format!("Successfully assigned {namespace}/{name} to {node}");
                let event = Event::normal(PODS, pod, "Scheduled", message);
                plan.report(Write::Bind { pod: pod.clone(), node }, event);
            }
            None => refuse(&mut plan, pod, nodes.len(), context),
        }
        plan
    }
}

fn is_waiting(pod: &Value) -> bool {
    let scheduler = text(pod, "/spec/schedulerName");
    text(pod, "/spec/nodeName").is_empty()
        && pods::is_active(pod)
        && matches!(scheduler, "" | "default-scheduler")
        && items(pod, "/spec/schedulingGates").is_empty()
}

/// Notes that no node fits.
fn refuse(plan: &mut Plan, pod: &Arc<Value>, nodes: usize, context: &Context) {
    let message = if nodes == 0 {
        "no nodes available to schedule pods".to_owned()
    } else {
        format!(
            "0/{nodes} nodes are available: {nodes} node(s) didn't match Pod's node affinity/selector or had untolerated taints."
        )
    };
    let mut next = (**pod).clone();
    let condition = Condition { kind: "PodScheduled", status: "False", reason: "Unschedulable", message: message.clone() };
    let mut value = condition.at(&context.time(), false);
    value["lastProbeTime"] = Value::Null;
    condition::set(&mut next["status"], value);
    if next != **pod {
        let write = Write::Replace { kind: PODS, subresource: "status", before: pod.clone(), object: next };
        plan.report(write, Event::warning(PODS, pod, "FailedScheduling", message));
    }
}

/// True if a pod may run on a node.
pub(super) fn fits(pod: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let selected = pod["spec"]["nodeSelector"]
        .as_object()
        .is_none_or(|wanted| wanted.iter().all(|(name, value)| labels.get(name) == Some(value)));
    selected && is_chosen(pod, node) && is_tolerated(pod, node)
}

/// True if the required node affinity allows the node. One of its terms must hold.
fn is_chosen(pod: &Value, node: &Value) -> bool {
    const TERMS: &str = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    let terms = items(pod, TERMS);
    terms.is_empty()
        || terms.iter().any(|term| {
            let name = meta::text(node, "name");
            items(term, "/matchFields").iter().all(|one| holds(one, (one["key"] == "metadata.name").then_some(name)))
                && items(term, "/matchExpressions")
                    .iter()
                    .all(|one| holds(one, node["metadata"]["labels"].get(text(one, "/key")).and_then(Value::as_str)))
        })
}

/// True if a requirement of a node selector holds for a value.
fn holds(requirement: &Value, value: Option<&str>) -> bool {
    let listed = value.is_some_and(|value| items(requirement, "/values").iter().any(|one| one == value));
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let bound = number(items(requirement, "/values").first().and_then(Value::as_str));
    match text(requirement, "/operator") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => number(value).zip(bound).is_some_and(|(value, bound)| value > bound),
        "Lt" => number(value).zip(bound).is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

/// True if the pod tolerates all taints of the node that keep pods away.
fn is_tolerated(pod: &Value, node: &Value) -> bool {
    let mut taints: Vec<Value> = items(node, "/spec/taints").to_vec();
    if flag(node, "/spec/unschedulable") {
        taints.push(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
    }
    taints.iter().filter(|taint| text(taint, "/effect") != "PreferNoSchedule").all(|taint| {
        items(pod, "/spec/tolerations").iter().any(|toleration| {
            let (key, effect) = (text(toleration, "/key"), text(toleration, "/effect"));
            let any_value = text(toleration, "/operator") == "Exists";
            (key == text(taint, "/key") || (key.is_empty() && any_value))
                && (effect.is_empty() || effect == text(taint, "/effect"))
                && (any_value || text(toleration, "/value") == text(taint, "/value"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taints_selectors_and_affinities_keep_pods_away() {
        let node = json!({
            "metadata": {"name": "n", "labels": {"disk": "ssd", "cores": "8"}},
            "spec": {"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]},
        });
        let pod = |extra: Value| {
            let mut spec = json!({"tolerations": [{"key": "gpu", "operator": "Equal", "value": "yes"}]});
            for (name, value) in extra.as_object().unwrap() {
                spec[name] = value.clone();
            }
            json!({"spec": spec})
        };
        assert!(!fits(&json!({"spec": {}}), &node), "an untolerated taint");
        assert!(fits(&pod(json!({})), &node));
        assert!(!fits(&pod(json!({"nodeSelector": {"disk": "hdd"}})), &node));
        let affinity = |key: &str, operator: &str, values: &[&str]| {
            let term = json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
            let terms = json!({"nodeSelectorTerms": [term]});
            pod(json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}))
        };
        for (key, operator, values, fitting) in [
            ("disk", "In", &["ssd"][..], true),
            ("disk", "NotIn", &["ssd"], false),
            ("disk", "Exists", &[], true),
            ("disk", "DoesNotExist", &[], false),
            ("cores", "Gt", &["4"], true),
            ("cores", "Lt", &["4"], false),
            ("zone", "Gt", &["4"], false),
        ] {
            assert_eq!(fits(&affinity(key, operator, values), &node), fitting, "{key} {operator}");
        }
        let mut cordoned = node.clone();
        cordoned["spec"] = json!({"unschedulable": true});
        assert!(!fits(&json!({"spec": {}}), &cordoned));
    }
}
