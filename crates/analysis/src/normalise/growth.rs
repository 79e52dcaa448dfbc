//! Lists and maps that gained items and lost none.

use super::content::{Content, Leaf};
use super::diff::Change;

/// With as many changes, the list of changes may be incomplete.
const MAX_CHANGES: usize = 64;

/// A list or map that gained items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// Fingerprint of the path of the list or map.
    pub container: u64,
    /// Its items afterwards.
    pub items: u32,
}

impl Content {
    /// The list or map that gained items since `before`, if none of its items, and no other field, was removed.
    #[must_use]
    pub fn growth_from(&self, before: &Content, changes: &[Change]) -> Option<Growth> {
        let grew = self.leaves.len() > before.leaves.len() && changes.len() < MAX_CHANGES;
        if !grew || changes.iter().any(|change| change.after == 0) {
            return None;
        }
        let added = changes.iter().find(|change| change.before == 0)?;
        let leaf = self.leaf(added.path)?;
        let container = self.ancestors(leaf).find(|path| before.containers.iter().any(|known| known.path == *path))?;
        Some(Growth { container, items: self.items(container) })
    }

    /// The paths of the containers around a leaf, the innermost first, without the root.
    fn ancestors(&self, leaf: &Leaf) -> impl Iterator<Item = u64> + '_ {
        let container = |no: u32| usize::try_from(no).ok().and_then(|no| self.containers.get(no));
        let first = container(leaf.around).filter(|found| found.around.is_some());
        std::iter::successors(first, move |here| here.around.and_then(container).filter(|found| found.around.is_some()))
            .map(|found| found.path)
    }

    fn items(&self, path: u64) -> u32 {
        let Some(no) = self.containers.iter().position(|known| known.path == path).and_then(|no| u32::try_from(no).ok()) else {
            return 0;
        };
        let containers = self.containers.iter().filter(|known| known.around == Some(no)).count();
        let leaves = self.leaves.iter().filter(|leaf| leaf.around == no).count();
        u32::try_from(containers + leaves).unwrap_or(u32::MAX)
    }

    /// The JSON pointer of a list or map.
    #[must_use]
    pub fn container_pointer(&self, path: u64) -> Option<String> {
        let (leaf, depth) =
            self.leaves.iter().find_map(|leaf| Some((leaf, self.ancestors(leaf).position(|one| one == path)?)))?;
        let pointer = self.pointer(leaf.path)?;
        let mut segments: Vec<&str> = pointer.split('/').collect();
        segments.truncate(segments.len().saturating_sub(depth + 1));
        Some(segments.join("/"))
    }

    /// The values of the key members of the items in a list of objects, as written: their names.
    #[must_use]
    pub fn item_names(&self, path: u64, limit: usize) -> Vec<String> {
        let Some(pointer) = self.container_pointer(path) else { return Vec::new() };
        let Ok(parsed) = serde_json::from_str::<serde_json::Value>(&self.text) else { return Vec::new() };
        match parsed.pointer(&pointer) {
            Some(serde_json::Value::Array(items)) => {
                let name = |item: &serde_json::Value| match item {
                    serde_json::Value::String(text) => Some(text.clone()),
                    other => other.get("name").and_then(serde_json::Value::as_str).map(str::to_owned),
                };
                items.iter().take(limit).filter_map(name).collect()
            }
            Some(serde_json::Value::Object(members)) => members.keys().take(limit).cloned().collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Content;

    fn grown(before: &str, after: &str) -> Option<(String, u32)> {
        let (before, after) = (Content::read(before.into()).expect("JSON"), Content::read(after.into()).expect("JSON"));
        let growth = after.growth_from(&before, &after.changes_from(&before))?;
        Some((after.container_pointer(growth.container).expect("a list"), growth.items))
    }

    #[test]
    fn names_the_list_that_gained_an_item() {
        let keyed = |names: &[&str]| {
            let items: Vec<String> = names.iter().map(|name| format!(r#"{{"name":"{name}","on":true}}"#)).collect();
            format!(r#"{{"status":{{"items":[{}],"n":{}}}}}"#, items.join(","), names.len())
        };
        assert_eq!(grown(&keyed(&["a"]), &keyed(&["a", "b"])), Some(("/status/items".into(), 2)));
        assert_eq!(grown(&keyed(&["a", "b"]), &keyed(&["b", "c", "d"])), None, "one was removed");
        let map = |members: &str| format!(r#"{{"metadata":{{"annotations":{{{members}}}}}}}"#);
        assert_eq!(grown(&map(r#""a":"1""#), &map(r#""a":"1","b":"2""#)), Some(("/metadata/annotations".into(), 2)));
        assert_eq!(grown(r#"{"status":{"l":["a"]}}"#, r#"{"status":{"l":["a","b"]}}"#), Some(("/status/l".into(), 2)));
    }
}
