//! Encodes objects, lists and watch events in the requested representation.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::list::Listed;
use super::resource_type::ResourceType;
use super::table;
use super::view::{Form, in_version, metadata_only};
use kuberewind_model::Timestamp;

pub(super) fn object(resource: &ResourceType, form: Form, object: &Value, now: Timestamp) -> Value {
    if object["kind"] == "Status" {
        return object.clone();
    }
    let object = in_version(resource, object);
    match form {
        Form::Whole => object.into_owned(),
        Form::Metadata => metadata_only(&object),
        Form::Table(include) => {
            let meta = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
            table::table(resource, include, &[object.as_ref()], &meta, true, now)
        }
    }
}

pub(super) fn list(resource: &ResourceType, form: Form, listed: &Listed, now: Timestamp) -> Value {
    let mut meta = json!({"resourceVersion": listed.revision.to_string()});
    if !listed.next.is_empty() {
        meta["continue"] = json!(listed.next);
    }
    if let Some(remaining) = listed.remaining {
        meta["remainingItemCount"] = json!(remaining);
    }
    let objects: Vec<_> = listed.items.iter().map(|item| in_version(resource, item)).collect();
    match form {
        Form::Whole => {
            let items: Vec<Value> = objects.into_iter().map(|object| item(resource, object.into_owned())).collect();
            json!({"kind": resource.list_kind, "apiVersion": resource.api_version(), "metadata": meta, "items": items})
        }
        Form::Metadata => {
            let items: Vec<Value> = objects.iter().map(|object| metadata_only(object)).collect();
            json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "items": items})
        }
        Form::Table(include) => {
            let rows: Vec<&Value> = objects.iter().map(AsRef::as_ref).collect();
            table::table(resource, include, &rows, &meta, true, now)
        }
    }
}

/// Items of built-in lists carry no `apiVersion` and `kind`.
fn item(resource: &ResourceType, mut object: Value) -> Value {
    if resource.custom.is_none()
        && let Some(map) = object.as_object_mut()
    {
        map.shift_remove("apiVersion");
        map.shift_remove("kind");
    }
    object
}

/// Encodes a watch event as a line. `header` includes the columns of a table.
pub(super) fn event(resource: &ResourceType, form: Form, kind: &str, object: &Arc<Value>, header: bool, now: Timestamp) -> Bytes {
    let object = in_version(resource, object);
    let shown = match form {
        Form::Whole => object.into_owned(),
        Form::Metadata => metadata_only(&object),
        Form::Table(include) => {
            let meta = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
            let rows: &[&Value] = if kind == "BOOKMARK" { &[] } else { &[object.as_ref()] };
            table::table(resource, include, rows, &meta, header, now)
        }
    };
    line(&json!({"type": kind, "object": shown}))
}

/// Encodes a value as a line.
pub(super) fn line(value: &Value) -> Bytes {
    let mut text = value.to_string();
    text.push('\n');
    Bytes::from(text)
}
