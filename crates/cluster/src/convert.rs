//! Conversion between the version of a request and the version in which its objects are stored.
//!
//! Versions of most kinds differ in their name only. `events.k8s.io` is the exception: its events are stored as core events.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::resource_type::{ResourceType, TableKey};

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

/// The group and version in which the objects of a kind are stored, if that is another kind.
pub(super) fn stored_as(table: &TableKey) -> Option<(&'static str, &'static str)> {
    (*table == TableKey::new("events.k8s.io", "events")).then_some(("", "v1"))
}

/// Converts the object of a request to the version in which it is stored.
pub(super) fn to_storage(call: &Call, mut object: Value) -> Value {
    if call.shown.table == call.resource.table || object["apiVersion"] == call.resource.api_version() {
        return object;
    }
    rename(&mut object, |name| EVENT_FIELDS.iter().find(|(_, new)| *new == name).map(|(old, _)| *old));
    if object.get("apiVersion").is_none_or(|version| *version == call.shown.api_version()) {
        object["apiVersion"] = json!(call.resource.api_version());
    }
    object
}

/// The object in the version of the URL.
pub(super) fn in_version<'a>(resource: &ResourceType, object: &'a Value) -> Cow<'a, Value> {
    let version = resource.api_version();
    if object["apiVersion"].as_str() == Some(&version) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    if stored_as(&resource.table).is_some() {
        rename(&mut object, |name| EVENT_FIELDS.iter().find(|(old, _)| *old == name).map(|(_, new)| *new));
    }
    object["apiVersion"] = json!(version);
    Cow::Owned(object)
}

/// Renames the fields of an object; the others keep their names.
fn rename(object: &mut Value, name_of: impl Fn(&str) -> Option<&'static str>) {
    let Value::Object(map) = object else { return };
    let renamed =
        std::mem::take(map).into_iter().map(|(name, value)| (name_of(&name).map_or(name.clone(), str::to_owned), value));
    *map = renamed.collect::<Map<String, Value>>();
}
