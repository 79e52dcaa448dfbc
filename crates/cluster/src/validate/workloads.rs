//! Kinds with a pod template: selectors, replicas, restart policies.

use serde_json::{Value, json};

use super::causes::Causes;
use crate::selector_text::selector_text;
use kuberewind_model::k8s::selector::LabelSelector;

pub(super) fn check(group: &str, plural: &str, object: &Value, causes: &mut Causes) {
    let spec = &object["spec"];
    match (group, plural) {
        ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets") => {
            selector(spec, causes);
            if spec["replicas"].as_i64().is_some_and(|replicas| replicas < 0) {
                causes.invalid("spec.replicas", &spec["replicas"], "must be greater than or equal to 0");
            }
            restart_policy(spec, "spec.template.spec", &["Always"], causes);
        }
        ("batch", "jobs") => restart_policy(spec, "spec.template.spec", &["OnFailure", "Never"], causes),
        ("batch", "cronjobs") => {
            if spec["schedule"].as_str().is_none_or(str::is_empty) {
                causes.required("spec.schedule");
            }
            let job = &spec["jobTemplate"]["spec"];
            restart_policy(job, "spec.jobTemplate.spec.template.spec", &["OnFailure", "Never"], causes);
        }
        ("autoscaling", "horizontalpodautoscalers") => {
            let (least, most) = (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].as_i64().unwrap_or(0));
            if most < 1 {
                causes.invalid("spec.maxReplicas", &json!(most), "must be greater than 0");
            } else if most < least {
                causes.invalid("spec.maxReplicas", &json!(most), "must be greater than or equal to `minReplicas`");
            }
        }
        _ => {}
    }
}

fn selector(spec: &Value, causes: &mut Causes) {
    let selector = &spec["selector"];
    let empty = |name: &str| selector[name].as_object().is_none_or(serde_json::Map::is_empty);
    if selector.is_null() {
        causes.required("spec.selector");
    } else if empty("matchLabels") && selector["matchExpressions"].as_array().is_none_or(Vec::is_empty) {
        causes.invalid("spec.selector", selector, "empty selector is invalid for deployment");
        return;
    }
    let parsed = selector_text(selector).and_then(|text| LabelSelector::parse(&text).ok());
    if parsed.is_some_and(|selector| !selector.matches(&spec["template"])) {
        let labels = spec["template"]["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        causes.invalid("spec.template.metadata.labels", &Value::Object(labels), "`selector` does not match template `labels`");
    }
}

fn restart_policy(spec: &Value, path: &str, supported: &[&str], causes: &mut Causes) {
    let policy = &spec["template"]["spec"]["restartPolicy"];
    if policy.as_str().is_some_and(|policy| !supported.contains(&policy)) {
        causes.unsupported(&format!("{path}.restartPolicy"), policy, supported);
    }
}
