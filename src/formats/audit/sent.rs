//! What was sent: of which media type it was, and which object follows from it.

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

/// The media type of what was sent. An audit event does not tell it; of patches it is inferred: an array is a JSON patch,
/// what names its type and its manager was applied, else clients patch built-in kinds strategically and others by merging.
pub(super) fn media_type(event: &Event<'_>, asked: Option<&ResourceRequest>) -> &'static str {
    let Some(body) = event.request() else { return "" };
    if event.method() != Method::PATCH {
        return JSON;
    }
    let body = body.get().as_bytes();
    if body.first() == Some(&b'[') {
        return JSON_PATCH;
    }
    let Some(asked) = asked else { return MERGE_PATCH };
    match () {
        () if asked.query.has("fieldManager") && names_its_type(body) => APPLY_PATCH,
        () if kinds::by_resource(&asked.kind.group, &asked.kind.resource).is_some() => STRATEGIC_PATCH,
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

/// The object that a create or an update with this body has led to, as far as it can be told: what admission and
/// defaults added is missing, and so are the version's number and what only the server sets.
pub(super) fn reconstructed(event: &Event<'_>, asked: Option<&ResourceRequest>) -> Option<Bytes> {
    let asked = asked.filter(|asked| asked.subresource.is_empty())?;
    if !matches!(event.method(), Method::POST | Method::PUT) {
        return None;
    }
    let mut value: Value = serde_json::from_str(event.request()?.get()).ok()?;
    let metadata = value.get_mut("metadata")?.as_object_mut()?;
    // That of the version it was based on.
    metadata.remove("resourceVersion");
    metadata.remove("managedFields");
    let named = metadata.get("name").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    if !named {
        // A generated name is known by the answer only, or by nobody.
        let known = event.object().and_then(|object| object.name.clone()).or_else(|| Some(asked.name.clone()));
        metadata.insert("name".into(), Value::String(known.filter(|name| !name.is_empty())?));
    }
    Some(Bytes::from(value.to_string()))
}
