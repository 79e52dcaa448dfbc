//! The latest known state of objects, for logs that keep what was sent and not what was answered: a patch says what
//! changed, and only with the state before it what came of it.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use serde_json::Value;

/// Bytes of states that are remembered; the oldest are forgotten, and what is patched then is of unknown content.
const MOST: usize = 64 << 20;
/// Places in the order that nothing stands in any more, beyond which it is put in order.
const STALE: usize = 1_024;
/// A JSON patch of more operations is not applied, as no server would.
const OPERATIONS: usize = 10_000;

/// States by the path of their object.
#[derive(Default)]
pub(super) struct Bases {
    /// Each with the number of the time at which it was set.
    known: HashMap<String, (u64, Bytes)>,
    order: VecDeque<(u64, String)>,
    bytes: usize,
    next: u64,
}

impl Bases {
    /// An object is in this state now.
    pub(super) fn set(&mut self, path: &str, state: &Bytes) {
        self.forget(path);
        self.next += 1;
        self.bytes += state.len();
        self.known.insert(path.to_owned(), (self.next, state.clone()));
        self.order.push_back((self.next, path.to_owned()));
        let known =
            |known: &HashMap<String, (u64, Bytes)>, time: u64, path: &str| known.get(path).is_some_and(|(at, _)| *at == time);
        while self.bytes > MOST {
            let Some((time, oldest)) = self.order.pop_front() else { break };
            // One that was set again stands further back, too.
            if known(&self.known, time, &oldest) {
                self.forget(&oldest);
            }
        }
        if self.order.len() > self.known.len() * 2 + STALE {
            self.order.retain(|(time, path)| known(&self.known, *time, path));
        }
    }

    /// Its state is not known any more.
    pub(super) fn forget(&mut self, path: &str) {
        if let Some((_, state)) = self.known.remove(path) {
            self.bytes = self.bytes.saturating_sub(state.len());
        }
    }

    /// Its state after a patch; `None` where the state before is not known, or only the server knows how to apply it:
    /// lists of built-in kinds are merged by keys of their schema, and what is applied depends on who owns what.
    pub(super) fn patched(&self, path: &str, media_type: &str, patch: &str) -> Option<Bytes> {
        let mut state: Value = serde_json::from_slice(&self.known.get(path)?.1).ok()?;
        let patch: Value = serde_json::from_str(patch).ok()?;
        match media_type {
            "application/json-patch+json" if patch.as_array().is_some_and(|steps| steps.len() <= OPERATIONS) => {
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

/// Whether a strategic patch has neither lists nor directives: then it merges like any other.
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
        let mut bases = Bases::default();
        bases.set("/a", &Bytes::from_static(br#"{"metadata":{"name":"a","resourceVersion":"5"},"spec":{"x":1,"list":[1]}}"#));
        let after =
            |media: &str, patch: &str| bases.patched("/a", media, patch).map(|state| String::from_utf8(state.to_vec()).unwrap());
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
        assert_eq!(bases.patched("/b", "application/merge-patch+json", "{}"), None);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut bases = Bases::default();
        let big = Bytes::from(format!("{{\"a\":\"{}\"}}", "x".repeat(MOST / 3)));
        for path in ["/1", "/2", "/1", "/3", "/4"] {
            bases.set(path, &big);
        }
        let known: Vec<bool> = ["/1", "/2", "/3", "/4"].iter().map(|path| bases.known.contains_key(*path)).collect();
        assert_eq!(known, [false, false, true, true]);
        assert!(bases.bytes <= MOST);
    }
}
