//! Writers without recorded calls, as named in `managedFields`.

use crate::tracker::TrackedObject;
use kuberewind_model::k8s::managed_fields;

/// Names the writer of the version before the latest: the manager that wrote last.
pub(super) fn writer(object: &TrackedObject) -> String {
    named(manager(object, None))
}

/// Names the writer of a field in the version before the latest: the manager that owned it last.
pub(super) fn writer_of(object: &TrackedObject, field: Option<&str>) -> String {
    named(field.and_then(|field| manager(object, Some(field))))
}

fn named(manager: Option<String>) -> String {
    match manager {
        Some(manager) => format!("an unrecorded writer (as {manager})"),
        None => "an unrecorded writer".to_owned(),
    }
}

/// The latest manager of the field, or of any field. `None` if two managers wrote at the same time.
fn manager(object: &TrackedObject, field: Option<&str>) -> Option<String> {
    let before: serde_json::Value = serde_json::from_str(&object.content_before.as_ref()?.text).ok()?;
    let mut owners: Vec<_> =
        managed_fields::entries(&before).filter(|entry| field.is_none_or(|field| entry.owns(&before, field))).collect();
    owners.sort_by_key(|entry| entry.time);
    let last = owners.last()?;
    let alone =
        owners.iter().rev().skip(1).take_while(|entry| entry.time == last.time).all(|entry| entry.manager == last.manager);
    alone.then(|| last.manager.to_owned())
}
