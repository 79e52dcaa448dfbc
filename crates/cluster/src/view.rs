//! The representation of an object: its version, whole or metadata only, JSON or protobuf.

use serde_json::{Value, json};

/// The part of an object that a response has.
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

/// The encoding of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    #[default]
    Json,
    /// `application/vnd.kubernetes.protobuf`, for clients that accept nothing else.
    Protobuf,
}

/// The representation and encoding of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct View {
    pub(super) form: Form,
    pub(super) encoding: Encoding,
}

impl View {
    /// The first JSON representation in the header, else the first one in protobuf, or `None`. There are no tables in protobuf.
    pub(super) fn accepted(accept: &str, include: &str) -> Option<View> {
        let include = match include {
            "None" => Include::None,
            "Object" => Include::Object,
            _ => Include::Metadata,
        };
        if accept.trim().is_empty() {
            return Some(View::default());
        }
        let views: Vec<View> = accept.split(',').filter_map(|range| read_range(range, include)).collect();
        let json = views.iter().find(|view| view.encoding == Encoding::Json);
        json.or_else(|| views.iter().find(|view| !matches!(view.form, Form::Table(_)))).copied()
    }
}

fn read_range(range: &str, include: Include) -> Option<View> {
    let mut parts = range.split(';').map(str::trim);
    let encoding = match parts.next().unwrap_or_default() {
        "application/json" | "*/*" | "application/*" | "application/yaml" => Encoding::Json,
        "application/vnd.kubernetes.protobuf" => Encoding::Protobuf,
        _ => return None,
    };
    let form = match parts.find_map(|part| part.strip_prefix("as=")) {
        None => Form::Whole,
        Some("Table") => Form::Table(include),
        Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Form::Metadata,
        Some(_) => return None,
    };
    Some(View { form, encoding })
}

/// The metadata of an object as a `PartialObjectMetadata`.
pub(super) fn metadata_only(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}
