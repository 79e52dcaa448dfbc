//! Encodes objects, lists and watch events in the requested representation.
//!
//! Whole objects and their metadata in JSON are joined from the texts of the versions. Tables, protobuf and the few kinds that are stored in
//! another version are made from the values.

use bytes::Bytes;
use kuberewind_kinds::protobuf::{self, watch};
use serde_json::{Value, json};

use super::json_text::write;
use super::list::Listed;
use super::resource_type::ResourceType;
use super::shown::{Shown, is_in_version};
use super::table::Table;
use super::version::Version;
use super::view::{Encoding, Form, View, metadata_only};
use kuberewind_model::Timestamp;
use kuberewind_model::k8s::status::Status;

/// Encodes a response with one object.
pub(super) fn object(resource: &ResourceType, view: View, object: &Version, now: Timestamp) -> Result<Bytes, Status> {
    if object["kind"] == "Status" {
        return value(&object.to_value(), view.encoding);
    }
    let state = Shown::of(object);
    let shown = match (view.form, view.encoding) {
        (Form::Whole, Encoding::Json) if is_in_version(object, resource) => return Ok(object.json()),
        (Form::Whole, Encoding::Json) => return Ok(text(|out| state.write(resource, out))),
        (Form::Metadata, Encoding::Json) => return Ok(text(|out| state.write_metadata(resource, out))),
        (Form::Whole, Encoding::Protobuf) => state.value(resource),
        (Form::Metadata, Encoding::Protobuf) => metadata_only(&state.value(resource)),
        (Form::Table(include), _) => {
            let meta = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
            let table = Table { resource, include, meta: &meta, header: true, now };
            return Ok(text(|out| table.write(Some(state), out)));
        }
    };
    value(&shown, view.encoding)
}

/// Encodes a response with a list.
pub(super) fn list(resource: &ResourceType, view: View, listed: Listed, now: Timestamp) -> Result<Bytes, Status> {
    let mut meta = json!({"resourceVersion": listed.revision.to_string()});
    if !listed.next.is_empty() {
        meta["continue"] = json!(listed.next);
    }
    if let Some(remaining) = listed.remaining {
        meta["remainingItemCount"] = json!(remaining);
    }
    let (kind, api_version) = match view.form {
        Form::Whole => (resource.list_kind.as_str(), resource.api_version()),
        Form::Metadata => ("PartialObjectMetadataList", "meta.k8s.io/v1".to_owned()),
        Form::Table(include) => {
            let table = Table { resource, include, meta: &meta, header: true, now };
            return Ok(text(|out| table.write_all(listed.items, out)));
        }
    };
    let mut head = json!({"kind": kind, "apiVersion": api_version, "metadata": meta});
    if view.encoding == Encoding::Protobuf {
        let items = listed.items.iter().map(|item| Shown::of(item).value(resource));
        head["items"] = match view.form {
            Form::Metadata => items.map(|item| metadata_only(&item)).collect(),
            _ => items.collect(),
        };
        return protobuf(&head);
    }
    let mut head = text(|out| write(out, &head)).to_vec();
    head.pop();
    let room = listed.items.iter().map(|item| item.text().len().saturating_add(1)).sum::<usize>();
    let mut out = Vec::with_capacity(head.len().saturating_add(room).saturating_add(16));
    out.append(&mut head);
    out.extend_from_slice(b",\"items\":[");
    for (at, item) in listed.items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        match view.form {
            Form::Metadata => Shown::of(item).write_metadata(resource, &mut out),
            _ => Shown::of(item).write_item(resource, &mut out),
        }
    }
    out.extend_from_slice(b"]}");
    Ok(out.into())
}

/// Encodes any object.
pub(super) fn value(object: &Value, encoding: Encoding) -> Result<Bytes, Status> {
    match encoding {
        Encoding::Json => Ok(text(|out| write(out, object))),
        Encoding::Protobuf => protobuf(object),
    }
}

fn text(fill: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut out = Vec::new();
    fill(&mut out);
    out.into()
}

/// Encodes a watch event. `header` includes the columns of a table.
pub(super) fn event(resource: &ResourceType, view: View, kind: &str, state: Shown<'_>, header: bool, now: Timestamp) -> Bytes {
    let shown = match (view.form, view.encoding) {
        (Form::Whole, Encoding::Json) => return line(kind, |out| state.write(resource, out)),
        (Form::Metadata, Encoding::Json) => return line(kind, |out| state.write_metadata(resource, out)),
        (Form::Whole, Encoding::Protobuf) => state.value(resource),
        (Form::Metadata, Encoding::Protobuf) => metadata_only(&state.value(resource)),
        (Form::Table(include), _) => {
            let version = state.revision.map(|revision| json!(revision.to_string()));
            let version = version.unwrap_or_else(|| state.object["metadata"]["resourceVersion"].clone());
            let meta = json!({"resourceVersion": version});
            let table = Table { resource, include, meta: &meta, header, now };
            let rows = (kind != "BOOKMARK").then_some(state);
            return line(kind, |out| table.write(rows, out));
        }
    };
    frame(view.encoding, kind, &shown)
}

/// A watch event as a line of JSON.
fn line(kind: &str, object: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    text(|out| {
        out.extend_from_slice(b"{\"type\":");
        write(out, kind);
        out.extend_from_slice(b",\"object\":");
        object(out);
        out.extend_from_slice(b"}\n");
    })
}

/// Encodes an event with any object: a line of JSON, or a frame of protobuf. An object that protobuf cannot express becomes an error
/// event.
pub(super) fn frame(encoding: Encoding, kind: &str, object: &Value) -> Bytes {
    if encoding == Encoding::Json {
        return line(kind, |out| write(out, object));
    }
    let encode = |event: &str, object: &Value| {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        watch::encode_frame(event, text("apiVersion"), text("kind"), object)
    };
    let frame = encode(kind, object).or_else(|error| encode("ERROR", &not_encodable(&error).to_json()));
    frame.map(|frame| Bytes::from(frame.bytes)).unwrap_or_default()
}

/// Encodes a response body in protobuf.
fn protobuf(object: &Value) -> Result<Bytes, Status> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let encoded = protobuf::encode(text("apiVersion"), text("kind"), object).map_err(|error| not_encodable(&error))?;
    Ok(Bytes::from(encoded.bytes))
}

fn not_encodable(error: &protobuf::Error) -> Status {
    Status::new(500, "InternalError", format!("the stored object cannot be encoded as protobuf: {error}"))
}
