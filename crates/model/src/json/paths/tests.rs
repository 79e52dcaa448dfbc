use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn leaves_of(before: &Value, after: &Value) -> Vec<(String, Option<Value>, Option<Value>)> {
    let changes = changed(before, after, Limits::default());
    changes.leaves.into_iter().map(|leaf| (leaf.path, leaf.before, leaf.after)).collect()
}

#[test]
fn a_changed_leaf_has_both_values() {
    let before = json!({"spec": {"replicas": 3, "paused": false}, "metadata": {"labels": {"a/b": "x~"}}});
    let after = json!({"spec": {"replicas": 5, "paused": false}, "metadata": {"labels": {"a/b": "y"}}});
    let expected = [("/spec/replicas", json!(3), json!(5)), ("/metadata/labels/a~1b", json!("x~"), json!("y"))]
        .map(|(path, was, is)| (path.to_owned(), Some(was), Some(is)));
    assert_eq!(leaves_of(&before, &after), expected);
}

#[test]
fn added_and_removed_leaves_are_reported() {
    let before = json!({"spec": {"strategy": {"type": "Recreate"}}});
    let after = json!({"spec": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}], "none": []}});
    assert_eq!(
        leaves_of(&before, &after),
        [
            ("/spec/strategy/type".to_owned(), Some(json!("Recreate")), None),
            ("/spec".to_owned(), None, Some(json!({}))),
            ("/status/conditions/0/type".to_owned(), None, Some(json!("Ready"))),
            ("/status/conditions/0/status".to_owned(), None, Some(json!("True"))),
            ("/status/none".to_owned(), None, Some(json!([]))),
        ]
    );
}

#[test]
fn an_inserted_item_changes_only_that_item() {
    let before = json!({"c": [{"name": "app", "image": "a:1"}], "f": ["x", "y"]});
    let after = json!({"c": [{"name": "sidecar"}, {"name": "app", "image": "a:2"}], "f": ["w", "x", "y"]});
    let changes = changed(&before, &after, Limits::default());
    let paths: Vec<_> = changes.leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    assert_eq!(paths, ["/c/0/name", "/c/1/image", "/f/0"]);
    assert_eq!(before_moves("/c/1/image", &changes.moves).as_deref(), Some("/c/0/image"));
    assert_eq!(after_moves("/f/1", &changes.moves).as_deref(), Some("/f/2"));
    assert_eq!(before_moves("/spec", &changes.moves), None);
}

#[test]
fn limits_are_enforced() {
    let after = Value::Array((0..50).map(Value::from).collect());
    let changes = changed(&json!([]), &after, Limits { depth: 10, changes: 20 });
    assert!(changes.more);
    assert_eq!(changes.leaves.len(), 20);
    let deep = (0..60).fold(json!(1), |inner, _| json!({ "a": inner }));
    let other = (0..60).fold(json!(2), |inner, _| json!({ "a": inner }));
    let changes = changed(&deep, &other, Limits { depth: 5, changes: 20 });
    assert_eq!(changes.leaves[0].path, "/a/a/a/a/a");
}

#[test]
fn unknown_pointers_are_none() {
    let value = json!({"a": [1]});
    assert_eq!(lookup(&value, "/a/0"), Some(&json!(1)));
    for pointer in ["a", "/a/7", "/a/00", "/b", "/a/-", "//"] {
        assert_eq!(lookup(&value, pointer), None, "{pointer}");
    }
    assert!(is_below("/a/b", "/a") && is_below("/a", "") && !is_below("/ab", "/a") && touches("/a", "/a/b"));
    assert!(changed_texts("{", "{}", Limits::default()).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4_i32).prop_map(Value::from),
        "[a-c~/]{0,2}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("[a-cn~/]{1,2}|name", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Every reported leaf exists with its value, and every other leaf is equal in both states (moves followed).
    #[test]
    fn changes_are_correct_and_complete(before in any_json(), after in any_json()) {
        let changes = changed(&before, &after, Limits::default());
        for leaf in &changes.leaves {
            if let Some(value) = &leaf.after {
                prop_assert_eq!(lookup(&after, &leaf.path), Some(value));
            } else {
                prop_assert_eq!(lookup(&before, &leaf.path), leaf.before.as_ref());
            }
        }
        for (path, value) in leaves(&after, Limits::default()) {
            let reported = changes.leaves.iter().any(|leaf| leaf.after.is_some() && leaf.path == path);
            let was = before_moves(&path, &changes.moves).unwrap_or_else(|| path.clone());
            prop_assert!(reported || lookup(&before, &was) == Some(value), "{} is missing", path);
        }
        prop_assert_eq!(changed(&after, &after, Limits::default()), Changes::default());
    }
}
