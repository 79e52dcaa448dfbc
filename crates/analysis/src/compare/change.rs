//! The change that a write made, without what differs between two runs.

use std::sync::Arc;

use crate::hash::{bytes, mix, pair};
use crate::normalise::{Content, Leaf, ValueClass, differing, visit_pointers};

/// Base64 of `redacted:`, which is how a redacted value of a Secret begins.
const REDACTED_BASE64: &str = "\"cmVkYWN0ZWQ6";
const REDACTED: &str = "\"redacted:";
/// The most paths of one change.
const MAX_PATHS: usize = 64;

/// The fingerprint of a change. Equal for two writes that changed the same fields to the same values; timestamps, uids, random suffixes
/// and redacted values count as equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NormalisedChange {
    /// Of the changed fields and their values.
    pub values: u64,
    /// Of the changed fields.
    pub fields: u64,
}

impl NormalisedChange {
    /// A write that changed nothing.
    pub const NOTHING: NormalisedChange = NormalisedChange { values: 0, fields: 0 };
    /// A deletion.
    pub const DELETED: NormalisedChange = NormalisedChange { values: 1, fields: 1 };
    /// A write of which only the request is known.
    pub const UNKNOWN: NormalisedChange = NormalisedChange { values: 2, fields: 2 };

    /// The change from one text of an object to another; `before` is `None` for a create, `after` for a deletion.
    #[must_use]
    pub fn of_texts(before: Option<&str>, after: Option<&str>) -> NormalisedChange {
        let read = |text: &str| Content::read(Arc::from(text));
        match (before.and_then(read), after.and_then(read)) {
            (before, Some(after)) => NormalisedChange::between(before.as_ref(), &after),
            (Some(_), None) => NormalisedChange::DELETED,
            (None, None) => NormalisedChange::UNKNOWN,
        }
    }

    pub(super) fn between(before: Option<&Content>, after: &Content) -> NormalisedChange {
        let Some(before) = before else {
            let values = after.leaves.iter().map(|leaf| pair(leaf.path, comparable(after, leaf)));
            return NormalisedChange { values: values.fold(3, u64::wrapping_add), fields: 3 };
        };
        let mut change = NormalisedChange::NOTHING;
        visit(before, after, &mut |path, value| {
            change.values = change.values.wrapping_add(pair(path, value));
            change.fields = change.fields.wrapping_add(mix(path));
            true
        });
        change
    }
}

/// A field that differs between two texts of an object. An item of a list may have other places in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPath {
    /// Its JSON pointer in the earlier text; `None` if it is not there.
    pub before: Option<String>,
    /// Its JSON pointer in the later text; `None` if it is not there.
    pub after: Option<String>,
}

impl ChangedPath {
    /// The JSON pointer in the later text, else that in the earlier one.
    #[must_use]
    pub fn path(&self) -> &str {
        self.after.as_deref().or(self.before.as_deref()).unwrap_or_default()
    }
}

/// The fields that differ between two texts, sorted by path, at most 64. Empty for texts that are not JSON objects.
#[must_use]
pub fn changed_paths(before: &str, after: &str) -> Vec<ChangedPath> {
    let (Some(before), Some(after)) = (Content::read(before.into()), Content::read(after.into())) else { return Vec::new() };
    paths_between(&before, &after)
}

pub(super) fn paths_between(before: &Content, after: &Content) -> Vec<ChangedPath> {
    let mut changed: Vec<(u64, ChangedPath)> = Vec::new();
    visit(before, after, &mut |path, _| {
        changed.push((path, ChangedPath { before: None, after: None }));
        changed.len() < MAX_PATHS
    });
    changed.sort_unstable_by_key(|(path, _)| *path);
    fill(&mut changed, before, |changed| &mut changed.before);
    fill(&mut changed, after, |changed| &mut changed.after);
    let mut paths: Vec<ChangedPath> = changed.into_iter().map(|(_, changed)| changed).collect();
    paths.sort_by(|a, b| a.path().cmp(b.path()));
    paths
}

