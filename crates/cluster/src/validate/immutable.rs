//! Fields that cannot change.

use serde_json::{Value, json};

use super::causes::Causes;
use crate::call::Call;
use crate::meta;
use crate::same::same;

const STATEFUL_SET: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
     'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

const POD: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
     `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow \
     it to be set to 1 if it was previously negative)";

const CLAIM: &str = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/// Reports changes of fixed fields. With `keeps_pods`, the spec of the pods is the same in both states.
pub(super) fn check(call: &Call, live: &Value, next: &Value, keeps_pods: bool, causes: &mut Causes) {
    let (old, new) = (&live["spec"], &next["spec"]);
    let mut fixed = |fields: &[&str], why: &str| {
        for path in fields {
            let (old, new) = (meta::at(live, path), meta::at(next, path));
            if old.is_some_and(|old| new.is_none_or(|new| !same(old, new))) {
                causes.invalid(path.replace('/', "."), new.unwrap_or(&Value::Null), why);
            }
        }
    };
    match (&*call.resource.table.group, &*call.resource.table.plural) {
        ("apps", "deployments" | "replicasets" | "daemonsets") => fixed(&["spec/selector"], "field is immutable"),
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            fixed(&["spec/scope", "spec/names/kind", "spec/group", "spec/names/plural"], "field is immutable");
        }
        ("apps", "controllerrevisions") => fixed(&["data"], "field is immutable"),
        ("batch", "jobs") => {
            fixed(&["spec/selector", "spec/template", "spec/completionMode"], "field is immutable");
            if old["completionMode"] != "Indexed" {
                fixed(&["spec/completions"], "field is immutable");
            }
        }
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") if live["roleRef"] != next["roleRef"] => {
            let part = |name: &str| next["roleRef"][name].clone();
            let found = json!({"APIGroup": part("apiGroup"), "Kind": part("kind"), "Name": part("name")});
            causes.invalid("roleRef", &found, "cannot change roleRef");
        }
        ("", "secrets") => fixed(&["type"], "field is immutable"),
        ("apps", "statefulsets") => {
            let open = ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "minReadySeconds"];
            let open = [&open[..], &["persistentVolumeClaimRetentionPolicy"]].concat();
            if without(old, &open) != without(new, &open) {
                causes.forbidden("spec", STATEFUL_SET);
            }
        }
        ("", "persistentvolumeclaims") => {
            let open = ["resources", "volumeAttributesClassName", "volumeName"];
            if without(old, &open) != without(new, &open) {
                causes.forbidden("spec", CLAIM);
            }
        }
        ("", "pods") if keeps_pods => {}
        ("", "pods") => pod(old, new, causes),
        _ => simple(call, live, next, causes),
    }
    if matches!(&*call.resource.table.plural, "secrets" | "configmaps") && live["immutable"] == true {
        for field in ["immutable", "data", "binaryData"] {
            if live.get(field) != next.get(field) {
                causes.forbidden(field, "field is immutable when `immutable` is set");
            }
        }
    }
}

/// Fields of services and classes.
fn simple(call: &Call, live: &Value, next: &Value, causes: &mut Causes) {
    let external = |object: &Value| object["spec"]["type"] == "ExternalName";
    let forbid = |fields: &[&str], causes: &mut Causes, why: fn(&str) -> String| {
        for field in fields.iter().filter(|field| live[**field] != next[**field]) {
            causes.forbidden(field, &why(field));
        }
    };
    if call.resource.is("", "services") && !external(live) && !external(next) {
        let (old, new) = (&live["spec"]["clusterIP"], &next["spec"]["clusterIP"]);
        if !old.is_null() && old != new {
            causes.invalid("spec.clusterIPs[0]", &json!([new]), "may not change once set");
        }
    } else if call.resource.is("storage.k8s.io", "storageclasses") {
        forbid(&["provisioner", "parameters", "reclaimPolicy"], causes, |field| format!("updates to {field} are forbidden."));
        if live["volumeBindingMode"] != next["volumeBindingMode"] {
            causes.invalid("volumeBindingMode", &next["volumeBindingMode"], "field is immutable");
        }
    } else if call.resource.is("scheduling.k8s.io", "priorityclasses") {
        forbid(&["value", "preemptionPolicy"], causes, |_| "may not be changed in an update.".to_owned());
    }
}

fn pod(old: &Value, new: &Value, causes: &mut Causes) {
    let names = |spec: &Value, list: &str| spec[list].as_array().map_or(0, Vec::len);
    for list in ["containers", "initContainers"] {
        if names(old, list) != names(new, list) {
            causes.forbidden(format_args!("spec.{list}"), "pod updates may not add or remove containers");
            return;
        }
    }
    deadline(old, new, causes);
    let open = ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates"];
    let [mut old, mut new] = [without(old, &open), without(new, &open)];
    for spec in [&mut old, &mut new] {
        for list in ["containers", "initContainers"] {
            for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(container) = container.as_object_mut() {
                    container.shift_remove("image");
                }
            }
        }
        if let Some(spec) = spec.as_object_mut() {
            spec.retain(|_, value| !value.is_null());
        }
    }
    if old != new {
        causes.forbidden("spec", POD);
    }
}

/// A deadline can only come nearer.
fn deadline(old: &Value, new: &Value, causes: &mut Causes) {
    let field = "spec.activeDeadlineSeconds";
    match (old["activeDeadlineSeconds"].as_i64(), new["activeDeadlineSeconds"].as_i64()) {
        (Some(old), Some(later)) if later > old => {
            causes.invalid(field, &json!(later), "must be less than or equal to previous value");
        }
        (Some(_), None) => causes.invalid(field, &Value::Null, "must not update from a positive integer to nil value"),
        _ => {}
    }
}

/// A spec without some fields.
fn without(spec: &Value, fields: &[&str]) -> Value {
    let mut spec = spec.clone();
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|name, _| !fields.contains(&name.as_str()));
    }
    spec
}
