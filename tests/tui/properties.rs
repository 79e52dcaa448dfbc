//! Properties: no panic for any size and any keys, steps back undo steps forward, and diffs are complete.

use kuberewind_tui::keys::{Key, TABLE};
use kuberewind_tui::update::{Msg, Pointer};
use kuberewind_tui::view::DocKind;
use proptest::prelude::*;

use crate::recording::{fight, stage};

/// Returns all key sequences of the table, and keys without an action.
fn any_keys() -> impl Strategy<Value = Vec<Key>> {
    let mut all: Vec<Vec<Key>> =
        TABLE.iter().flat_map(|row| row.keys.iter()).map(|keys| Key::parse_all(&keys.replace("{a-z}", "q")).unwrap()).collect();
    all.extend(["9", "0", "3", "$", "ctrl-x", "Backspace", "數", "alt-z"].map(|key| Key::parse_all(key).unwrap()));
    proptest::sample::select(all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_panics(
        sizes in proptest::collection::vec((1u16..300, 1u16..100), 1..4),
        keys in proptest::collection::vec(any_keys(), 1..40),
        clicks in proptest::collection::vec((0u16..300, 0u16..100, 0u8..4), 0..6),
    ) {
        let (_folder, file) = fight(3);
        let mut stage = stage(&file, (80, 24), "dark");
        for (w, h) in sizes {
            stage.send(Msg::Resize(w, h));
            for key in keys.iter().flatten() {
                stage.send(Msg::Key(*key));
            }
            for (x, y, event) in &clicks {
                let (x, y) = (*x, *y);
                let pointer = match event {
                    0 => Pointer::Press { x, y },
                    1 => Pointer::Drag { x, y },
                    wheel => Pointer::Wheel { x, y, up: *wheel == 2 },
                };
                stage.send(Msg::Pointer(pointer));
            }
            let screen = stage.screen().unwrap();
            prop_assert_eq!((screen.area.width, screen.area.height), (w, h));
            prop_assert!(stage.state.cursor <= stage.state.snapshot.lineage.last());
        }
    }

    #[test]
    fn steps_back_undo_steps_forward(from in 1u64..60, steps in 1u64..60) {
        let (_folder, file) = fight(9);
        let mut stage = stage(&file, (80, 24), "dark");
        let last = stage.state.snapshot.lineage.last().0;
        let (from, steps) = (from.min(last), steps.min(last.saturating_sub(from)).max(1));
        prop_assume!(from + steps <= last);
        stage.keys(&format!("{} G", from.to_string().chars().map(String::from).collect::<Vec<_>>().join(" "))).unwrap();
        let count = steps.to_string().chars().map(String::from).collect::<Vec<_>>().join(" ");
        let before = stage.state.details[DocKind::Diff].doc.clone();
        stage.keys(&format!("{count} .")).unwrap();
        prop_assert_eq!(stage.state.cursor.0, from + steps);
        stage.keys(&format!("{count} ,")).unwrap();
        prop_assert_eq!(stage.state.cursor.0, from);
        prop_assert_eq!(stage.state.details[DocKind::Diff].doc.clone(), before);
    }
}

mod diffs {
    use kuberewind_render::diff::{Noise, diff};
    use kuberewind_render::document::Change;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    fn tree() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![any::<bool>().prop_map(Value::from), (0u8..9).prop_map(Value::from), "[a-c]{0,3}".prop_map(Value::from)];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(("[a-d]", inner.clone()), 0..5)
                    .prop_map(|fields| Value::Object(Map::from_iter(fields))),
                proptest::collection::vec(inner, 0..4).prop_map(Value::Array),
            ]
        })
    }

    /// Returns trees without lists: in these a pointer has the same meaning on both sides.
    fn map_tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<bool>().prop_map(Value::from), "[a-c\n]{0,4}".prop_map(Value::from)];
        leaf.prop_recursive(4, 40, 5, |inner| {
            proptest::collection::vec(("[a-d/~]{1,2}", inner), 0..5).prop_map(|fields| Value::Object(Map::from_iter(fields)))
        })
    }

    /// Reverses the order of all keys.
    fn reversed(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                Value::Object(fields.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
            value => value.clone(),
        }
    }

    /// Applies changes to a tree.
    fn applied(mut tree: Value, changes: &[Change]) -> Value {
        for change in changes {
            let Some((parent, _)) = change.path.rsplit_once('/') else {
                tree = change.after.clone().unwrap();
                continue;
            };
            let key = kuberewind_model::json::pointer::last(&change.path);
            let fields = tree.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            match &change.after {
                Some(value) => drop(fields.insert(key, value.clone())),
                None => drop(fields.shift_remove(&key)),
            }
        }
        tree
    }

    proptest! {
        #[test]
        fn the_order_of_keys_does_not_count(value in tree()) {
            prop_assert!(diff(&value, &reversed(&value), Noise::Shown).changes.is_empty());
        }

        #[test]
        fn equal_trees_have_no_changes_and_others_do(one in tree(), two in tree()) {
            prop_assert_eq!(diff(&one, &two, Noise::Shown).changes.is_empty(), one == two);
        }

        #[test]
        fn applying_the_changes_to_one_tree_gives_the_other(one in map_tree(), two in map_tree()) {
            let changes = diff(&one, &two, Noise::Shown).changes;
            prop_assert_eq!(applied(one, &changes), two);
        }
    }
}
