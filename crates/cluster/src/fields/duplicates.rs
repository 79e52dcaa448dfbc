//! Fields that occur twice in a JSON object.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

/// An open object or list.
enum Level<'a> {
    Object { names: BTreeSet<Cow<'a, str>>, name: Cow<'a, str> },
    List { at: usize },
}

/// The number of names in a text that is valid JSON.
pub(crate) fn names(json: &[u8]) -> usize {
    let (mut names, mut at) = (0_usize, 0);
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => at = string_end(json, at),
            b':' => names += 1,
            _ => {}
        }
    }
    names
}

/// The number of names in a value.
pub(crate) fn members(value: &Value) -> usize {
    let mut count = 0_usize;
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value {
            Value::Object(map) => {
                count += map.len();
                stack.extend(map.values().filter(|value| value.is_object() || value.is_array()));
            }
            Value::Array(list) => stack.extend(list.iter().filter(|value| value.is_object() || value.is_array())),
            _ => {}
        }
    }
    count
}

/// Returns the paths of repeated fields in a text that is valid JSON.
pub(crate) fn duplicates(json: &[u8]) -> Vec<String> {
    let (mut found, mut levels) = (Vec::new(), Vec::new());
    let mut at = 0;
    let mut expects_name = false;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' => {
                levels.push(Level::Object { names: BTreeSet::new(), name: Cow::Borrowed("") });
                expects_name = true;
            }
            b'[' => {
                levels.push(Level::List { at: 0 });
                expects_name = false;
            }
            b'}' | b']' => {
                levels.pop();
                expects_name = false;
            }
            b',' => match levels.last_mut() {
                Some(Level::List { at }) => *at += 1,
                _ => expects_name = true,
            },
            b'"' => {
                let end = string_end(json, at);
                if expects_name {
                    let next = name_in(json.get(at - 1..end).unwrap_or_default());
                    let Some(Level::Object { names, name }) = levels.last_mut() else { return found };
                    let is_new = names.insert(next.clone());
                    *name = next;
                    if !is_new {
                        found.push(path(&levels));
                    }
                    expects_name = false;
                }
                at = end;
            }
            _ => {}
        }
    }
    found
}

/// The name in a JSON string with its quotes. The text is valid, so it is one.
fn name_in(quoted: &[u8]) -> Cow<'_, str> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    match std::str::from_utf8(inner) {
        Ok(name) if !name.contains('\\') => Cow::Borrowed(name),
        _ => Cow::Owned(serde_json::from_slice(quoted).unwrap_or_default()),
    }
}

/// The index after the closing quote of a string whose text begins at `at`.
fn string_end(json: &[u8], mut at: usize) -> usize {
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

fn path(levels: &[Level<'_>]) -> String {
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Object { name, .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Level::List { at } => path.push_str(&format!("[{at}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_fields_are_found_at_their_paths() {
        let json = br#"{"a": 1, "b": {"x": "}\"", "\u0078": 2}, "l": [{}, {"c": [1, 2], "c": 3}], "a": "a", "b": []}"#;
        assert_eq!(duplicates(json), ["b.x", "l[1].c", "a", "b"]);
        assert_eq!(duplicates(br#"[{"a": 1}, {"a": 2}]"#), [""; 0]);
        let value: Value = serde_json::from_slice(json).unwrap();
        assert_eq!((names(json), members(&value)), (9, 4));
    }
}
