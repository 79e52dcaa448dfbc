//! JSON pointers (RFC 6901) and their dotted form.

use std::sync::Arc;

/// Appends a key to `base`. Escapes `~` and `/`.
#[must_use]
pub fn child(base: &str, key: &str) -> Arc<str> {
    let mut path = String::with_capacity(base.len() + key.len() + 1);
    path.push_str(base);
    path.push('/');
    for c in key.chars() {
        match c {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            c => path.push(c),
        }
    }
    Arc::from(path)
}

/// Appends a list index to `base`.
#[must_use]
pub fn item(base: &str, index: usize) -> Arc<str> {
    Arc::from(format!("{base}/{index}"))
}

/// The segments of a pointer, unescaped.
pub fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// The last segment, unescaped. '' for the root.
#[must_use]
pub fn last(pointer: &str) -> String {
    pointer.rsplit_once('/').map_or_else(String::new, |(_, step)| step.replace("~1", "/").replace("~0", "~"))
}

/// The dotted form: `.spec.containers[0].image`. Keys with dots or blanks are in brackets.
#[must_use]
pub fn dotted(pointer: &str) -> String {
    let mut text = String::with_capacity(pointer.len());
    for step in steps(pointer) {
        if !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()) {
            text.push_str(&format!("[{step}]"));
        } else if !step.is_empty() && step.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            text.push('.');
            text.push_str(&step);
        } else {
            text.push_str(&format!("[{step:?}]"));
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// Reads a field in one of its spellings: a pointer (`/spec/replicas`), the dotted form (`.spec.replicas`), or the dotted form
/// without its first dot. `[0]` is an index, `["a.b"]` a key. Text that is none of these becomes a pointer that names no field.
#[must_use]
pub fn of_field(field: &str) -> Arc<str> {
    if field.is_empty() || field.starts_with('/') {
        return Arc::from(field);
    }
    let mut path: Arc<str> = Arc::from("");
    let mut rest = field;
    while !rest.is_empty() {
        let (key, left) = match rest.strip_prefix('[') {
            Some(inner) => in_brackets(inner),
            None => {
                let plain = rest.strip_prefix('.').unwrap_or(rest);
                let (key, left) = plain.split_at(plain.find(['.', '[']).unwrap_or(plain.len()));
                (key.to_owned(), left)
            }
        };
        // `.` alone is the root, and `.["a.b"]` has a dot before its bracket.
        if !key.is_empty() {
            path = child(&path, &key);
        }
        rest = left;
    }
    path
}

/// Reads `0]` or `"a.b"]`. Returns the key and what follows the bracket.
fn in_brackets(inner: &str) -> (String, &str) {
    let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        let (key, left) = inner.split_once(']').unwrap_or((inner, ""));
        return (key.to_owned(), left);
    };
    let (mut key, mut escaped) = (String::new(), false);
    for (at, c) in inner.char_indices().skip(1) {
        match c {
            _ if escaped => (escaped, key) = (false, key + c.encode_utf8(&mut [0; 4])),
            '\\' => escaped = true,
            _ if c == quote => {
                let left = inner.get(at + 1..).unwrap_or_default();
                return (key, left.strip_prefix(']').unwrap_or(left));
            }
            _ => key.push(c),
        }
    }
    (key, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_three_spellings() {
        for (spellings, pointer) in [
            (["/spec/replicas", ".spec.replicas", "spec.replicas"], "/spec/replicas"),
            (["/spec/containers/0/image", ".spec.containers[0].image", "spec.containers[0].image"], "/spec/containers/0/image"),
            (
                [
                    "/metadata/labels/app.kubernetes.io~1name",
                    ".metadata.labels[\"app.kubernetes.io/name\"]",
                    "metadata.labels['app.kubernetes.io/name']",
                ],
                "/metadata/labels/app.kubernetes.io~1name",
            ),
            (["", ".", ""], ""),
        ] {
            for spelling in spellings {
                assert_eq!(&*of_field(spelling), pointer, "{spelling}");
            }
        }
        for pointer in ["/a/b", "/a/0/c~1d", "/x.y/\"z\"", "/a b/ü"] {
            assert_eq!(&*of_field(&dotted(pointer)), pointer);
        }
        for broken in ["[", "[\"", "..", "a.[", "]", "[\"a\\"] {
            assert!(of_field(broken).len() < 10);
        }
    }

    #[test]
    fn escapes_slashes_in_keys() {
        let pointer = child(&child("/metadata", "annotations"), "app.io/a~b");
        assert_eq!(&*pointer, "/metadata/annotations/app.io~1a~0b");
        let tree = serde_json::json!({"metadata": {"annotations": {"app.io/a~b": 7}}});
        assert_eq!(tree.pointer(&pointer).unwrap(), 7);
        assert_eq!(last(&pointer), "app.io/a~b");
        assert_eq!(dotted(&pointer), ".metadata.annotations[\"app.io/a~b\"]");
        assert_eq!(dotted("/spec/containers/0/image"), ".spec.containers[0].image");
        assert_eq!(dotted(""), ".");
    }
}
