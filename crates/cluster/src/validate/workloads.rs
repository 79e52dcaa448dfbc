//! Kinds with a pod template: selectors, strategies, restart policies.

use std::fmt::Display;

use serde_json::{Value, json};

use super::causes::Causes;
use super::rules;
use crate::selector_text::selector_text;
use kuberewind_model::k8s::selector::LabelSelector;

const UNMATCHED: &str = "`selector` does not match template `labels`";

/// Checks a workload of the group `apps`, or a replication controller.
pub(super) fn check(plural: &str, object: &Value, causes: &mut Causes) {
    let spec = &object["spec"];
    if plural == "replicationcontrollers" {
        let labels = &spec["template"]["metadata"]["labels"];
        let matches = spec["selector"].as_object().into_iter().flatten().all(|(name, value)| labels.get(name) == Some(value));
        if !matches {
            causes.invalid("spec.template.metadata.labels", &labels_or_null(labels), UNMATCHED);
        }
    } else {
        selector(spec, causes);
    }
    template(spec, causes);
    match plural {
        "deployments" => deployment(spec, causes),
        "statefulsets" => {
            let policy = spec["podManagementPolicy"].as_str().unwrap_or_default();
            if !matches!(policy, "" | "OrderedReady" | "Parallel") {
                causes.invalid("spec.podManagementPolicy", &json!(policy), "must be 'OrderedReady' or 'Parallel'");
            }
        }
        "daemonsets" => strategy(&spec["updateStrategy"], &"spec.updateStrategy", &["RollingUpdate", "OnDelete"], causes),
        _ => {}
    }
}

fn labels_or_null(labels: &Value) -> Value {
    if rules::is_empty(labels) { Value::Null } else { labels.clone() }
}

fn selector(spec: &Value, causes: &mut Causes) {
    let selector = &spec["selector"];
    let empty = |name: &str| selector[name].as_object().is_none_or(serde_json::Map::is_empty);
    if selector.is_null() {
        causes.required("spec.selector");
        causes.invalid("spec.template.metadata.labels", &labels_or_null(&spec["template"]["metadata"]["labels"]), UNMATCHED);
        return;
    }
    if empty("matchLabels") && selector["matchExpressions"].as_array().is_none_or(Vec::is_empty) {
        causes.invalid("spec.selector", selector, "empty selector is invalid for deployment");
        return;
    }
    for (at, one) in selector["matchExpressions"].as_array().into_iter().flatten().enumerate() {
        let operator = one["operator"].as_str().unwrap_or_default();
        if !matches!(operator, "In" | "NotIn" | "Exists" | "DoesNotExist") {
            let path = format_args!("spec.selector.matchExpressions[{at}].operator");
            causes.invalid(path, &json!(operator), "not a valid selector operator");
            causes.invalid("spec.selector", selector, "invalid label selector");
            return;
        }
    }
    let parsed = selector_text(selector).and_then(|text| LabelSelector::parse(&text).ok());
    if parsed.is_some_and(|selector| !selector.matches(&spec["template"])) {
        let labels = labels_or_null(&spec["template"]["metadata"]["labels"]);
        causes.invalid("spec.template.metadata.labels", &labels, UNMATCHED);
    }
}

/// The pods of a workload run for ever.
fn template(spec: &Value, causes: &mut Causes) {
    let pod = &spec["template"]["spec"];
    if pod["restartPolicy"].as_str().is_some_and(|policy| matches!(policy, "OnFailure" | "Never")) {
        causes.unsupported("spec.template.spec.restartPolicy", &pod["restartPolicy"], &["Always"]);
    }
    if !pod["activeDeadlineSeconds"].is_null() {
        let why = "activeDeadlineSeconds in ReplicaSet is not Supported";
        causes.forbidden("spec.template.spec.activeDeadlineSeconds", why);
    }
}

/// Checks the type of a strategy. A real server prints the strategy as a Go struct.
fn strategy(strategy: &Value, path: &dyn Display, known: &[&str], causes: &mut Causes) {
    if let Some(kind) = strategy["type"].as_str().filter(|kind| !kind.is_empty() && !known.contains(kind)) {
        causes.unsupported(path, &json!({"Type": kind, "RollingUpdate": null}), known);
    }
}

fn deployment(spec: &Value, causes: &mut Causes) {
    strategy(&spec["strategy"], &"spec.strategy", &["Recreate", "RollingUpdate"], causes);
    let rolling = &spec["strategy"]["rollingUpdate"];
    let path = "spec.strategy.rollingUpdate";
    if spec["strategy"]["type"] == "Recreate" {
        if !rolling.is_null() {
            causes.forbidden(path, "may not be specified when strategy `type` is 'Recreate'");
        }
    } else if rolling.is_object() {
        for field in ["maxUnavailable", "maxSurge"] {
            rules::amount(&rolling[field], &format_args!("{path}.{field}"), causes);
        }
        let none = |field: &str| rolling[field] == 0 || rolling[field] == "0%";
        if none("maxUnavailable") && none("maxSurge") {
            causes.invalid(
                format_args!("{path}.maxUnavailable"),
                &rolling["maxUnavailable"],
                "may not be 0 when `maxSurge` is 0",
            );
        }
    }
    let (ready, deadline) = (spec["minReadySeconds"].as_i64().unwrap_or(0), spec["progressDeadlineSeconds"].as_i64());
    if deadline.is_some_and(|deadline| deadline <= ready) {
        causes.invalid("spec.progressDeadlineSeconds", &spec["progressDeadlineSeconds"], "must be greater than minReadySeconds");
    }
}

/// The counts in the status of a deployment.
pub(super) fn status(object: &Value, causes: &mut Causes) {
    let status = &object["status"];
    let number = |field: &str| status[field].as_i64().unwrap_or(0);
    for field in
        ["observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"]
    {
        if number(field) < 0 {
            causes.invalid(format_args!("status.{field}"), &status[field], super::formats::NOT_NEGATIVE);
        }
    }
    for field in ["updatedReplicas", "readyReplicas", "availableReplicas"] {
        if number(field) > number("replicas") {
            causes.invalid(format_args!("status.{field}"), &status[field], "cannot be greater than status.replicas");
        }
    }
    if number("availableReplicas") > number("readyReplicas") {
        causes.invalid("status.availableReplicas", &status["availableReplicas"], "cannot be greater than readyReplicas");
    }
}
