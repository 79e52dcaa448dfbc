//! The changes between two contents.

use super::class::ValueClass;
use super::content::{Content, Leaf, Section};

/// Further changes are not listed.
const MAX_CHANGES: usize = 64;

/// A leaf that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Fingerprint of the path.
    pub path: u64,
    /// Fingerprint of the old value, 0 for an added leaf.
    pub before: u64,
    /// Fingerprint of the new value, 0 for a removed leaf.
    pub after: u64,
    pub section: Section,
    /// True if both values are of the same volatile class, for example two timestamps.
    pub volatile: bool,
    /// True if both values are numbers.
    pub numbers: bool,
}

impl Change {
    fn from_to(before: Option<&Leaf>, after: Option<&Leaf>) -> Option<Change> {
        let leaf = after.or(before)?;
        let volatile = matches!((before, after), (Some(a), Some(b)) if a.class == b.class && a.class != ValueClass::Plain);
        Some(Change {
            path: leaf.path,
            before: before.map_or(0, |leaf| leaf.value),
            after: after.map_or(0, |leaf| leaf.value),
            section: leaf.section,
            volatile,
            numbers: matches!((before, after), (Some(a), Some(b)) if a.number && b.number),
        })
    }
}

impl Content {
    /// The leaves that differ from `before`, at most 64, unordered.
    #[must_use]
    pub fn changes_from(&self, before: &Content) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.exact != before.exact {
            compare(&before.leaves, &self.leaves, &mut |old, new| {
                changes.extend(Change::from_to(old, new));
                changes.len() < MAX_CHANGES
            });
        }
        changes
    }
}

/// Visits the leaves that differ until `visit` returns false.
pub(crate) fn compare(before: &[Leaf], after: &[Leaf], visit: &mut dyn FnMut(Option<&Leaf>, Option<&Leaf>) -> bool) {
    let same_places = after.len() == before.len() && after.iter().zip(before).all(|(new, old)| new.path == old.path);
    if !same_places {
        return merge(before, after, visit);
    }
    for (new, old) in after.iter().zip(before).filter(|(new, old)| new.value != old.value) {
        if !visit(Some(old), Some(new)) {
            return;
        }
    }
}

/// Compares leaves in different orders.
fn merge(before: &[Leaf], after: &[Leaf], visit: &mut dyn FnMut(Option<&Leaf>, Option<&Leaf>) -> bool) {
    let sorted = |leaves: &[Leaf]| {
        let mut order: Vec<Leaf> = leaves.to_vec();
        order.sort_unstable_by_key(|leaf| (leaf.path, leaf.value));
        order
    };
    let (old, new) = (sorted(before), sorted(after));
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let (a, b) = (old.get(i), new.get(j));
        let order = match (a, b) {
            (Some(a), Some(b)) => a.path.cmp(&b.path),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        let (a, b) = match order {
            std::cmp::Ordering::Less => (a, None),
            std::cmp::Ordering::Greater => (None, b),
            std::cmp::Ordering::Equal => (a, b),
        };
        (i, j) = (i + usize::from(a.is_some()), j + usize::from(b.is_some()));
        let differs = a.map(|leaf| leaf.value) != b.map(|leaf| leaf.value);
        if differs && !visit(a, b) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Content;

    fn changed(before: &str, after: &str) -> Vec<(String, bool)> {
        let (before, after) = (Content::read(before.into()).expect("JSON"), Content::read(after.into()).expect("JSON"));
        let name = |path| after.pointer(path).or_else(|| before.pointer(path)).expect("a leaf of one of them");
        let mut changes: Vec<_> =
            after.changes_from(&before).into_iter().map(|change| (name(change.path), change.volatile)).collect();
        changes.sort();
        changes
    }

    #[test]
    fn lists_changed_leaves() {
        let before = r#"{"metadata":{"resourceVersion":"1"},"spec":{"a":1,"b":2},"status":{"at":"2026-02-04T10:13:21Z"}}"#;
        let after = r#"{"metadata":{"resourceVersion":"2"},"spec":{"c":3,"a":7},"status":{"at":"2026-02-04T10:13:22Z"}}"#;
        let change = |path: &str, volatile| (path.to_owned(), volatile);
        assert_eq!(
            changed(before, after),
            [change("/spec/a", false), change("/spec/b", false), change("/spec/c", false), change("/status/at", true)]
        );
        assert!(changed(before, before).is_empty());
    }
}
