//! The latest known state of objects, for logs with requests but no responses: a patch needs the state before it.

use bytes::Bytes;
use lru::LruCache;
use serde_json::Value;

/// Bytes of remembered states. The oldest are forgotten.
const MAX_BYTES: usize = 64 << 20;
/// A JSON patch with more operations is not applied, as on a server.
const MAX_OPERATIONS: usize = 10_000;

/// The latest states by the path of their object.
pub(super) struct ObjectStates {
    /// Bounded by bytes, not by count.
    known: LruCache<String, Bytes>,
    bytes: usize,
}

impl Default for ObjectStates {
    fn default() -> ObjectStates {
        ObjectStates { known: LruCache::unbounded(), bytes: 0 }
    }
}

impl ObjectStates {
    pub(super) fn set(&mut self, path: &str, state: &Bytes) {
        self.forget(path);
        self.bytes += state.len();
        self.known.put(path.to_owned(), state.clone());
        while self.bytes > MAX_BYTES {
            let Some((_, oldest)) = self.known.pop_lru() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.len());
        }
    }

    pub(super) fn forget(&mut self, path: &str) {
        if let Some(state) = self.known.pop(path) {
            self.bytes = self.bytes.saturating_sub(state.len());
        }
    }

    /// The state after a patch. `None` if the state before is unknown, or if only the server can apply the patch: strategic
    /// merges of lists need the schema, and server-side apply needs field ownership.
    pub(super) fn patched(&self, path: &str, media_type: &str, patch: &str) -> Option<Bytes> {
        let mut state: Value = serde_json::from_slice(self.known.peek(path)?).ok()?;
        let patch: Value = serde_json::from_str(patch).ok()?;
        match media_type {
            "application/json-patch+json" if patch.as_array().is_some_and(|steps| steps.len() <= MAX_OPERATIONS) => {
                let steps: json_patch::Patch = serde_json::from_value(patch).ok()?;
                json_patch::patch(&mut state, &steps).ok()?;
            }
            "application/merge-patch+json" if patch.is_object() => json_patch::merge(&mut state, &patch),
            "application/strategic-merge-patch+json" if merges_plainly(&patch) => json_patch::merge(&mut state, &patch),
            _ => return None,
        }
        if let Some(metadata) = state.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.shift_remove("resourceVersion");
        }
        Some(Bytes::from(state.to_string()))
    }
}

/// True for a strategic patch without lists and directives, which merges like a JSON merge patch.
fn merges_plainly(patch: &Value) -> bool {
    let mut left = vec![patch];
    while let Some(value) = left.pop() {
        match value {
            Value::Array(_) => return false,
            Value::Object(members) if members.keys().any(|key| key.starts_with('$')) => return false,
            Value::Object(members) => left.extend(members.values()),
            _ => {}
        }
    }
    patch.is_object()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_that_can_be_applied_are() {
        let mut states = ObjectStates::default();
        states.set("/a", &Bytes::from_static(br#"{"metadata":{"name":"a","resourceVersion":"5"},"spec":{"x":1,"list":[1]}}"#));
        let after =
            |media: &str, patch: &str| states.patched("/a", media, patch).map(|state| String::from_utf8(state.to_vec()).unwrap());
        let merged = Some(r#"{"metadata":{"name":"a"},"spec":{"x":2,"list":[1]}}"#.to_owned());
        assert_eq!(after("application/merge-patch+json", r#"{"spec":{"x":2}}"#), merged);
        assert_eq!(after("application/strategic-merge-patch+json", r#"{"spec":{"x":2}}"#), merged);
        assert_eq!(after("application/json-patch+json", r#"[{"op":"replace","path":"/spec/x","value":2}]"#), merged);
        for (media, patch) in [
            ("application/strategic-merge-patch+json", r#"{"spec":{"list":[2]}}"#),
            ("application/strategic-merge-patch+json", r#"{"spec":{"$patch":"replace"}}"#),
            ("application/json-patch+json", r#"[{"op":"test","path":"/spec/x","value":7}]"#),
            ("application/apply-patch+yaml", r#"{"spec":{"x":2}}"#),
            ("application/merge-patch+json", "7"),
        ] {
            assert_eq!(after(media, patch), None, "{media} {patch}");
        }
        assert_eq!(states.patched("/b", "application/merge-patch+json", "{}"), None);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut states = ObjectStates::default();
        let big = Bytes::from(format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_BYTES / 3)));
        for path in ["/1", "/2", "/1", "/3", "/4"] {
            states.set(path, &big);
        }
        let known: Vec<bool> = ["/1", "/2", "/3", "/4"].iter().map(|path| states.known.contains(*path)).collect();
        assert_eq!(known, [false, false, true, true]);
        assert!(states.bytes <= MAX_BYTES);
    }
}
