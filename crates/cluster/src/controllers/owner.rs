//! Owner references.

use serde_json::{Value, json};

use super::kind::Kind;
use crate::meta;

/// The reference to the controller of an object.
pub(super) fn of(object: &Value) -> Option<&Value> {
    let owners = meta::field(object, "ownerReferences")?.as_array()?;
    owners.iter().find(|owner| owner["controller"] == json!(true))
}

/// The name of the controller of an object, if it is of this kind.
pub(super) fn name_of(object: &Value, kind: Kind) -> Option<&str> {
    let owner = of(object).filter(|owner| owner["kind"] == kind.kind && owner["apiVersion"] == kind.api_version().as_str())?;
    owner["name"].as_str()
}

/// A reference that makes `owner` the controller of an object.
pub(super) fn reference(kind: Kind, owner: &Value) -> Value {
    json!({
        "apiVersion": kind.api_version(), "kind": kind.kind, "name": meta::text(owner, "name"), "uid": meta::text(owner, "uid"),
        "controller": true, "blockOwnerDeletion": true,
    })
}
