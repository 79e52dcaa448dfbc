//! The three-way merge of an object: what a client changed, on top of what the recording has at another moment.
//!
//! A field that both changed takes the written value and is a conflict. Items of lists are matched by their merge keys; a list without
//! one is a single value.

use std::collections::BTreeSet;

use kuberewind_model::json::keys::counterparts;
use kuberewind_model::json::pointer;
use serde_json::{Value, json};

/// The result of a merge.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Merged {
    /// `None` if there is no object.
    pub(crate) object: Option<Value>,
    pub(crate) clashes: Vec<Clash>,
}

/// A place with two new values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clash {
    /// A JSON pointer into the recorded object, '' for the object.
    pub(crate) path: String,
    pub(crate) written: Option<Value>,
    pub(crate) recorded: Option<Value>,
}

/// Metadata that identifies the state of an object. The recorded object's is kept.
const OF_STATE: &[&str] = &["resourceVersion", "generation", "uid", "creationTimestamp"];

/// Bookkeeping of the server: no clash.
const MANAGERS: &str = "/metadata/managedFields";

/// Merges the states of an object: before the client's writes, after them, and in the other world. `None` is no object.
pub(crate) fn merge(base: Option<&Value>, written: Option<&Value>, recorded: Option<&Value>) -> Merged {
    let alone = |object: Option<&Value>| Merged { object: object.cloned(), clashes: Vec::new() };
    let same = |one: &Value, other: &Value| with_state_of(other, one) == *other;
    match (base, written, recorded) {
        (_, None, None) => alone(None),
        (None, None, recorded) => alone(recorded),
        (None, Some(written), None) => alone(Some(written)),
        (Some(base), None, Some(recorded)) if same(base, recorded) => alone(None),
        (Some(_), None, Some(_)) => whole(None, "deleted", "changed"),
        (Some(base), Some(written), None) if same(base, written) => alone(None),
        (Some(_), Some(_), None) => whole(None, "changed", "not there"),
        (base, Some(written), Some(recorded)) => fields(base, written, recorded),
    }
}

/// A clash about the whole object.
fn whole(object: Option<Value>, written: &str, recorded: &str) -> Merged {
    let clash = Clash { path: String::new(), written: Some(json!(written)), recorded: Some(json!(recorded)) };
    Merged { object, clashes: vec![clash] }
}

/// An object with the metadata of state of another one.
fn with_state_of(other: &Value, object: &Value) -> Value {
    let mut object = object.clone();
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return object };
    for name in OF_STATE {
        match other["metadata"].get(name) {
            Some(value) => drop(metadata.insert((*name).to_owned(), value.clone())),
            None => drop(metadata.shift_remove(*name)),
        }
    }
    object
}

/// A place in the three objects.
struct Place<'a> {
    /// A pointer into the recorded object.
    path: String,
    base: Option<&'a Value>,
    written: Option<&'a Value>,
    recorded: Option<&'a Value>,
}

/// A change of the recorded object.
enum Edit {
    Set(String, Value),
    Remove(String),
    /// Adds an item to a list.
    Append(String, Value),
}

/// A merge at work.
#[derive(Default)]
struct Merge<'a> {
    open: Vec<Place<'a>>,
    edits: Vec<Edit>,
    clashes: Vec<Clash>,
}

fn fields(base: Option<&Value>, written: &Value, recorded: &Value) -> Merged {
    let (base, written) = (base.map(|base| with_state_of(recorded, base)), with_state_of(recorded, written));
    let mut merge = Merge::default();
    merge.open.push(Place { path: String::new(), base: base.as_ref(), written: Some(&written), recorded: Some(recorded) });
    while let Some(place) = merge.open.pop() {
        merge.visit(place);
    }
    let mut object = recorded.clone();
    apply(&mut object, merge.edits);
    let mut clashes = merge.clashes;
    clashes.retain(|clash| !clash.path.starts_with(MANAGERS));
    clashes.sort_by(|one, other| one.path.cmp(&other.path));
    Merged { object: Some(object), clashes }
}

impl<'a> Merge<'a> {
    fn visit(&mut self, place: Place<'a>) {
        if place.written == place.base || place.written == place.recorded {
            return;
        }
        if place.recorded == place.base {
            return self.take_written(place.path, place.written);
        }
        match (place.base, place.written, place.recorded) {
            (None | Some(Value::Object(_)), Some(Value::Object(_)), Some(Value::Object(_))) => self.members(&place),
            (None | Some(Value::Array(_)), Some(Value::Array(written)), Some(Value::Array(recorded))) => {
                let base = place.base.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                if !self.items(&place.path, base, written, recorded) {
                    self.clash(place);
                }
            }
            _ => self.clash(place),
        }
    }

