//! Autoscalers, disruption budgets, priorities, roles, webhooks, priority levels, attachments.

use serde_json::{Value, json};

use super::causes::Causes;
use super::formats;
use super::paths::each;
use super::rules::is_empty;
use crate::meta;

pub(super) fn autoscaler(object: &Value, causes: &mut Causes) {
    let spec = &object["spec"];
    let target = &spec["scaleTargetRef"];
    if is_empty(target) || (target["apiVersion"].as_str().is_none_or(str::is_empty) && is_empty(&target["kind"])) {
        causes.invalid("spec.scaleTargetRef.apiVersion", &json!(""), "apiVersion must specify API group");
    }
    let (least, most) = (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].as_i64().unwrap_or(0));
    if least < 1 {
        causes.invalid("spec.minReplicas", &json!(least), "must be greater than or equal to 1");
    }
    if most < 1 {
        causes.invalid("spec.maxReplicas", &json!(most), "must be greater than 0");
    }
    if most < least {
        causes.invalid("spec.maxReplicas", &json!(most), "must be greater than or equal to `minReplicas`");
    }
    for metric in each(object, "spec/metrics/*") {
        let source = match metric.value["type"].as_str().unwrap_or_default() {
            "Resource" => "resource",
            "Pods" => "pods",
            "Object" => "object",
            "External" => "external",
            "ContainerResource" => "containerResource",
            "" => continue,
            _ => {
                // A real server checks the type in two ways.
                let known = &["ContainerResource", "External", "Object", "Pods", "Resource"];
                causes.unsupported(format_args!("{}.type", metric.path), &metric.value["type"], known);
                continue;
            }
        };
        if metric.value[source].is_null() {
            causes
                .required_for(format_args!("{}.{source}", metric.path), "must populate information for the given metric source");
        }
    }
}

/// Only one of the bounds can be set. A real server prints the spec as a Go struct.
pub(super) fn budget(object: &Value, causes: &mut Causes) {
    let spec = &object["spec"];
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let found = json!({
            "MinAvailable": spec["minAvailable"], "Selector": spec["selector"], "MaxUnavailable": spec["maxUnavailable"],
            "UnhealthyPodEvictionPolicy": spec["unhealthyPodEvictionPolicy"],
        });
        causes.invalid("spec", &found, "minAvailable and maxUnavailable cannot be both set");
    }
}

/// The highest priority of a class that a user may define.
const HIGHEST: i64 = 1_000_000_000;

pub(super) fn priority_class(object: &Value, causes: &mut Causes) {
    let name = meta::text(object, "name");
    if name.starts_with("system-") && !matches!(name, "system-cluster-critical" | "system-node-critical") {
        let why = format!(
            "priority class names with 'system-' prefix are reserved for system use only. error: {name} is not a known system priority class"
        );
        causes.forbidden("metadata.name", &why);
    } else if object["value"].as_i64().is_some_and(|value| value > HIGHEST) && !name.starts_with("system-") {
        causes.forbidden("value", &format!("maximum allowed value of a user defined priority is {HIGHEST}"));
    }
}

/// Checks the rules of a role, or of a cluster role.
pub(super) fn role(object: &Value, namespaced: bool, causes: &mut Causes) {
    for rule in each(object, "rules/*") {
        let urls = &rule.value["nonResourceURLs"];
        if !is_empty(urls) {
            if namespaced {
                let why = "namespaced rules cannot apply to non-resource URLs";
                causes.invalid(format_args!("{}.nonResourceURLs", rule.path), urls, why);
            }
            continue;
        }
        if is_empty(&rule.value["apiGroups"]) {
            causes.required_for(format_args!("{}.apiGroups", rule.path), "resource rules must supply at least one api group");
        }
        if is_empty(&rule.value["resources"]) {
            causes.required_for(format_args!("{}.resources", rule.path), "resource rules must supply at least one resource");
        }
    }
}

/// Checks the subjects of a binding.
pub(super) fn binding(object: &Value, namespaced: bool, causes: &mut Causes) {
    for subject in each(object, "subjects/*") {
        let (value, path) = (subject.value, subject.path);
        if is_empty(&value["name"]) {
            causes.required(format_args!("{path}.name"));
        }
        match value["kind"].as_str().unwrap_or_default() {
            "User" | "Group" => {}
            "ServiceAccount" => {
                if !namespaced && is_empty(&value["namespace"]) {
                    causes.required(format_args!("{path}.namespace"));
                }
            }
            other => causes.unsupported(format_args!("{path}.kind"), &json!(other), &["ServiceAccount", "User", "Group"]),
        }
    }
}

pub(super) fn webhooks(object: &Value, causes: &mut Causes) {
    for name in each(object, "webhooks/*/name") {
        let text = name.value.as_str().unwrap_or_default();
        let wrong = formats::subdomain(text);
        if wrong.is_empty() && text.split('.').count() < 3 {
            causes.invalid(name.path, name.value, "should be a domain with at least three segments separated by dots");
        }
        causes.format(name.path, text, wrong);
    }
}

pub(super) fn admission_policy(object: &Value, causes: &mut Causes) {
    if is_empty(&object["spec"]["validations"]) && is_empty(&object["spec"]["auditAnnotations"]) {
        for field in ["validations", "auditAnnotations"] {
            causes.required_for(format_args!("spec.{field}"), "validations or auditAnnotations must contain at least one item");
        }
    }
}

pub(super) fn priority_level(object: &Value, causes: &mut Causes) {
    let spec = &object["spec"];
    if spec["type"] == "Limited" {
        if !spec["limited"].is_object() {
            causes.required_for("spec.limited", "must not be empty when type is Limited");
            return;
        }
        let kind = spec["limited"]["limitResponse"]["type"].as_str().unwrap_or_default();
        if !matches!(kind, "Queue" | "Reject") {
            causes.unsupported("spec.limited.limitResponse.type", &json!(kind), &["Queue", "Reject"]);
        }
    }
}

pub(super) fn attachment(object: &Value, causes: &mut Causes) {
    let source = &object["spec"]["source"];
    if is_empty(&source["persistentVolumeName"]) == source["inlineVolumeSpec"].is_null() {
        causes.required_for("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
    }
}

/// Events of `events.k8s.io`, under the names of their fields in that group.
pub(super) fn event(object: &Value, causes: &mut Causes) {
    let kind = object["type"].as_str().unwrap_or_default();
    if !matches!(kind, "Normal" | "Warning") {
        causes.invalid("type", &json!(""), &format!("has invalid value: {kind}"));
    }
    let controller = object["reportingComponent"].as_str().unwrap_or_default();
    if controller.is_empty() {
        causes.required("reportingController");
    }
    causes.format("reportingController", controller, formats::qualified(controller));
}
