//! The difference between two versions, applied to another state of the object.

use serde_json::{Map, Value};

use kuberewind_model::json::keys::MERGE_KEYS;

/// Members of the metadata that the server maintains.
const SERVER_FIELDS: &[&str] = &[
    "resourceVersion",
    "managedFields",
    "generation",
    "selfLink",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// One step from an object into it.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    /// The item of a list whose merge key has these values.
    Item(Vec<(&'static str, Value)>),
}

/// A value that one version has in place of another.
#[derive(Debug, Clone, PartialEq)]
struct Edit {
    path: Vec<Step>,
    before: Option<Value>,
    after: Option<Value>,
}

/// The result of applying a difference.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edited {
    pub(super) object: Value,
    /// True if a field had neither the value before nor that after the change.
    pub(super) is_conflict: bool,
}

/// Changes `current` as `before` was changed to `after`. Fields that the server maintains stay.
pub(super) fn apply(current: &Value, before: &Value, after: &Value) -> Edited {
    let mut edited = Edited { object: current.clone(), is_conflict: false };
    for edit in edits(before, after) {
        edited.is_conflict |= !make(&mut edited.object, &edit);
    }
    edited
}

/// Compares two values. Lists of items with a merge key are compared item by item, other lists as a whole.
fn edits(before: &Value, after: &Value) -> Vec<Edit> {
    let mut found = Vec::new();
    let mut open: Vec<(Vec<Step>, Option<&Value>, Option<&Value>)> = vec![(Vec::new(), Some(before), Some(after))];
    while let Some((path, before, after)) = open.pop() {
        if before == after || is_server_field(&path) {
            continue;
        }
        let start = open.len();
        match (before, after) {
            (Some(Value::Object(was)), Some(Value::Object(is))) => {
                let keys = was.keys().chain(is.keys().filter(|key| !was.contains_key(*key)));
                open.extend(keys.map(|key| (below(&path, Step::Key(key.clone())), was.get(key), is.get(key))));
            }
            (Some(Value::Array(was)), Some(Value::Array(is))) if merge_key(was, is).is_some() => {
                let keys = merge_key(was, is).unwrap_or_default();
                let one_side = |items: &[Value], name: &[(&'static str, Value)]| items.iter().position(|item| named(item, name));
                for item in was.iter().chain(is.iter()) {
                    let name = name_of(item, keys);
                    let step = below(&path, Step::Item(name.clone()));
                    let (a, b) = (one_side(was, &name).map(|at| &was[at]), one_side(is, &name).map(|at| &is[at]));
                    if !open[start..].iter().any(|(known, _, _)| *known == step) {
                        open.push((step, a, b));
                    }
                }
            }
            _ => found.push(Edit { path, before: before.cloned(), after: after.cloned() }),
        }
        open[start..].reverse();
    }
    found
}

fn below(path: &[Step], step: Step) -> Vec<Step> {
    path.iter().cloned().chain([step]).collect()
}

fn is_server_field(path: &[Step]) -> bool {
    matches!(path, [Step::Key(first), Step::Key(second)] if first == "metadata" && SERVER_FIELDS.contains(&second.as_str()))
}

/// The merge key that all items of both lists have, each with another value.
fn merge_key(was: &[Value], is: &[Value]) -> Option<&'static [&'static str]> {
    let names_all = |items: &[Value], keys: &[&'static str]| {
        items.iter().enumerate().all(|(at, item)| {
            let first = keys.first().and_then(|key| item.get(*key));
            let name = || name_of(item, keys);
            first.is_some() && items.iter().take(at).all(|other| name_of(other, keys) != name())
        })
    };
    MERGE_KEYS.iter().copied().find(|keys| !(was.is_empty() && is.is_empty()) && names_all(was, keys) && names_all(is, keys))
}

fn name_of(item: &Value, keys: &[&'static str]) -> Vec<(&'static str, Value)> {
    keys.iter().map(|key| (*key, item.get(*key).cloned().unwrap_or_default())).collect()
}

fn named(item: &Value, name: &[(&'static str, Value)]) -> bool {
    name.iter().all(|(key, value)| item.get(*key).unwrap_or(&Value::Null) == value)
}

/// Makes one edit. Returns false if the field had another value.
fn make(object: &mut Value, edit: &Edit) -> bool {
    let Some((last, path)) = edit.path.split_last() else {
        *object = edit.after.clone().unwrap_or_default();
        return true;
    };
    let mut place = object;
    for step in path {
        if edit.after.is_none() && child(place, step).is_none() {
            return true;
        }
        place = child_or_new(place, step);
    }
    let current = child(place, last).cloned();
    let expected = current == edit.before || current == edit.after;
    match (&edit.after, last) {
        (Some(after), step) => *child_or_new(place, step) = after.clone(),
        (None, Step::Key(key)) => {
            if let Some(map) = place.as_object_mut() {
                map.shift_remove(key);
            }
        }
        (None, Step::Item(name)) => {
            if let Some(items) = place.as_array_mut() {
                items.retain(|item| !named(item, name));
            }
        }
    }
    expected
}

fn child<'a>(value: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Key(key) => value.get(key),
        Step::Item(name) => value.as_array()?.iter().find(|item| named(item, name)),
    }
}

/// The child of a value, which becomes a container if it is none.
fn child_or_new<'a>(value: &'a mut Value, step: &Step) -> &'a mut Value {
    match step {
        Step::Key(key) => {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            &mut value[key.as_str()]
        }
        Step::Item(name) => {
            if !value.is_array() {
                *value = Value::Array(Vec::new());
            }
            let at = value.as_array().and_then(|items| items.iter().position(|item| named(item, name)));
            let at = at.unwrap_or_else(|| {
                let members =
                    name.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| ((*key).to_owned(), value.clone()));
                let items = value.as_array_mut().map(|items| {
                    items.push(Value::Object(members.collect()));
                    items.len() - 1
                });
                items.unwrap_or(0)
            });
            &mut value[at]
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::apply;

    fn check(current: &Value, before: &Value, after: &Value, expected: &Value, is_conflict: bool) {
        let edited = apply(current, before, after);
        assert_eq!((&edited.object, edited.is_conflict), (expected, is_conflict), "{before} → {after} on {current}");
    }

    #[test]
    fn only_what_changed_is_changed() {
        let before = json!({"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 3, "paused": true}});
        let after = json!({"metadata": {"resourceVersion": "2"}, "spec": {"replicas": 5}});
        let current = json!({"metadata": {"resourceVersion": "9"}, "spec": {"replicas": 3, "paused": true, "other": 1}});
        let expected = json!({"metadata": {"resourceVersion": "9"}, "spec": {"replicas": 5, "other": 1}});
        check(&current, &before, &after, &expected, false);
    }

    #[test]
    fn another_value_is_a_conflict_and_the_same_is_none() {
        let (before, after) = (json!({"spec": {"replicas": 3}}), json!({"spec": {"replicas": 5}}));
        check(&json!({"spec": {"replicas": 7}}), &before, &after, &after, true);
        check(&json!({"spec": {"replicas": 5}}), &before, &after, &after, false);
        check(&json!({}), &before, &json!({}), &json!({}), false);
    }

    #[test]
    fn items_are_found_by_their_merge_key() {
        let container = |name: &str, image: &str| json!({"name": name, "image": image});
        let before = json!({"c": [container("a", "1"), container("b", "1")]});
        let after = json!({"c": [container("a", "2"), container("n", "1")]});
        let current = json!({"c": [container("sidecar", "1"), container("b", "1"), container("a", "1")]});
        let expected = json!({"c": [container("sidecar", "1"), container("a", "2"), container("n", "1")]});
        check(&current, &before, &after, &expected, false);
    }

    #[test]
    fn lists_without_a_key_are_replaced() {
        let (before, after) = (json!({"args": ["a"]}), json!({"args": ["a", "b"]}));
        check(&json!({"args": ["a"]}), &before, &after, &after, false);
        check(&json!({"args": ["x"]}), &before, &after, &after, true);
    }
}
