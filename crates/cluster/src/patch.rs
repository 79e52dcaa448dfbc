//! All patch types, and bodies as YAML.

use std::sync::Arc;

use serde_json::Value;

use super::call::{Call, Subresource};
use super::version::Version;
use super::world::World;
use super::write::{apply, scale, update};
use super::{convert, defaults, fields, json_error, meta, strategic};
use kuberewind_model::k8s::status::Status;

/// Media types of patches.
const PATCH_TYPES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

/// The most operations in a JSON patch, as in a real server.
const JSON_PATCH_OPERATIONS: usize = 10_000;

/// Applies a patch to the current object. Returns the status code and the new object.
pub(super) fn patch(
    world: &mut World,
    call: &Call,
    media: &str,
    body: &[u8],
    force: bool,
) -> Result<(u16, Arc<Version>), Status> {
    if media == "application/apply-patch+yaml" {
        return apply::apply(world, call, from_yaml(body)?, force);
    }
    if !PATCH_TYPES.contains(&media) {
        return Err(Status::new(415, "UnsupportedMediaType", "415: Unsupported Media Type"));
    }
    if media == "application/strategic-merge-patch+json" && call.resource.custom.is_some() {
        return Err(Status::unsupported_media_type(&[PATCH_TYPES[0], PATCH_TYPES[1], PATCH_TYPES[3]]));
    }
    let patch = serde_json::from_slice(body)
        .map_err(|error| Status::bad_request(format!("error decoding patch: {}", json_error::in_words(&error, body))))?;
    let live = update::live(world, call)?;
    if call.subresource == Subresource::Scale {
        let mut shown = (*scale::read(world, call)?).clone();
        patch_value(call, &mut shown, &patch, media)?;
        return scale::replace(world, call, &shown).map(|next| (200, next));
    }
    // The text of a patch that concerns the managed fields names them, or replaces what contains them.
    let whole = if touches_managers(&patch) { Some(live.to_value()) } else { None };
    let mut next = convert::in_version(&call.shown, whole.as_ref().unwrap_or(&live)).into_owned();
    patch_value(call, &mut next, &patch, media)?;
    let known = defaults::pod_spec(&call.shown.table.group, &call.shown.table.plural);
    let known = known.filter(|_| defaults::keeps_pods(world, call, &live, &next));
    fields::check_patched(call, &mut next, known)?;
    let mut next = convert::to_storage(call, next);
    update::check_patched_uid(call, &live, &next)?;
    // A patch without a resourceVersion applies to any version.
    if meta::text(&next, "resourceVersion").is_empty() {
        meta::carry(&live, &mut next, "resourceVersion");
    }
    update::commit(world, call, &live, next).map(|next| (200, next))
}

/// True if a patch can read or write the managed fields.
fn touches_managers(patch: &Value) -> bool {
    const FIELDS: &str = "/metadata/managedFields";
    let Value::Array(operations) = patch else {
        return patch["metadata"].get("managedFields").is_some();
    };
    let touches = |path: &str| {
        path.starts_with(FIELDS) || FIELDS.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    operations.iter().any(|operation| ["path", "from"].iter().any(|name| operation[name].as_str().is_some_and(touches)))
}

fn patch_value(call: &Call, value: &mut Value, patch: &Value, media: &str) -> Result<(), Status> {
    match media {
        "application/json-patch+json" => json_patch(call, value, patch),
        "application/strategic-merge-patch+json" => strategic::merge(&call.shown, value, patch),
        _ if patch.is_object() => {
            json_patch::merge(value, patch);
            Ok(())
        }
        _ => Err(Status::bad_request("a merge patch has to be an object")),
    }
}

fn json_patch(call: &Call, value: &mut Value, patch: &Value) -> Result<(), Status> {
    let rejected = || Status::new(422, "Invalid", "the server rejected our request due to an error in our request");
    if !patch.is_array() {
        let found = if patch.is_object() { "object" } else { "value" };
        let why = format!("json: cannot unmarshal {found} into Go value of type []handlers.jsonPatchOp");
        return Err(Status::bad_request(format!("error decoding patch: {why}")));
    }
    let patch: json_patch::Patch = serde_json::from_value(patch.clone()).map_err(|_| rejected())?;
    if patch.0.len() > JSON_PATCH_OPERATIONS {
        let message = format!("The allowed maximum operations in a JSON patch is {JSON_PATCH_OPERATIONS}, got {}", patch.0.len());
        return Err(Status::new(413, "RequestEntityTooLarge", message));
    }
    for operation in &patch.0 {
        // Go's library lets a test for null pass on an absent field, and kube-rs relies on it.
        if matches!(operation, json_patch::PatchOperation::Test(test) if test.value.is_null() && value.pointer(test.path.as_str()).is_none())
        {
            continue;
        }
        json_patch::patch(value, std::slice::from_ref(operation)).map_err(|error| {
            tracing::debug!(name = %call.name.name, %error, "a JSON patch was rejected");
            rejected()
        })?;
    }
    Ok(())
}

/// Parses a body as YAML, a superset of JSON.
pub(super) fn from_yaml(body: &[u8]) -> Result<Value, Status> {
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let text = std::str::from_utf8(body).map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?;
    serde_saphyr::from_str(text).map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))
}
