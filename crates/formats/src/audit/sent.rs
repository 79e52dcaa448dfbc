//! The media type of a request's body, and the object that follows from it.

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::event::Event;
use kuberewind_model::json::scan::Scan;
use kuberewind_model::k8s::kinds;
use kuberewind_model::k8s::request::ResourceRequest;

const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const STRATEGIC_PATCH: &str = "application/strategic-merge-patch+json";
const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// Infers the media type, which audit events do not contain. An array is a JSON patch. A patch with a type and a field
/// manager is a server-side apply. Otherwise clients use a strategic merge patch for built-in kinds and a JSON merge patch
/// for others.
pub(super) fn media_type(event: &Event<'_>, parsed: Option<&ResourceRequest>) -> &'static str {
    let Some(body) = event.request() else { return "" };
    if event.method() != Method::PATCH {
        return JSON;
    }
    let body = body.get().as_bytes();
    if body.first() == Some(&b'[') {
        return JSON_PATCH;
    }
    let Some(parsed) = parsed else { return MERGE_PATCH };
    match () {
        () if parsed.query.has("fieldManager") && names_its_type(body) => APPLY_PATCH,
        () if kinds::by_resource(&parsed.kind.group, &parsed.kind.resource).is_some() => STRATEGIC_PATCH,
        () => MERGE_PATCH,
    }
}

fn names_its_type(body: &[u8]) -> bool {
    let mut scan = Scan::new(body);
    let (mut kind, mut version) = (false, false);
    let Ok(Some(mut members)) = scan.object() else { return false };
    while let Ok(Some(key)) = scan.key(&mut members) {
        kind |= key.is("kind");
        version |= key.is("apiVersion");
        if scan.skip().is_err() {
            return false;
        }
    }
    kind && version
}

/// Reconstructs the object after a create or an update. It lacks the changes of admission and defaulting, the resourceVersion
/// and fields that only the server sets.
pub(super) fn reconstructed(event: &Event<'_>, parsed: Option<&ResourceRequest>) -> Option<Bytes> {
    let parsed = parsed.filter(|parsed| parsed.subresource.is_empty())?;
    if !matches!(event.method(), Method::POST | Method::PUT) {
        return None;
    }
    let mut value: Value = serde_json::from_str(event.request()?.get()).ok()?;
    let metadata = value.get_mut("metadata")?.as_object_mut()?;
    // The resourceVersion of the previous version.
    metadata.remove("resourceVersion");
    metadata.remove("managedFields");
    let named = metadata.get("name").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    if !named {
        // A generated name is only in the response.
        let known = event.object().and_then(|object| object.name.clone()).or_else(|| Some(parsed.name.clone()));
        metadata.insert("name".into(), Value::String(known.filter(|name| !name.is_empty())?));
    }
    Some(Bytes::from(value.to_string()))
}