    fn take_written(&mut self, path: String, written: Option<&Value>) {
        self.edits.push(match written {
            Some(value) => Edit::Set(path, value.clone()),
            None => Edit::Remove(path),
        });
    }

    fn clash(&mut self, place: Place<'a>) {
        let clash = Clash { path: place.path.clone(), written: place.written.cloned(), recorded: place.recorded.cloned() };
        self.clashes.push(clash);
        self.take_written(place.path, place.written);
    }

    fn members(&mut self, place: &Place<'a>) {
        let all = [place.base, place.written, place.recorded].into_iter().flatten();
        let names: BTreeSet<&String> = all.filter_map(Value::as_object).flat_map(|members| members.keys()).collect();
        for name in names {
            let member = |object: Option<&'a Value>| object.and_then(|object| object.get(name));
            self.open.push(Place {
                path: pointer::child(&place.path, name).to_string(),
                base: member(place.base),
                written: member(place.written),
                recorded: member(place.recorded),
            });
        }
    }

    /// Merges lists item by item. False if the items have no merge key.
    fn items(&mut self, path: &str, base: &'a [Value], written: &'a [Value], recorded: &'a [Value]) -> bool {
        let pairs = || Some((counterparts(base, written)?, counterparts(base, recorded)?, counterparts(recorded, written)?));
        let Some((written_from, recorded_from, also_recorded)) = pairs() else { return false };
        for (at, item) in recorded.iter().enumerate() {
            let before = recorded_from.get(at).copied().flatten();
            let after = also_recorded.iter().position(|counterpart| *counterpart == Some(at));
            self.open.push(Place {
                path: pointer::item(path, at).to_string(),
                base: before.and_then(|before| base.get(before)),
                written: after.and_then(|after| written.get(after)),
                recorded: Some(item),
            });
        }
        for (at, item) in written.iter().enumerate().filter(|(at, _)| also_recorded.get(*at).is_some_and(Option::is_none)) {
            let before = written_from.get(at).copied().flatten().and_then(|before| base.get(before));
            if before == Some(item) {
                // The recorded world has removed it, and the client left it alone.
                continue;
            }
            if before.is_some() {
                self.clashes.push(Clash { path: format!("{path}/-"), written: Some(item.clone()), recorded: None });
            }
            self.edits.push(Edit::Append(path.to_owned(), item.clone()));
        }
        true
    }
}

/// Applies edits whose paths are those of the unchanged object: removals from the last item to the first, then what is added.
fn apply(object: &mut Value, edits: Vec<Edit>) {
    let (mut removed, mut appended) = (Vec::new(), Vec::new());
    for edit in edits {
        match edit {
            Edit::Set(path, value) => set(object, &path, value),
            Edit::Remove(path) => removed.push(path),
            Edit::Append(path, value) => appended.push((path, value)),
        }
    }
    // Of two items of a list, the longer index is the later one.
    removed.sort_by(|one, other| (other.len(), other).cmp(&(one.len(), one)));
    // Lists that are appended to are found before the indexes around them change.
    for (path, value) in appended {
        if let Some(list) = object.pointer_mut(&path).and_then(Value::as_array_mut) {
            list.push(value);
        }
    }
    for path in removed {
        let Some((parent, _)) = path.rsplit_once('/') else { continue };
        let name = pointer::last(&path);
        match object.pointer_mut(parent) {
            Some(Value::Object(members)) => drop(members.shift_remove(&name)),
            Some(Value::Array(items)) => {
                if let Some(at) = name.parse::<usize>().ok().filter(|at| *at < items.len()) {
                    items.remove(at);
                }
            }
            _ => {}
        }
    }
}

