//! The JSON of a recorded object, as the server shows it.

use std::sync::Arc;

use bytes::Bytes;
use kuberewind_cluster::Text;
use kuberewind_model::redact::is_opaque;
use kuberewind_model::{Object, Shape, Version};
use serde_json::{Value, json};

use super::incomplete::{ANNOTATION, of_shape, redacted};

/// Returns the recorded text of an object. An object that lacks something says so in an annotation; everything else stays as it was
/// recorded, byte for byte. `None` if the content was not recorded. `of_kind` is the apiVersion and the kind of the object.
pub(crate) fn recorded(version: &Version, body: Arc<str>, of_kind: &(String, String)) -> Option<Text> {
    if is_opaque(&body) {
        return None;
    }
    let lacks = of_shape(version.shape).or_else(|| redacted(&body));
    let text = match version.shape {
        Shape::Metadata => of_metadata(&body, of_kind)?,
        _ => Text::read(Bytes::from_owner(Body(body))).filter(Text::names_its_kind)?,
    };
    match lacks {
        Some(lacks) => text.with_annotation(ANNOTATION, &lacks),
        None => Some(text),
    }
}

/// An object of which a `PartialObjectMetadata` was recorded. No client expects that kind where it asks for another one.
fn of_metadata(body: &str, (api_version, kind): &(String, String)) -> Option<Text> {
    let mut partial: Value = serde_json::from_str(body).ok()?;
    let metadata = partial.get_mut("metadata").filter(|metadata| metadata.is_object())?.take();
    Some(Text::of_value(&json!({"apiVersion": api_version, "kind": kind, "metadata": metadata})))
}

/// The text of an object whose content was not recorded: what identifies it.
pub(crate) fn without_content(object: &Object, version: &Version, api_version: &str) -> Text {
    let api_version = if version.api_version.is_empty() { api_version } else { &version.api_version };
    let lacks = of_shape(version.shape).unwrap_or_else(|| "content unknown".to_owned());
    identity(object, api_version, &version.resource_version, &lacks)
}

/// The text of an object of which only the identity is known.
pub(crate) fn identity(object: &Object, api_version: &str, resource_version: &str, lacks: &str) -> Text {
    let mut metadata = json!({"name": &*object.key.name});
    for (name, value) in [("namespace", &*object.key.namespace), ("uid", &*object.uid), ("resourceVersion", resource_version)] {
        if !value.is_empty() {
            metadata[name] = json!(value);
        }
    }
    metadata["annotations"] = json!({ANNOTATION: lacks});
    let object = json!({"apiVersion": api_version, "kind": &*object.kind_name, "metadata": metadata});
    Text::of_value(&object)
}

/// A body as bytes, without copying it.
struct Body(Arc<str>);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
