//! Fields that the admission plugins of a real server write into new objects.

use serde_json::{Value, json};

use crate::call::Call;
use crate::meta;
use crate::resource_type::TableKey;
use crate::storage::Name;
use crate::world::World;

/// Completes a new object.
pub(super) fn complete(world: &World, call: &Call, object: &mut Value) {
    match (&*call.resource.table.group, &*call.resource.table.plural) {
        ("", "pods") => pod(world, object),
        ("", "persistentvolumeclaims") => finalizer(object, "kubernetes.io/pvc-protection"),
        ("", "persistentvolumes") => finalizer(object, "kubernetes.io/pv-protection"),
        ("storage.k8s.io", "volumeattributesclasses") => finalizer(object, "kubernetes.io/vac-protection"),
        ("", "nodes") => node(object),
        _ => {}
    }
}

fn finalizer(object: &mut Value, name: &str) {
    let mut finalizers: Vec<String> = meta::finalizers(object).into_iter().map(str::to_owned).collect();
    if !finalizers.iter().any(|one| one == name) {
        finalizers.push(name.to_owned());
    }
    meta::set(object, "finalizers", finalizers);
}

/// A new node is not ready until its kubelet says so.
fn node(node: &mut Value) {
    const NOT_READY: &str = "node.kubernetes.io/not-ready";
    let Some(spec) = node.get_mut("spec").and_then(Value::as_object_mut) else { return };
    if let Some(range) = spec.get("podCIDR").cloned().filter(|_| !spec.contains_key("podCIDRs")) {
        spec.insert("podCIDRs".to_owned(), json!([range]));
    }
    let taints = spec.entry("taints").or_insert_with(|| json!([]));
    if let Some(taints) = taints.as_array_mut()
        && !taints.iter().any(|taint| taint["key"] == NOT_READY)
    {
        taints.push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
    }
}

/// Service account and priority of a pod.
fn pod(world: &World, pod: &mut Value) {
    let Some(spec) = pod.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    if spec["serviceAccountName"].as_str().is_none_or(str::is_empty) {
        let older = spec["serviceAccount"].as_str().filter(|name| !name.is_empty()).unwrap_or("default");
        spec["serviceAccountName"] = json!(older);
    }
    spec["serviceAccount"] = spec["serviceAccountName"].clone();
    let class = spec["priorityClassName"].as_str().unwrap_or_default();
    let table = TableKey::new("scheduling.k8s.io", "priorityclasses");
    let found = match class {
        "system-node-critical" => Some(json!({"value": 2_000_001_000})),
        "system-cluster-critical" => Some(json!({"value": 2_000_000_000})),
        "" => None,
        name => world.storage.get(&table, &Name::new("", name)).map(|class| (**class).clone()),
    };
    if spec["priority"].is_null() {
        spec["priority"] = found.as_ref().map_or(json!(0), |class| class["value"].clone());
    }
    if spec["preemptionPolicy"].is_null() {
        let policy = found.and_then(|class| class.get("preemptionPolicy").cloned());
        spec["preemptionPolicy"] = policy.unwrap_or(json!("PreemptLowerPriority"));
    }
}
