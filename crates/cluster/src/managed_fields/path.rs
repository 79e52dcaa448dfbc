//! Paths to fields, as lists of elements from the root in the notation of FieldsV1.

use std::fmt::Write;

use serde_json::Value;

use crate::json_text::write;
use crate::typing::{ListKind, Type};

/// The element of a path that names an item of a list.
pub(crate) fn element_of(list: Type<'_>, kind: &ListKind<'_>, item: &Value) -> Option<String> {
    match kind {
        ListKind::Atomic => None,
        ListKind::Set => Some(format!("v:{item}")),
        ListKind::Map(keys) => {
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            let mut text = Vec::with_capacity(32);
            for name in sorted {
                let default = if item.get(name).is_some() { None } else { list.default_key(name) };
                let Some(value) = item.get(name).or(default.as_ref()) else { continue };
                text.extend_from_slice(if text.is_empty() { &b"k:{"[..] } else { b"," });
                write(&mut text, name);
                text.push(b':');
                write(&mut text, value);
            }
            if text.is_empty() {
                return None;
            }
            text.push(b'}');
            String::from_utf8(text).ok()
        }
    }
}

/// True if [`element_of`] names the item.
pub(super) fn has_element(list: Type<'_>, kind: &ListKind<'_>, item: &Value) -> bool {
    match kind {
        ListKind::Atomic => false,
        ListKind::Set => true,
        ListKind::Map(keys) => keys.iter().any(|name| item.get(name).is_some() || list.default_key(name).is_some()),
    }
}

/// True if an element of a path names this item.
fn names(element: &str, item: &Value) -> bool {
    if let Some(value) = element.strip_prefix("v:") {
        return serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item);
    }
    let Some(key) = element.strip_prefix("k:") else { return false };
    let Ok(Value::Object(key)) = serde_json::from_str(key) else { return false };
    key.iter().all(|(name, value)| match item.get(name) {
        Some(found) => found == value,
        None => name == "protocol" && value == "TCP",
    })
}

/// Removes the field at a path, if there is one.
pub(crate) fn remove_at(root: &mut Value, path: &[&str]) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut at = root;
    for element in parents {
        let next = match (at, element.strip_prefix("f:")) {
            (Value::Object(map), Some(name)) => map.get_mut(name),
            (Value::Array(list), None) => list.iter_mut().find(|item| names(element, item)),
            _ => None,
        };
        let Some(next) = next else { return };
        at = next;
    }
    match (at, last.strip_prefix("f:")) {
        (Value::Object(map), Some(name)) => {
            map.shift_remove(name);
        }
        (Value::Array(list), None) => list.retain(|item| !names(last, item)),
        _ => {}
    }
}

/// Formats a path for messages: `.spec.template.spec.containers[name="c"].image`.
pub(crate) fn in_words(path: &[&str]) -> String {
    path.iter().fold(String::new(), |mut text, element| {
        let (kind, rest) = element.split_once(':').unwrap_or(("", element));
        // Writing to a String cannot fail.
        let _infallible = match (kind, serde_json::from_str::<Value>(rest)) {
            ("k", Ok(Value::Object(key))) => {
                let parts: Vec<_> = key.iter().map(|(name, value)| format!("{name}={value}")).collect();
                write!(text, "[{}]", parts.join(","))
            }
            ("v", _) => write!(text, "[={rest}]"),
            ("i", _) => write!(text, "[{rest}]"),
            _ => write!(text, ".{rest}"),
        };
        text
    })
}
