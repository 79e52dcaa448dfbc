//! The missing parts of a recorded object.

use std::sync::Arc;

use kuberewind_model::Shape;
use kuberewind_model::json::pointer;
use kuberewind_model::redact::SessionKey;
use memchr::memmem;
use serde_json::Value;

/// The annotation of an object that differs from the one in the cluster.
pub(crate) const ANNOTATION: &str = "kuberewind.dev/incomplete";

/// The most paths that an annotation names.
const MAX_PATHS: usize = 16;

/// The beginning of a replaced value.
const REPLACED: &str = "redacted:";
/// The same in base64, as in Secrets.
const REPLACED_BASE64: &str = "cmVkYWN0ZWQ6";

/// The missing parts of an object in this shape, `None` if it is whole.
pub(crate) fn of_shape(shape: Shape) -> Option<String> {
    (shape != Shape::Full).then(|| shape.as_str().to_owned())
}

/// The redacted values of an object, `None` if there are none. A member whose siblings are redacted too is written as `*`.
pub(crate) fn redacted(text: &str) -> Option<String> {
    let has = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    if !has(REPLACED) && !has(REPLACED_BASE64) {
        return None;
    }
    let object: Value = serde_json::from_str(text).ok()?;
    let mut paths = Vec::new();
    let mut open: Vec<(Arc<str>, &Value)> = vec![(Arc::from(""), &object)];
    while let Some((path, value)) = open.pop() {
        let children: Vec<(Arc<str>, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(name, value)| (pointer::child(&path, name), value)).collect(),
            Value::Array(list) => list.iter().enumerate().map(|(at, value)| (pointer::item(&path, at), value)).collect(),
            _ => continue,
        };
        if !children.is_empty() && children.iter().all(|(_, value)| is_replaced(value)) {
            paths.push(pointer::child(&path, "*"));
            continue;
        }
        for (path, value) in children {
            if is_replaced(value) { paths.push(path) } else { open.push((path, value)) }
        }
    }
    if paths.is_empty() {
        return None;
    }
    paths.sort();
    let more = paths.len().saturating_sub(MAX_PATHS);
    paths.truncate(MAX_PATHS);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("redacted: {}{rest}", paths.join(", ")))
}

fn is_replaced(value: &Value) -> bool {
    value.as_str().is_some_and(|text| SessionKey::is_replacement(text) || text.contains(REPLACED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redacted_values_are_named_by_their_paths() {
        let hash = "redacted:0123456789abcdef";
        let base64 = "cmVkYWN0ZWQ6MDEyMzQ1Njc4OWFiY2RlZg==";
        for (text, expected) in [
            (format!(r#"{{"data":{{"a":"{base64}","b/c":"{hash}"}},"type":"Opaque"}}"#), Some("redacted: /data/*")),
            (format!(r#"{{"spec":{{"env":[{{"name":"A","value":"{hash}"}}]}}}}"#), Some("redacted: /spec/env/0/value")),
            (format!(r#"{{"spec":{{"a/b":"{hash}","c":1}},"x":"no {hash}."}}"#), Some("redacted: /spec/a~1b, /x")),
            (r#"{"message":"nothing"}"#.to_owned(), None),
            (r#"{"redacted:":1}"#.to_owned(), None),
        ] {
            assert_eq!(redacted(&text).as_deref(), expected, "{text}");
        }
        let many = format!("{{\"a\":1,{}}}", (0..20).map(|n| format!("\"k{n:02}\":\"{hash}\"")).collect::<Vec<_>>().join(","));
        assert!(redacted(&many).unwrap().ends_with("/k15 and 4 more"));
    }

    #[test]
    fn only_a_full_object_is_complete() {
        assert_eq!(of_shape(Shape::Full), None);
        assert_eq!(of_shape(Shape::Cut).as_deref(), Some("cut"));
    }
}
