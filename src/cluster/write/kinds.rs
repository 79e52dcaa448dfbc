//! What the server itself writes into some built-in kinds.

use serde_json::{Value, json};

use crate::cluster::call::Call;
use crate::cluster::custom::accepted_status;
use crate::cluster::meta;

/// The finalizer that keeps a definition until its objects are gone.
pub(in crate::cluster) const DEFINITION_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// On create, before anything is stored.
pub(super) fn prepare_new(call: &Call, object: &mut Value) {
    let resource = &call.resource;
    if resource.is("", "namespaces") {
        object["spec"] = json!({"finalizers": ["kubernetes"]});
        object["status"] = json!({"phase": "Active"});
        let mut labels = meta::field(object, "labels").cloned().filter(Value::is_object).unwrap_or_else(|| json!({}));
        labels["kubernetes.io/metadata.name"] = json!(meta::text(object, "name"));
        meta::set(object, "labels", labels);
    } else if resource.is("apiextensions.k8s.io", "customresourcedefinitions") {
        let mut finalizers: Vec<String> = meta::finalizers(object).into_iter().map(str::to_owned).collect();
        if !finalizers.iter().any(|one| one == DEFINITION_FINALIZER) {
            finalizers.push(DEFINITION_FINALIZER.to_owned());
        }
        meta::set(object, "finalizers", finalizers);
        object["status"] = accepted_status(object, &call.now);
    }
    prepare(call, object);
}

/// On every write of the object itself.
pub(super) fn prepare(call: &Call, object: &mut Value) {
    if call.resource.is("", "secrets") {
        fold_string_data(object);
        if object["type"].is_null() {
            object["type"] = json!("Opaque");
        }
    }
}

/// `stringData` is for writing only: its texts become base64 in `data`.
fn fold_string_data(object: &mut Value) {
    let Some(texts) = object.as_object_mut().and_then(|map| map.shift_remove("stringData")) else { return };
    let Value::Object(texts) = texts else { return };
    if texts.is_empty() {
        return;
    }
    if !object["data"].is_object() {
        object["data"] = json!({});
    }
    for (name, text) in texts {
        object["data"][&name] = json!(base64(text.as_str().unwrap_or_default().as_bytes()));
    }
}

/// Standard base64 with padding (RFC 4648 §4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| chunk.get(index).copied().unwrap_or(0);
        let sextets = [at(0) >> 2, (at(0) & 3) << 4 | at(1) >> 4, (at(1) & 15) << 2 | at(2) >> 6, at(2) & 63];
        for (index, sextet) in sextets.into_iter().enumerate() {
            text.push(if index <= chunk.len() { char::from(LETTERS[usize::from(sextet)]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_pads() {
        assert_eq!(["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes())), ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
