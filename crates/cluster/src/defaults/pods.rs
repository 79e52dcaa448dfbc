//! Defaults of pods that depend on other fields.

use serde_json::{Map, Value, json};

use super::apply::at;

/// Fills in what a table cannot express.
pub(super) fn fill(pod: &mut Value) {
    if let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) {
        spec.entry("enableServiceLinks").or_insert(json!(true));
    }
    for list in ["containers", "initContainers"] {
        for resources in at(pod, &format!("spec/{list}/*/resources")) {
            requests_from_limits(resources);
        }
    }
}

/// Fills in the pull policies of a pod's spec: `latest` is pulled always.
pub(super) fn pull_policies(object: &mut Value, spec: &str) {
    for list in ["containers", "initContainers"] {
        for container in at(object, &format!("{spec}/{list}/*")) {
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
pub(super) fn quality(pod: &Value) -> &'static str {
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
