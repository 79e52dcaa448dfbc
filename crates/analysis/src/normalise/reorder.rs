//! Lists whose items only changed their order.
//!
//! A leaf in a list of scalars is identified by its index, so a new order looks like new values. Items with a key are identified
//! by it, so their new order looks like no change. Both are compared here, on the parsed texts, after a cheap test that almost
//! every pair of versions fails.

use serde_json::{Map, Value};

use super::class::ValueClass;
use super::content::Content;
use crate::hash::{bytes, pair};

/// Lists that are named.
const MAX_LISTS: usize = 4;
/// Larger contents are not compared.
const MAX_TEXT: usize = 256 << 10;
const MAX_NODES: usize = 65_536;

impl Content {
    /// JSON pointers of the lists whose order differs from `before`, at most four. Empty if anything else differs, except
    /// timestamps and other volatile values.
    #[must_use]
    pub fn reordered_lists(&self, before: &Content) -> Vec<String> {
        let same_values = self.leaves.len() == before.leaves.len() && self.values == before.values;
        if !same_values || self.text.len() > MAX_TEXT || before.text.len() > MAX_TEXT {
            return Vec::new();
        }
        let same_places = self.leaves.iter().zip(&before.leaves).all(|(new, old)| new.path == old.path);
        if self.norm == before.norm && same_places {
            return Vec::new();
        }
        let parse = |content: &Content| serde_json::from_str::<Value>(&content.text).ok();
        parse(before).zip(parse(self)).and_then(|(before, after)| reordered(&before, &after)).unwrap_or_default()
    }
}

/// Compares two values. `None` if they differ in more than the order of lists.
fn reordered(before: &Value, after: &Value) -> Option<Vec<String>> {
    let mut lists = Vec::new();
    let mut work = vec![(String::new(), before, after)];
    let mut nodes = 0;
    while let Some((pointer, before, after)) = work.pop() {
        nodes += 1;
        if nodes > MAX_NODES {
            return None;
        }
        match (before, after) {
            (Value::Object(one), Value::Object(two)) => {
                let both = members(&pointer, one).zip(members(&pointer, two));
                if members(&pointer, one).count() != members(&pointer, two).count() {
                    return None;
                }
                for ((key, old), (other, new)) in both {
                    if key != other {
                        return None;
                    }
                    work.push((format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), old, new));
                }
            }
            (Value::Array(one), Value::Array(two)) => {
                if one.len() != two.len() {
                    return None;
                }
                let (old, new) = (fingerprints(one), fingerprints(two));
                if old == new {
                    continue;
                }
                if sorted(old) == sorted(new) {
                    lists.push(pointer);
                } else {
                    work.extend(one.iter().zip(two).enumerate().map(|(at, (old, new))| (format!("{pointer}/{at}"), old, new)));
                }
            }
            (one, two) if scalar(one) == scalar(two) => {}
            _ => return None,
        }
    }
    lists.sort();
    lists.truncate(MAX_LISTS);
    (!lists.is_empty()).then_some(lists)
}

/// The members that carry a meaning, sorted by key, whatever the map's own order.
fn members<'a>(pointer: &str, object: &'a Map<String, Value>) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let of_metadata = pointer == "/metadata";
    let skipped = move |key: &str| {
        key == "observedGeneration"
            || (of_metadata && matches!(key, "resourceVersion" | "managedFields" | "generation" | "selfLink"))
    };
    let mut members: Vec<_> = object.iter().filter(|(key, _)| !skipped(key)).collect();
    members.sort_by_key(|(key, _)| key.as_str());
    members.into_iter()
}

fn fingerprints(items: &[Value]) -> Vec<u64> {
    items.iter().map(fingerprint).collect()
}

fn sorted(mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.sort_unstable();
    numbers
}

fn fingerprint(item: &Value) -> u64 {
    match item {
        Value::Object(_) | Value::Array(_) => {
            // `Content` needs an object at the root.
            let text = format!("{{\"item\":{item}}}");
            Content::read(text.as_str().into()).map_or_else(|| bytes(text.as_bytes()), |content| content.norm)
        }
        other => scalar(other),
    }
}

fn scalar(value: &Value) -> u64 {
    match value {
        Value::String(text) => {
            let class = ValueClass::of(text.as_bytes());
            pair(bytes(class.comparable_part(text.as_bytes())), class as u64 + 1)
        }
        Value::Object(object) => u64::from(!object.is_empty()),
        Value::Array(list) => 2 + u64::from(!list.is_empty()),
        other => bytes(other.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Content;

    fn lists(before: &str, after: &str) -> Vec<String> {
        let read = |text: &str| Content::read(text.into()).expect("JSON");
        read(after).reordered_lists(&read(before))
    }

    #[test]
    fn names_the_lists_whose_order_differs() {
        let plain = |list: &str| format!(r#"{{"metadata":{{"resourceVersion":"1"}},"status":{{"managed":{list},"n":5}}}}"#);
        assert_eq!(lists(&plain(r#"["a","b","c"]"#), &plain(r#"["c","a","b"]"#)), ["/status/managed"]);
        assert!(lists(&plain(r#"["a","b","c"]"#), &plain(r#"["a","b","c"]"#)).is_empty());
        assert!(lists(&plain(r#"["a","b","c"]"#), &plain(r#"["c","a","d"]"#)).is_empty(), "an item was replaced");
        let keyed = |one: &str, two: &str, at: &str| {
            format!(
                r#"{{"status":{{"at":"2026-02-04T10:13:{at}Z","x/y":[{{"name":"{one}","v":[1,2]}},{{"name":"{two}","v":[1,2]}}]}}}}"#
            )
        };
        assert_eq!(lists(&keyed("a", "b", "01"), &keyed("b", "a", "02")), ["/status/x~1y"], "the time does not count");
        assert!(lists(r#"{"spec":{"a":1,"b":2}}"#, r#"{"spec":{"a":2,"b":1}}"#).is_empty(), "values that change places");
    }
}
