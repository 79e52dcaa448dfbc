//! The changed paths between two contents as a compact set. It is stored per version, so that queries can skip versions.
//!
//! The set holds 32-bit fingerprints: of the leaves that differ, of all their containers, and a marker for each container that
//! was added or removed. Fingerprints may collide: a path in the set may have changed, a path outside it did not.

use std::collections::HashSet;

use super::content::{Content, Leaf};
use super::diff::compare;
use super::scan::{ROOT, member};
use crate::hash::{mix, pair};

/// For a version with more changes, any path may have changed.
const MAX_FINGERPRINTS: usize = 512;
/// Marks a container that was added or removed.
const CAME_OR_WENT: u64 = 0xC0E5;
/// Fields that change on every write. They are in no set.
const NOT_INDEXED: [&str; 3] = ["resourceVersion", "managedFields", "selfLink"];

/// The fingerprint of a path.
pub(crate) fn leaf_fingerprint(path: u64) -> u32 {
    u32::try_from(mix(path) >> 32).unwrap_or(0)
}

fn mark(container: u64) -> u32 {
    leaf_fingerprint(pair(container, CAME_OR_WENT))
}

impl Content {
    /// The paths that may have changed since `before`, sorted. `None` if any path may have changed.
    #[must_use]
    pub fn changed_paths_from(&self, before: &Content) -> Option<Vec<u32>> {
        if !self.plain || !before.plain {
            return None;
        }
        let mut fingerprints = Vec::new();
        let mut added_or_removed: Vec<(&Content, u32)> = Vec::new();
        let mut visit = |old: Option<&Leaf>, new: Option<&Leaf>| {
            for (content, leaf) in old.map(|leaf| (before, leaf)).into_iter().chain(new.map(|leaf| (self, leaf))) {
                fingerprints.push(leaf_fingerprint(leaf.path));
                content.above(leaf.around, |path| fingerprints.push(leaf_fingerprint(path)));
            }
            match (old, new) {
                (Some(leaf), None) => added_or_removed.push((before, leaf.around)),
                (None, Some(leaf)) => added_or_removed.push((self, leaf.around)),
                _ => {}
            }
            fingerprints.len() <= MAX_FINGERPRINTS * 4
        };
        if self.exact != before.exact || self.leaves.len() != before.leaves.len() {
            compare(&before.leaves, &self.leaves, &mut visit);
        }
        compare(&before.counters, &self.counters, &mut visit);
        if !added_or_removed.is_empty() {
            let paths = |content: &Content| content.containers.iter().map(|one| one.path).collect::<HashSet<u64>>();
            let (was, is) = (paths(before), paths(self));
            for (content, around) in added_or_removed {
                content.above(around, |path| {
                    if was.contains(&path) != is.contains(&path) {
                        fingerprints.push(mark(path));
                    }
                });
            }
        }
        fingerprints.sort_unstable();
        fingerprints.dedup();
        (fingerprints.len() <= MAX_FINGERPRINTS).then_some(fingerprints)
    }

    /// Visits the container and its ancestors, except the root.
    fn above(&self, around: u32, mut visit: impl FnMut(u64)) {
        let container = |no: u32| usize::try_from(no).ok().and_then(|no| self.containers.get(no));
        let mut at = container(around);
        while let Some(here) = at.filter(|here| here.around.is_some()) {
            visit(here.path);
            at = here.around.and_then(container);
        }
    }
}

/// A JSON pointer to look up in such a set: the value at the path, anything below it, or its containers may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathQuery {
    own: u32,
    around: Vec<u32>,
}