/// Sets a member of an object, or replaces an item of a list.
fn set(object: &mut Value, path: &str, value: Value) {
    if let Some(place) = object.pointer_mut(path) {
        *place = value;
    } else if let Some((parent, _)) = path.rsplit_once('/')
        && let Some(Value::Object(members)) = object.pointer_mut(parent)
    {
        members.insert(pointer::last(path), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(merged: &Merged) -> Vec<&str> {
        merged.clashes.iter().map(|clash| clash.path.as_str()).collect()
    }

    #[test]
    fn what_one_side_changed_is_taken_and_what_both_changed_clashes() {
        let base =
            json!({"metadata": {"resourceVersion": "1", "labels": {"a": "1", "b": "1"}}, "spec": {"replicas": 3, "x": [1, 2]}});
        let written = json!({"metadata": {"resourceVersion": "5", "labels": {"a": "2"}}, "spec": {"replicas": 5, "x": [1]}});
        let recorded = json!({"metadata": {"resourceVersion": "9", "labels": {"a": "1", "b": "1", "c": "1"}},
            "spec": {"replicas": 4, "x": [1, 2], "y": true}});
        let merged = merge(Some(&base), Some(&written), Some(&recorded));
        let expected = json!({"metadata": {"resourceVersion": "9", "labels": {"a": "2", "c": "1"}},
            "spec": {"replicas": 5, "x": [1], "y": true}});
        assert_eq!(merged.object.as_ref(), Some(&expected));
        let clash = Clash { path: "/spec/replicas".to_owned(), written: Some(json!(5)), recorded: Some(json!(4)) };
        assert_eq!(merged.clashes, [clash]);
    }

    #[test]
    fn the_state_is_that_of_the_recorded_object() {
        let object = |version: &str, generation: u32, n: u32| json!({"metadata": {"uid": "u", "generation": generation, "resourceVersion": version, "name": "x"}, "n": n});
        let merged = merge(Some(&object("1", 1, 1)), Some(&object("5", 2, 2)), Some(&object("9", 1, 1)));
        assert_eq!(merged, Merged { object: Some(object("9", 1, 2)), clashes: Vec::new() });
        assert_eq!(merged.object.unwrap().to_string(), object("9", 1, 2).to_string(), "in the same order");
    }

    #[test]
    fn items_of_lists_are_merged_by_their_keys() {
        let item = |name: &str, image: u32| json!({"name": name, "image": image});
        let base = json!({"c": [item("a", 1), item("b", 1), item("d", 1), item("e", 1), item("f", 1)]});
        // The client changes a, removes b, adds x, changes f.
        let written = json!({"c": [item("a", 2), item("d", 1), item("e", 1), item("f", 2), item("x", 1)]});
        // The recording puts n in front, changes d, removes e and f.
        let recorded = json!({"c": [item("n", 1), item("a", 1), item("b", 1), item("d", 3)]});
        let merged = merge(Some(&base), Some(&written), Some(&recorded));
        let expected = json!({"c": [item("n", 1), item("a", 2), item("d", 3), item("f", 2), item("x", 1)]});
        assert_eq!((merged.object.as_ref(), paths(&merged)), (Some(&expected), vec!["/c/-"]));
    }

    #[test]
    fn items_that_both_added_are_compared() {
        let written = json!({"c": [{"name": "a", "v": 1, "w": 1}]});
        let recorded = json!({"c": [{"name": "a", "v": 2, "u": 1}]});
        let merged = merge(Some(&json!({"c": []})), Some(&written), Some(&recorded));
        let expected = json!({"c": [{"name": "a", "v": 1, "u": 1, "w": 1}]});
        assert_eq!((merged.object.as_ref(), paths(&merged)), (Some(&expected), vec!["/c/0/v"]));
    }

    #[test]
    fn objects_that_come_and_go() {
        let (one, other) = (json!({"a": 1, "metadata": {}}), json!({"a": 2, "metadata": {}}));
        let newer = json!({"a": 1, "metadata": {"resourceVersion": "9"}});
        let merged = |base: Option<&Value>, written: Option<&Value>, recorded: Option<&Value>| {
            let merged = merge(base, written, recorded);
            (merged.object.clone(), merged.clashes.len())
        };
        assert_eq!(merged(None, Some(&one), None), (Some(one.clone()), 0), "created by the client");
        assert_eq!(merged(None, Some(&one), Some(&other)), (Some(one.clone()), 1), "created twice");
        assert_eq!(merged(Some(&one), None, Some(&newer)), (None, 0), "deleted by the client");
        assert_eq!(merged(Some(&one), None, Some(&other)), (None, 1), "deleted and changed");
        assert_eq!(merged(Some(&one), None, None), (None, 0), "deleted twice");
        assert_eq!(merged(Some(&one), Some(&other), None), (None, 1), "changed and gone");
        assert_eq!(merged(None, None, Some(&one)), (Some(one.clone()), 0), "created and deleted by the client");
    }

    #[test]
    fn managers_are_merged_without_clashes() {
        let managed = |at: &str, fields: &Value| {
            json!({"metadata": {"managedFields": [{"manager": "m", "operation": "Update",
            "time": at, "fieldsV1": fields}]}})
        };
        let base = managed("1", &json!({}));
        let (written, recorded) = (managed("2", &json!({"f:a": {}})), managed("3", &json!({"f:b": {}})));
        let merged = merge(Some(&base), Some(&written), Some(&recorded));
        assert_eq!(merged, Merged { object: Some(managed("2", &json!({"f:b": {}, "f:a": {}}))), clashes: Vec::new() });
    }
}
