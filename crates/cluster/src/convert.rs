//! Conversion between the version of a request and the version in which its objects are stored.
//!
//! Versions of most kinds differ in their name only. The events of `events.k8s.io` are stored as core events, the autoscalers of
//! `autoscaling/v1` as those of v2.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::meta;
use super::resource_type::ResourceType;

/// Fields of a core event and their names in `events.k8s.io`.
const EVENT_FIELDS: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// The annotations of an autoscaler that keep in v1 what only v2 has a field for.
const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";

/// The group and version in which the objects of a kind are stored, if they differ.
pub(super) fn stored_as(group: &str, version: &str, plural: &str) -> Option<(&'static str, &'static str)> {
    match (group, version, plural) {
        ("events.k8s.io", _, "events") => Some(("", "v1")),
        ("autoscaling", "v1", "horizontalpodautoscalers") => Some(("autoscaling", "v2")),
        _ => None,
    }
}

/// Converts the object of a request to the version in which it is stored.
pub(super) fn to_storage(call: &Call, mut object: Value) -> Value {
    if Arc::ptr_eq(&call.shown, &call.resource)
        || call.shown == call.resource
        || object["apiVersion"] == call.resource.api_version()
        || !object.is_object()
    {
        return object;
    }
    if call.shown.is("events.k8s.io", "events") {
        rename(&mut object, |name| EVENT_FIELDS.iter().find(|(_, new)| *new == name).map(|(old, _)| *old));
    } else if object["spec"].is_object() {
        autoscaler_to_v2(&mut object);
    }
    if object.get("apiVersion").is_none_or(|version| *version == call.shown.api_version()) {
        object["apiVersion"] = json!(call.resource.api_version());
    }
    object
}

/// True if objects of the kind are stored with other fields than it shows. All others differ at most in `apiVersion`.
pub(super) fn converts(resource: &ResourceType) -> bool {
    stored_as(&resource.table.group, &resource.version, &resource.table.plural).is_some()
}

/// The object in the version of the URL.
pub(super) fn in_version<'a>(resource: &ResourceType, object: &'a Value) -> Cow<'a, Value> {
    if object["apiVersion"].as_str().is_some_and(|version| resource.is_api_version(version)) {
        return Cow::Borrowed(object);
    }
    let version = resource.api_version();
    let mut object = object.clone();
    if resource.is("events.k8s.io", "events") {
        rename(&mut object, |name| EVENT_FIELDS.iter().find(|(old, _)| *old == name).map(|(_, new)| *new));
    } else if version == "autoscaling/v1" && object["spec"].is_object() {
        autoscaler_to_v1(&mut object);
    }
    object["apiVersion"] = json!(version);
    Cow::Owned(object)
}

fn is_cpu(metric: &Value) -> bool {
    metric["resource"]["name"] == "cpu" && metric["resource"]["target"]["averageUtilization"].is_number()
}

fn autoscaler_to_v1(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let metrics = spec.shift_remove("metrics").and_then(|metrics| metrics.as_array().cloned()).unwrap_or_default();
    let (cpu, others): (Vec<Value>, Vec<Value>) = metrics.into_iter().partition(is_cpu);
    if let Some(metric) = cpu.first() {
        let target = metric["resource"]["target"]["averageUtilization"].clone();
        spec.insert("targetCPUUtilizationPercentage".to_owned(), target);
    }
    let behavior = spec.shift_remove("behavior");
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.shift_remove("currentMetrics");
        status.entry("currentReplicas").or_insert(json!(0));
    }
    let others = (!others.is_empty()).then(|| Value::Array(others));
    for (name, value) in [(METRICS, others), (BEHAVIOR, behavior)] {
        let Some(value) = value else { continue };
        let annotations = meta::field(object, "annotations").filter(|found| found.is_object());
        let mut annotations = annotations.cloned().unwrap_or_else(|| json!({}));
        annotations[name] = json!(value.to_string());
        meta::set(object, "annotations", annotations);
    }
}

fn autoscaler_to_v2(object: &mut Value) {
    let mut kept = |name: &str| {
        let annotations = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)?;
        serde_json::from_str::<Value>(annotations.shift_remove(name)?.as_str()?).ok()
    };
    let (others, behavior) = (kept(METRICS), kept(BEHAVIOR));
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let mut metrics = others.and_then(|others| others.as_array().cloned()).unwrap_or_default();
    if let Some(percent) = spec.shift_remove("targetCPUUtilizationPercentage").filter(|percent| !percent.is_null()) {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        metrics.insert(0, json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}));
    }
    if !metrics.is_empty() {
        spec.insert("metrics".to_owned(), Value::Array(metrics));
    }
    if let Some(behavior) = behavior {
        spec.insert("behavior".to_owned(), behavior);
    }
}

/// Renames the fields of an object; the others keep their names.
fn rename(object: &mut Value, name_of: impl Fn(&str) -> Option<&'static str>) {
    let Value::Object(map) = object else { return };
    let renamed =
        std::mem::take(map).into_iter().map(|(name, value)| (name_of(&name).map_or(name.clone(), str::to_owned), value));
    *map = renamed.collect::<Map<String, Value>>();
}
