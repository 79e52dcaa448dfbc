//! Encodes objects, lists and watch events in the requested representation.

use bytes::Bytes;
use kuberewind_kinds::protobuf::{self, watch};
use serde_json::{Value, json};

use super::convert::in_version;
use super::list::Listed;
use super::resource_type::ResourceType;
use super::table;
use super::view::{Encoding, Form, View, metadata_only};
use kuberewind_model::Timestamp;
use kuberewind_model::k8s::status::Status;

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

/// Encodes a watch event. `header` includes the columns of a table.
pub(super) fn event(resource: &ResourceType, view: View, kind: &str, object: &Value, header: bool, now: Timestamp) -> Bytes {
    let object = in_version(resource, object);
    let shown = match view.form {
        Form::Whole => object.into_owned(),
        Form::Metadata => metadata_only(&object),
        Form::Table(include) => {
            let meta = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
            let rows: &[&Value] = if kind == "BOOKMARK" { &[] } else { &[object.as_ref()] };
            table::table(resource, include, rows, &meta, header, now)
        }
    };
    frame(view.encoding, kind, &shown)
}

/// Encodes an event with any object: a line of JSON, or a frame of protobuf. An object that protobuf cannot express becomes an error
/// event.
pub(super) fn frame(encoding: Encoding, kind: &str, object: &Value) -> Bytes {
    if encoding == Encoding::Json {
        let mut text = json!({"type": kind, "object": object}).to_string();
        text.push('\n');
        return Bytes::from(text);
    }
    let encode = |event: &str, object: &Value| {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        watch::encode_frame(event, text("apiVersion"), text("kind"), object)
    };
    let frame = encode(kind, object).or_else(|error| encode("ERROR", &not_encodable(&error).to_json()));
    frame.map(|frame| Bytes::from(frame.bytes)).unwrap_or_default()
}

/// Encodes a response body in protobuf.
pub(super) fn protobuf(object: &Value) -> Result<Bytes, Status> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let encoded = protobuf::encode(text("apiVersion"), text("kind"), object).map_err(|error| not_encodable(&error))?;
    Ok(Bytes::from(encoded.bytes))
}

fn not_encodable(error: &protobuf::Error) -> Status {
    Status::new(500, "InternalError", format!("the stored object cannot be encoded as protobuf: {error}"))
}