/// Sets the pointers of one of the texts.
fn fill(changed: &mut [(u64, ChangedPath)], content: &Content, side: fn(&mut ChangedPath) -> &mut Option<String>) {
    if changed.is_empty() {
        return;
    }
    // A content was read from its text, so the text is JSON.
    visit_pointers(&content.text, |pointer, path| {
        if let Ok(at) = changed.binary_search_by_key(&path, |(path, _)| *path) {
            side(&mut changed[at].1).get_or_insert_with(pointer);
        }
    })
    .unwrap_or_default();
}

/// Visits the fields that differ, with the fingerprint of the later value, 0 for a removed field.
fn visit(before: &Content, after: &Content, each: &mut dyn FnMut(u64, u64) -> bool) {
    if before.norm == after.norm {
        return;
    }
    differing(&before.leaves, &after.leaves, &mut |old, new| {
        let (Some(path), was) = (new.or(old).map(|leaf| leaf.path), old.map(|leaf| comparable(before, leaf))) else {
            return true;
        };
        let is = new.map(|leaf| comparable(after, leaf));
        was == is || each(path, is.unwrap_or(0))
    });
}

/// The fingerprint of a value without what differs between two runs.
fn comparable(content: &Content, leaf: &Leaf) -> u64 {
    let text = content.raw(leaf);
    if text.starts_with(REDACTED_BASE64) || text.starts_with(REDACTED) {
        return 4;
    }
    match leaf.class {
        ValueClass::Plain => leaf.value,
        class => pair(bytes(class.comparable_part(text.trim_matches('"').as_bytes())), class as u64 + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangedPath, NormalisedChange, changed_paths};

    fn change(before: &str, after: &str) -> NormalisedChange {
        NormalisedChange::of_texts(Some(before), Some(after))
    }

    #[test]
    fn the_same_change_of_other_states_is_the_same() {
        let one = change(
            r#"{"metadata":{"resourceVersion":"1"},"spec":{"replicas":3,"paused":true}}"#,
            r#"{"metadata":{"resourceVersion":"2"},"spec":{"replicas":5,"paused":true}}"#,
        );
        let other = change(r#"{"spec":{"replicas":7},"status":{"x":1}}"#, r#"{"spec":{"replicas":5},"status":{"x":1}}"#);
        assert_eq!(one, other);
        let further = change(r#"{"spec":{"replicas":3}}"#, r#"{"spec":{"replicas":4}}"#);
        assert_eq!(one.fields, further.fields);
        assert_ne!(one.values, further.values);
    }

    #[test]
    fn what_differs_between_runs_does_not_count() {
        let at =
            |time: &str| format!(r#"{{"metadata":{{"uid":"7d0f5f8e-0b4e-4e0e-9d0c-2f5a4c1e0001"}},"status":{{"at":"{time}"}}}}"#);
        assert_eq!(change(&at("2026-02-04T10:13:21Z"), &at("2026-02-04T10:13:22Z")), NormalisedChange::NOTHING);
        assert_eq!(
            change(r#"{"status":{}}"#, &at("2026-02-04T10:13:21Z")),
            change(r#"{"status":{}}"#, &at("2027-02-04T10:13:21Z"))
        );
        let secret = |value: &str| format!(r#"{{"data":{{"password":"{value}"}}}}"#);
        assert_eq!(change(&secret("cmVkYWN0ZWQ6YQ=="), &secret("cmVkYWN0ZWQ6Yg==")), NormalisedChange::NOTHING);
    }

    #[test]
    fn paths_of_added_changed_and_removed_fields() {
        let (before, after) = (r#"{"spec":{"a":1,"b":2,"same":0}}"#, r#"{"spec":{"same":0,"a":3,"c":[{"name":"x"}]}}"#);
        let paths = changed_paths(before, after);
        assert_eq!(paths.iter().map(ChangedPath::path).collect::<Vec<_>>(), ["/spec/a", "/spec/b", "/spec/c/0/name"]);
        assert_eq!((paths[1].after.as_deref(), paths[2].before.as_deref()), (None, None));
    }
}