impl PathQuery {
    /// Returns `None` if no set can answer: for the root, and for fields that change on every write. An index ends the path,
    /// so that the whole list is looked up.
    pub(crate) fn of(pointer: &str) -> Option<PathQuery> {
        let mut steps = Vec::new();
        for step in pointer.split('/').skip(1) {
            if !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()) {
                break;
            }
            steps.push(step.replace("~1", "/").replace("~0", "~"));
        }
        // A key with other characters may be written with escapes.
        let plain = |step: &String| step.bytes().all(|byte| (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\');
        let not_indexed = steps.first().is_none_or(|first| first == "metadata")
            && steps.get(1).is_none_or(|second| NOT_INDEXED.contains(&second.as_str()));
        if not_indexed || !steps.iter().all(plain) {
            return None;
        }
        let (mut path, mut around) = (ROOT, Vec::new());
        for step in &steps {
            if path != ROOT {
                around.push(mark(path));
            }
            path = member(path, step.as_bytes());
        }
        Some(PathQuery { own: leaf_fingerprint(path), around })
    }

    /// True if a version with this set may differ at the path from the version before.
    pub(crate) fn may_differ(&self, fingerprints: &[u32]) -> bool {
        std::iter::once(&self.own).chain(&self.around).any(|print| fingerprints.binary_search(print).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Content;
    use super::PathQuery;

    fn may_differ(before: &str, after: &str, pointer: &str) -> bool {
        let (before, after) = (Content::read(before.into()).expect("JSON"), Content::read(after.into()).expect("JSON"));
        let fingerprints = after.changed_paths_from(&before).expect("few changes");
        PathQuery::of(pointer).expect("a path").may_differ(&fingerprints)
    }

    #[test]
    fn changed_paths_include_containers() {
        let before = r#"{"metadata":{"generation":1,"resourceVersion":"1"},"spec":{"a":{"x":1},"b":[{"name":"n","v":1}]},"status":{"observedGeneration":1,"ok":true}}"#;
        let after = r#"{"metadata":{"generation":2,"resourceVersion":"2"},"spec":{"a":{"x":2},"b":[{"name":"n","v":1}]},"status":{"observedGeneration":2,"ok":true}}"#;
        for (pointer, differs) in [
            ("/spec/a/x", true),
            ("/spec/a", true),
            ("/spec", true),
            ("/spec/b", false),
            ("/spec/b/0/v", false),
            ("/status/ok", false),
            ("/status/observedGeneration", true),
            ("/status", true),
            ("/metadata/generation", true),
            ("/metadata/labels", false),
            ("/spec/a/x/y", false),
        ] {
            assert_eq!(may_differ(before, after, pointer), differs, "{pointer}");
        }
        assert!(!may_differ(before, before, "/spec"));
    }

    #[test]
    fn added_and_removed_containers_affect_missing_members() {
        let (without, with) = (r#"{"spec":{"z":1}}"#, r#"{"spec":{"z":1,"a":{"b":1}}}"#);
        assert!(may_differ(without, with, "/spec/a/c"), "there is an object now that has no `c`");
        assert!(may_differ(with, without, "/spec/a/c"));
        assert!(!may_differ(without, with, "/spec/z"));
        assert!(!may_differ(without, with, "/status/a/c"));
    }

    #[test]
    fn unanswerable_queries_are_none() {
        for pointer in ["", "/metadata", "/metadata/resourceVersion", "/metadata/managedFields/0/time", "/spec/ü", "/data/a\"b"]
        {
            assert_eq!(PathQuery::of(pointer), None, "{pointer}");
        }
        let odd = Content::read(r#"{"spec":{"\u0061":1}}"#.into()).expect("JSON");
        let plain = Content::read(r#"{"spec":{"b":1}}"#.into()).expect("JSON");
        assert_eq!(odd.changed_paths_from(&plain), None, "a key that is not written as it is named");
        let many = |value: u32| {
            let fields: Vec<String> = (0..600).map(|n| format!(r#""f{n}":{value}"#)).collect();
            Content::read(format!(r#"{{"spec":{{{}}}}}"#, fields.join(",")).into()).expect("JSON")
        };
        assert_eq!(many(1).changed_paths_from(&many(2)), None, "too much");
    }
}
