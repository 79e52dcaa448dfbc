//! Writers without recorded calls, as named in `managedFields`.

use crate::normalise::Content;
use crate::tracker::TrackedObject;
use kuberewind_model::k8s::managed_fields;

/// Names the writer of the version before the latest: the manager that wrote last.
pub(super) fn writer(object: &TrackedObject) -> String {
    named(manager(object.content_before.as_deref(), None))
}

/// Names the writer of a field in the version before the latest: the manager that owned it last.
pub(super) fn writer_of(object: &TrackedObject, field: Option<&str>) -> String {
    named(field.and_then(|field| manager(object.content_before.as_deref(), Some(field))))
}

/// The manager that owns a field in the latest version.
pub(super) fn owner(object: &TrackedObject, field: &str) -> Option<String> {
    manager(object.content.as_deref(), Some(field))
}

/// The managers that owned a field in the version before the latest, and own it in the latest.
pub(super) fn owners(object: &TrackedObject, field: &str) -> [Option<String>; 2] {
    [manager(object.content_before.as_deref(), Some(field)), manager(object.content.as_deref(), Some(field))]
}

/// The manager that wrote the latest version: the only one with the latest time.
pub(super) fn last_manager(object: &TrackedObject) -> Option<String> {
    manager(object.content.as_deref(), None)
}

fn named(manager: Option<String>) -> String {
    match manager {
        Some(manager) => format!("an unrecorded writer (as {manager})"),
        None => "an unrecorded writer".to_owned(),
    }
}

/// The latest manager of the field, or of any field. `None` if two managers wrote at the same time.
fn manager(content: Option<&Content>, field: Option<&str>) -> Option<String> {
    let content: serde_json::Value = serde_json::from_str(&content?.text).ok()?;
    let mut owners: Vec<_> =
        managed_fields::entries(&content).filter(|entry| field.is_none_or(|field| entry.owns(&content, field))).collect();
    owners.sort_by_key(|entry| entry.time);
    let last = owners.last()?;
    let alone =
        owners.iter().rev().skip(1).take_while(|entry| entry.time == last.time).all(|entry| entry.manager == last.manager);
    alone.then(|| last.manager.to_owned())
}
