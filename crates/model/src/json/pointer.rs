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

#[cfg(test)]
mod tests {
    use super::*;

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
