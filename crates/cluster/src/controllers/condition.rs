//! Conditions in the status of an object.

use serde_json::{Value, json};

use super::value::{items, text};

/// The condition of a type.
pub(super) fn find<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(object, "/status/conditions").iter().find(|one| one["type"] == kind)
}

/// True if the condition has the status `True`.
pub(super) fn is_true(object: &Value, kind: &str) -> bool {
    find(object, kind).is_some_and(|one| one["status"] == "True")
}

/// A condition that is about to be set.
#[derive(Debug, Clone)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: String,
}

impl Condition<'_> {
    /// The condition with its times, as the workload controllers write it. `updated`: with `lastUpdateTime`.
    pub(super) fn at(&self, now: &str, updated: bool) -> Value {
        let mut value = json!({"type": self.kind, "status": self.status});
        if updated {
            value["lastUpdateTime"] = json!(now);
        }
        value["lastTransitionTime"] = json!(now);
        value["reason"] = json!(self.reason);
        value["message"] = json!(self.message);
        value
    }
}

/// Sets a condition of `status`. One with the same status and reason stays as it is; one with the same status keeps its
/// `lastTransitionTime`.
pub(super) fn set(status: &mut Value, mut condition: Value) {
    let kind = text(&condition, "/type").to_owned();
    let old = items(status, "/conditions").iter().find(|one| one["type"] == kind.as_str()).cloned();
    if let Some(old) = old.filter(|old| old["status"] == condition["status"]) {
        if old["reason"] == condition["reason"] {
            return;
        }
        condition["lastTransitionTime"] = old["lastTransitionTime"].clone();
    }
    remove(status, &kind);
    match status.get_mut("conditions").and_then(Value::as_array_mut) {
        Some(list) => list.push(condition),
        None => status["conditions"] = json!([condition]),
    }
}

/// Removes the condition of a type.
pub(super) fn remove(status: &mut Value, kind: &str) {
    if let Some(list) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        list.retain(|one| one["type"] != kind);
    }
}
