//! Pod templates: their hashes, and the pods made from them.

use serde_json::{Value, json};

use super::kind::Kind;
use super::owner;
use super::value::label;
use crate::meta;

/// The label that ties a ReplicaSet and its pods to a pod template.
pub(super) const TEMPLATE_HASH: &str = "pod-template-hash";

/// The label that ties a pod to a revision of a StatefulSet or a DaemonSet.
pub(super) const REVISION_HASH: &str = "controller-revision-hash";

/// The letters that Kubernetes uses in generated names: no vowels, no letters that look alike.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Hashes an object for use in a name: FNV-1a over its JSON text, as letters. `collisions` changes the hash after a collision.
///
/// A real controller hashes Go's print of the struct, so the names differ from those of a real cluster.
pub(super) fn hash(object: &Value, collisions: Option<i64>) -> String {
    let mut hash = 0x811c_9dc5_u32;
    let mut add = |byte: u8| hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    object.to_string().bytes().for_each(&mut add);
    collisions.into_iter().flat_map(i64::to_le_bytes).for_each(&mut add);
    safe(&hash.to_string())
}

/// Replaces each byte of a text by one of the letters, as `SafeEncodeString` does.
fn safe(text: &str) -> String {
    text.bytes().map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).collect()
}

/// True if two pod templates differ at most in the label of their hash.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    let labels = |template: &Value| {
        let mut labels = template["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        labels.shift_remove(TEMPLATE_HASH);
        labels
    };
    let annotations = |template: &Value| template["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
    one["spec"] == other["spec"] && labels(one) == labels(other) && annotations(one) == annotations(other)
}

/// A new pod from a template, controlled by `owner`. It has no name yet.
pub(super) fn pod(template: &Value, kind: Kind, owner: &Value) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}});
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = meta::field(template, field).filter(|value| !value.is_null()) {
            meta::set(&mut pod, field, value.clone());
        }
    }
    meta::set(&mut pod, "namespace", meta::text(owner, "namespace"));
    meta::set(&mut pod, "ownerReferences", json!([owner::reference(kind, owner)]));
    pod["spec"] = template["spec"].clone();
    pod
}

/// A new pod whose name the server generates from the owner's.
pub(super) fn generated_pod(template: &Value, kind: Kind, owner: &Value) -> Value {
    let mut pod = pod(template, kind, owner);
    let mut prefix = format!("{}-", meta::text(owner, "name"));
    // A real server cuts the prefix, too: a name has at most 63 characters.
    if prefix.len() > 58 && prefix.is_char_boundary(58) {
        prefix.truncate(58);
    }
    meta::set(&mut pod, "generateName", prefix);
    pod
}

/// Adds the labels of a revision to a pod.
pub(super) fn label_revision(pod: &mut Value, revision: &str) {
    label(pod, REVISION_HASH, revision);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_letters_that_depend_on_content_and_collisions() {
        let template = json!({"spec": {"containers": [{"image": "a"}]}});
        let first = hash(&template, None);
        assert_eq!(first, hash(&template, None));
        assert!(first.bytes().all(|letter| LETTERS.contains(&letter)), "{first}");
        assert_ne!(first, hash(&template, Some(1)));
        assert_ne!(first, hash(&json!({}), None));
    }

    #[test]
    fn the_label_of_the_hash_makes_no_difference() {
        let with = |labels: Value| json!({"metadata": {"labels": labels}, "spec": {"a": 1}});
        assert!(same(&with(json!({"app": "x"})), &with(json!({"pod-template-hash": "h", "app": "x"}))));
        assert!(!same(&with(json!({"app": "x"})), &with(json!({"app": "y"}))));
    }
}
