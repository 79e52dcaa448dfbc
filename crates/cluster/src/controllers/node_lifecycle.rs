//! `node-lifecycle-controller`: the taint of nodes that are not ready.
//!
//! The kubelet of this cluster runs the pods of every node, so a node whose conditions say nothing else counts as ready.

use std::sync::Arc;

use serde_json::{Value, json};

use super::condition;
use super::controller::{Context, Controller};
use super::kind::{Kind, NODES};
use super::objects::Objects;
use super::plan::Plan;
use super::value::items;

const NOT_READY: &str = "node.kubernetes.io/not-ready";

/// Taints nodes that are not ready, and removes the taint that every new node has.
#[derive(Debug, Default)]
pub struct NodeLifecycleController;

impl Controller for NodeLifecycleController {
    fn name(&self) -> &'static str {
        "node-lifecycle-controller"
    }

    fn kind(&self) -> Kind {
        NODES
    }

    fn reconcile(&mut self, _: &dyn Objects, node: &Arc<Value>, _: &Context) -> Plan {
        let mut plan = Plan::default();
        let is_ready = condition::find(node, "Ready").is_none_or(|ready| ready["status"] == "True");
        let is_tainted = items(node, "/spec/taints").iter().any(is_not_ready);
        if is_ready != is_tainted {
            return plan;
        }
        let mut taints: Vec<Value> = items(node, "/spec/taints").iter().filter(|taint| !is_not_ready(taint)).cloned().collect();
        if !is_ready {
            taints.push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
        }
        let mut next = (**node).clone();
        if let Some(spec) = next.get_mut("spec").and_then(Value::as_object_mut) {
            if taints.is_empty() {
                spec.remove("taints");
            } else {
                spec.insert("taints".to_owned(), Value::Array(taints));
            }
        }
        plan.replace(NODES, "", node, next);
        plan
    }
}

fn is_not_ready(taint: &Value) -> bool {
    taint["key"] == NOT_READY && taint["effect"] == "NoSchedule"
}
