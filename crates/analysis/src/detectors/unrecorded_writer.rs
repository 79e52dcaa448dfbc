//! Writers whose calls are not in the recording: what `managedFields` tell of them.

use crate::tracker::TrackedObject;
use kuberewind_model::k8s::managed_fields;

/// A name for whoever made the state before the latest one: its field manager is the one that wrote last of all.
pub(super) fn writer(object: &TrackedObject) -> String {
    named(manager(object, None))
}

/// A name for whoever set a field in the state before the latest one: its field manager owned it last.
pub(super) fn writer_of(object: &TrackedObject, field: Option<&str>) -> String {
    named(field.and_then(|field| manager(object, Some(field))))
}

fn named(manager: Option<String>) -> String {
    match manager {
        Some(manager) => format!("a writer that was not recorded (as {manager})"),
        None => "a writer that was not recorded".to_owned(),
    }
}

/// The latest manager of the field, or of any; `None` where two wrote at the same time, as far as their clock tells.
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
