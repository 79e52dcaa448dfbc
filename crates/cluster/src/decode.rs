//! Decodes request bodies.

use http::header::CONTENT_TYPE;
use http::request::Parts;
use kuberewind_kinds::protobuf::{self, Reason};
use serde_json::Value;

use super::call::{Call, FieldValidation, Subresource, Warnings};
use super::options::Fidelity;
use super::respond::PROTOBUF;
use super::{body_reader, convert, fields, json_error, patch};
use kuberewind_model::k8s::status::Status;

/// Media types that a request body may have.
const BODY_TYPES: &[&str] = &["application/json", "application/yaml", PROTOBUF];

/// The media type of a body, without parameters.
pub(super) fn content_type(parts: &Parts) -> &str {
    let value = parts.headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim()
}

/// Decodes a body of this kind as JSON. Protobuf fields that no known kind has are left out with a warning.
pub(super) fn body(parts: &Parts, body: &[u8], kind: &str, warnings: &Warnings) -> Result<Value, Status> {
    match content_type(parts) {
        "" | "application/json" | "*/*" => from_json(body, kind, b"").map(|(object, _)| object),
        "application/yaml" => patch::from_yaml(body),
        PROTOBUF => from_protobuf(body, warnings),
        _ => Err(Status::unsupported_media_type(BODY_TYPES)),
    }
}

/// Decodes the object of a create or a replace and validates its fields. `known` is the text of the managed fields of the stored object:
/// if the request sends the same, they are left out.
pub(super) fn object(parts: &Parts, bytes: &[u8], call: &Call, known: &[u8]) -> Result<Value, Status> {
    let (kind, json) = (&call.shown.kind, matches!(content_type(parts), "" | "application/json" | "*/*"));
    let (mut object, left_out) =
        if json { from_json(bytes, kind, known)? } else { (body(parts, bytes, kind, &call.warnings)?, false) };
    if call.subresource == Subresource::Scale {
        return Ok(object);
    }
    if json && call.shown.custom.is_some() && call.fidelity == Fidelity::Real {
        check_named(bytes, kind, &object)?;
    }
    let validates = call.validation != FieldValidation::Ignore;
    let left_out = if left_out { fields::names(known).saturating_add(1) } else { 0 };
    // Of repeated fields the object has only one.
    let is_whole = !json || !validates || fields::names(bytes) == fields::members(&object).saturating_add(left_out);
    let repeated = if is_whole { Vec::new() } else { fields::duplicates(bytes) };
    fields::check_body(call, &mut object, &repeated)?;
    Ok(convert::to_storage(call, object))
}

/// Refuses an object of a custom kind that does not name its kind: a real server has no type to fall back on.
fn check_named(body: &[u8], kind: &str, object: &Value) -> Result<(), Status> {
    for (name, shown) in [("kind", "Kind"), ("apiVersion", "apiVersion")] {
        if object[name].as_str().is_none_or(str::is_empty) {
            let (text, quoted) = (String::from_utf8_lossy(body), json_error::excerpt(body));
            let unrecognized = format!("the object provided is unrecognized (must be of type {kind})");
            return Err(Status::bad_request(format!("{unrecognized}: Object '{shown}' is missing in '{text}' ({quoted})")));
        }
    }
    Ok(())
}

fn from_json(body: &[u8], kind: &str, known: &[u8]) -> Result<(Value, bool), Status> {
    const TYPE: &str = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
    let why = match body_reader::read(body, known) {
        Ok(read @ (Value::Object(_), _)) => return Ok(read),
        Ok((other, _)) => {
            let found = match other {
                Value::Array(_) => "array",
                Value::String(_) => "string",
                Value::Number(_) => "number",
                Value::Bool(_) => "bool",
                // Go reads null as an object without members.
                Value::Null | Value::Object(_) => return Ok((Value::Object(serde_json::Map::new()), false)),
            };
            format!("json: cannot unmarshal {found} into Go value of type {TYPE}")
        }
        Err(error) => json_error::in_words(&error, body),
    };
    let quoted = json_error::excerpt(body);
    let unrecognized = format!("the object provided is unrecognized (must be of type {kind})");
    Err(Status::bad_request(format!("{unrecognized}: couldn't get version/kind; json parse error: {why} ({quoted})")))
}

fn from_protobuf(body: &[u8], warnings: &Warnings) -> Result<Value, Status> {
    let decoded = protobuf::decode(body).map_err(|error| match &error.reason {
        Reason::UnknownKind { api_version, kind } => {
            Status::bad_request(format!("no kind \"{kind}\" is registered for version \"{api_version}\" in scheme"))
        }
        _ => Status::bad_request(format!("unable to decode the body as protobuf: {error}")),
    })?;
    for field in &decoded.unknown {
        warnings.add(format!("unknown {field}"));
    }
    let more = decoded.unknown_count.saturating_sub(decoded.unknown.len());
    if more > 0 {
        warnings.add(format!("{more} more unknown protobuf fields"));
    }
    decoded.value().map_err(|error| Status::bad_request(format!("unable to decode the body as protobuf: {error}")))
}
