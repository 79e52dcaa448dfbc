//! Defaults of pods that depend on other fields.

use serde_json::{Map, Value, json};

use super::apply::at;

/// Fills in what a table cannot express.
pub(super) fn fill(pod: &mut Value) {
    if let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) {
        spec.entry("enableServiceLinks").or_insert(json!(true));
        if spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64).is_some_and(|seconds| seconds < 0) {
            spec.insert("terminationGracePeriodSeconds".to_owned(), json!(1));
        }
    }
    tolerate(pod);
    for list in ["containers", "initContainers"] {
        for resources in at(pod, &format!("spec/{list}/*/resources")) {
            requests_from_limits(resources);
        }
    }
}

/// Tolerates nodes that are not ready for five minutes, unless the pod says otherwise.
fn tolerate(pod: &mut Value) {
    let Some(spec) = pod.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    if !spec["tolerations"].is_array() {
        spec["tolerations"] = json!([]);
    }
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let Some(list) = spec["tolerations"].as_array_mut() else { continue };
        let tolerated = list.iter().any(|one| {
            let (name, effect) = (one["key"].as_str().unwrap_or_default(), one["effect"].as_str().unwrap_or_default());
            (name == key || (name.is_empty() && one["operator"] == "Exists")) && matches!(effect, "" | "NoExecute")
        });
        if !tolerated {
            list.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
}

/// The addresses of a pod: the first one is its address.
pub(super) fn addresses(pod: &mut Value) {
    let Some(status) = pod.get_mut("status").filter(|status| status.is_object()) else { return };
    for (one, all) in [("podIP", "podIPs"), ("hostIP", "hostIPs")] {
        if status[one].is_string() && status[all].is_null() {
            status[all] = json!([{"ip": status[one]}]);
        }
    }
}

/// Fills in volumes without a source, and the ports of a pod on its host's network.
pub(super) fn volumes_and_ports(pod: &mut Value) {
    for volume in at(pod, "volumes/*") {
        if volume.as_object().is_some_and(|volume| volume.iter().all(|(name, source)| name == "name" || source.is_null())) {
            volume["emptyDir"] = json!({});
        }
    }
    if pod["hostNetwork"] != true {
        return;
    }
    for ports in ["containers/*/ports/*", "initContainers/*/ports/*"] {
        for port in at(pod, ports).into_iter().filter(|port| port.is_object()) {
            if port["hostPort"].as_i64().unwrap_or(0) == 0 {
                port["hostPort"] = port["containerPort"].clone();
            }
        }
    }
}

/// Fills in the pull policies of a pod's spec: `latest` is pulled always.
pub(super) fn pull_policies(pod: &mut Value) {
    for containers in ["containers/*", "initContainers/*", "ephemeralContainers/*"] {
        for container in at(pod, containers) {
            if container["imagePullPolicy"].as_str().is_none_or(str::is_empty) && container.is_object() {
                let image = container["image"].as_str().unwrap_or_default();
                container["imagePullPolicy"] = json!(if is_latest(image) { "Always" } else { "IfNotPresent" });
            }
        }
    }
}

/// True for an image with the tag `latest` or without tag and digest.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((_, tag)) => tag == "latest",
        None => !name.contains('@'),
    }
}

fn requests_from_limits(resources: &mut Value) {
    let Some(limits) = resources["limits"].as_object().filter(|limits| !limits.is_empty()).cloned() else { return };
    if !resources["requests"].is_object() {
        resources["requests"] = json!({});
    }
    for (name, limit) in limits {
        if resources["requests"].get(&name).is_none() {
            resources["requests"][name] = limit;
        }
    }
}

/// The quality-of-service class of a pod.
pub(crate) fn quality(pod: &Value) -> &'static str {
    let lists = ["containers", "initContainers"].map(|list| pod["spec"][list].as_array());
    let (mut any, mut all_equal) = (false, true);
    for container in lists.into_iter().flatten().flatten() {
        let of = |name: &str| container["resources"][name].as_object().cloned().unwrap_or_default();
        let (limits, requests) = (of("limits"), of("requests"));
        let has = |map: &Map<String, Value>, name: &str| map.contains_key(name);
        any |= ["cpu", "memory"].iter().any(|name| has(&limits, name) || has(&requests, name));
        all_equal &= ["cpu", "memory"].iter().all(|name| has(&limits, name) && limits.get(*name) == requests.get(*name));
    }
    match (any, all_equal) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
