//! Defaults of other kinds that depend on several fields.

use serde_json::{Value, json};

use super::apply::at;

pub(super) fn fill(group: &str, plural: &str, object: &mut Value) {
    match (group, plural) {
        ("", "limitranges") => limit_range(object),
        ("networking.k8s.io", "networkpolicies") => network_policy(object),
        ("autoscaling", "horizontalpodautoscalers") => autoscaler(object),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => binding(object),
        ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets") => claim_templates(object),
        ("", "replicationcontrollers") => controller(object),
        ("batch", "jobs") => index_backoff(object),
        _ => {}
    }
}

/// Absent defaults are the maximum, absent default requests are the default limits or the minimum.
fn limit_range(range: &mut Value) {
    for limit in at(range, "spec/limits/*") {
        if limit["type"] != "Container" {
            continue;
        }
        for (field, sources) in [("default", &["max"][..]), ("defaultRequest", &["default", "min"][..])] {
            for source in sources {
                for (name, amount) in limit[*source].as_object().cloned().into_iter().flatten() {
                    if !limit[field].is_object() {
                        limit[field] = json!({});
                    }
                    if limit[field].get(&name).is_none() {
                        limit[field][&name] = amount;
                    }
                }
            }
        }
    }
}

fn network_policy(policy: &mut Value) {
    for port in at(policy, "spec/ingress/*/ports/*").into_iter().filter(|port| port.is_object()) {
        if port["protocol"].is_null() {
            port["protocol"] = json!("TCP");
        }
    }
    let Some(spec) = policy.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    if spec["policyTypes"].is_null() {
        let types = if spec["egress"].is_null() { json!(["Ingress"]) } else { json!(["Ingress", "Egress"]) };
        spec["policyTypes"] = types;
    }
}

fn autoscaler(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    if spec["metrics"].as_array().is_none_or(Vec::is_empty) {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        spec["metrics"] = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
    }
    if !spec["behavior"].is_object() {
        return;
    }
    let per = |kind: &str, value: i64| json!({"type": kind, "value": value, "periodSeconds": 15});
    let up = json!({"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [per("Pods", 4), per("Percent", 100)]});
    let down = json!({"selectPolicy": "Max", "policies": [per("Percent", 100)]});
    for (direction, defaults) in [("scaleUp", up), ("scaleDown", down)] {
        if !spec["behavior"][direction].is_object() {
            spec["behavior"][direction] = json!({});
        }
        for (name, value) in defaults.as_object().into_iter().flatten() {
            if spec["behavior"][direction][name].is_null() {
                spec["behavior"][direction][name] = value.clone();
            }
        }
    }
}

fn binding(binding: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if binding["roleRef"].is_object() && binding["roleRef"]["apiGroup"].as_str().is_none_or(str::is_empty) {
        binding["roleRef"]["apiGroup"] = json!(GROUP);
    }
    for subject in at(binding, "subjects/*").into_iter().filter(|subject| subject.is_object()) {
        let named = matches!(subject["kind"].as_str(), Some("User" | "Group"));
        if named && subject["apiGroup"].as_str().is_none_or(str::is_empty) {
            subject["apiGroup"] = json!(GROUP);
        }
    }
}

/// The claims of a stateful set are whole objects.
fn claim_templates(object: &mut Value) {
    for claim in at(object, "spec/volumeClaimTemplates/*").into_iter().filter(|claim| claim.is_object()) {
        claim["kind"] = json!("PersistentVolumeClaim");
        claim["apiVersion"] = json!("v1");
        claim["status"] = json!({"phase": "Pending"});
    }
}

/// A replication controller selects by the labels of its template, and has them if it has none.
fn controller(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if !labels.is_object() {
        return;
    }
    if object["spec"]["selector"].is_null() {
        object["spec"]["selector"] = labels.clone();
    }
    if crate::meta::field(object, "labels").is_none() {
        crate::meta::set(object, "labels", labels);
    }
}

/// A job with a limit for each index has none for all of them.
fn index_backoff(job: &mut Value) {
    let Some(spec) = job.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    if spec["backoffLimit"].is_null() {
        spec["backoffLimit"] = if spec["backoffLimitPerIndex"].is_null() { json!(6) } else { json!(i32::MAX) };
    }
}
