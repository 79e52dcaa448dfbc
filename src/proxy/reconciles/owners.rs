//! Owner references in a body.

use std::sync::Arc;

use kuberewind_model::Observation;

/// Larger bodies are not searched for owners.
const MAX_BODY: usize = 256 * 1024;

/// The uids of an object's owners.
pub(super) fn owners(observation: &Observation) -> Vec<Arc<str>> {
    #[derive(serde::Deserialize)]
    struct Outline {
        metadata: Metadata,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata {
        #[serde(default)]
        owner_references: Vec<Owner>,
    }
    #[derive(serde::Deserialize)]
    struct Owner {
        uid: String,
    }
    let Some(body) = &observation.body else { return Vec::new() };
    if body.cut || body.bytes.len() > MAX_BODY || memchr::memmem::find(&body.bytes, b"\"ownerReferences\"").is_none() {
        return Vec::new();
    }
    // A body that is not valid JSON names no owners.
    serde_json::from_slice::<Outline>(&body.bytes)
        .map(|outline| outline.metadata.owner_references.into_iter().take(16).map(|owner| owner.uid.into()).collect())
        .unwrap_or_default()
}
