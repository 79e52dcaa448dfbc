//! The subresource binding of pods.

use serde_json::{Value, json};

use super::update::{Restates, commit_with, live};
use crate::call::Call;
use crate::meta;
use crate::world::World;
use kuberewind_model::k8s::status::{Status, Subject};

/// Assigns a pod to a node, as a scheduler does.
pub(crate) fn bind(world: &mut World, call: &Call, binding: &Value) -> Result<Value, Status> {
    let pod = live(world, call)?;
    let name = &*call.name.name;
    let conflict = |why: &str| Status::conflict(Subject { resource: "pods/binding", group: "", name }, why);
    let node = binding["target"]["name"].as_str().filter(|node| !node.is_empty());
    let node = node.ok_or_else(|| Status::new(500, "", "target.name: Required value"))?;
    if meta::is_terminating(&pod) {
        return Err(conflict(&format!("pod {name} is being deleted, cannot be assigned to a host")));
    }
    if let Some(node) = pod["spec"]["nodeName"].as_str().filter(|node| !node.is_empty()) {
        return Err(conflict(&format!("pod {name} is already assigned to node \"{node}\"")));
    }
    let mut next = (*pod).clone();
    if !next["spec"].is_object() {
        next["spec"] = json!({});
    }
    next["spec"]["nodeName"] = json!(node);
    if !next["status"].is_object() {
        next["status"] = json!({});
    }
    let kept = next["status"]["conditions"].as_array().into_iter().flatten().filter(|one| one["type"] != "PodScheduled");
    let mut conditions: Vec<Value> = kept.cloned().collect();
    conditions.push(json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": call.now}));
    next["status"]["conditions"] = Value::Array(conditions);
    // A real server does not attribute an assignment to a field manager.
    commit_with(world, call, &pod, next, |_, _| (pod.managers().clone(), Restates::Nothing))?;
    Ok(json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}))
}
