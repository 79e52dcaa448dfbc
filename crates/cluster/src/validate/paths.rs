//! The values at a path of an object, with their own paths for messages.

use serde_json::Value;

/// A value and its path: `spec.ports[0].port`.
pub(super) struct Found<'a> {
    pub(super) path: String,
    pub(super) value: &'a Value,
}

/// The values at a path of members. `*` is every item of a list. A missing member is null, as Go's zero value of a struct; behind a member
/// whose name ends in `?`, nothing is found if it is missing.
pub(super) fn each<'a>(object: &'a Value, path: &str) -> Vec<Found<'a>> {
    let mut found = vec![Found { path: String::new(), value: object }];
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        found = found.into_iter().flat_map(|at| step(&at, segment)).collect();
    }
    found
}

fn step<'a>(at: &Found<'a>, segment: &str) -> Vec<Found<'a>> {
    if segment == "*" {
        let items = at.value.as_array().into_iter().flatten().enumerate();
        return items.map(|(index, value)| Found { path: format!("{}[{index}]", at.path), value }).collect();
    }
    let name = segment.trim_end_matches('?');
    let value = at.value.get(name).filter(|value| !value.is_null());
    if value.is_none() && name != segment {
        return Vec::new();
    }
    let path = if at.path.is_empty() { name.to_owned() } else { format!("{}.{name}", at.path) };
    vec![Found { path, value: value.unwrap_or(&Value::Null) }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn missing_members_are_null_and_missing_pointers_nothing() {
        let object = json!({"a": [{"b": 1}, {"b": 2}], "c": null});
        let at = |path: &str| each(&object, path).into_iter().map(|one| (one.path, one.value.clone())).collect::<Vec<_>>();
        assert_eq!(at("a/*/b"), [("a[0].b".to_owned(), json!(1)), ("a[1].b".to_owned(), json!(2))]);
        assert_eq!(at("x/y"), [("x.y".to_owned(), Value::Null)]);
        assert!(at("c?/y").is_empty() && at("a/*/c?/d").is_empty());
    }
}
