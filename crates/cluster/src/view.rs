//! The representation of an object: its version, and whole or metadata only.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::resource_type::ResourceType;

/// The representation that the `Accept` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    /// The object.
    #[default]
    Whole,
    /// `PartialObjectMetadata`.
    Metadata,
    /// `Table`, with this part of each object beside its row.
    Table(Include),
}

/// The part of an object that a table row carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Include {
    None,
    /// The metadata.
    Metadata,
    /// The whole object.
    Object,
}

impl Form {
    /// The first supported representation in the header, or `None`.
    pub(super) fn accepted(accept: &str, include: &str) -> Option<Form> {
        let include = match include {
            "None" => Include::None,
            "Object" => Include::Object,
            _ => Include::Metadata,
        };
        if accept.trim().is_empty() {
            return Some(Form::Whole);
        }
        accept.split(',').find_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            if !matches!(media, "application/json" | "*/*" | "application/*" | "application/yaml") {
                return None;
            }
            match parts.find_map(|part| part.strip_prefix("as=")) {
                None => Some(Form::Whole),
                Some("Table") => Some(Form::Table(include)),
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Some(Form::Metadata),
                Some(_) => None,
            }
        })
    }
}

/// The object in the version of the URL. Versions of a custom kind differ in name only; there is no conversion.
pub(super) fn in_version<'a>(resource: &ResourceType, object: &'a Value) -> Cow<'a, Value> {
    let version = resource.api_version();
    if object["apiVersion"].as_str() == Some(&version) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    object["apiVersion"] = json!(version);
    Cow::Owned(object)
}

/// The metadata of an object as a `PartialObjectMetadata`.
pub(super) fn metadata_only(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}
