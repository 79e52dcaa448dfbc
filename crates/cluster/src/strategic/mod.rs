//! Strategic merge patch: a merge patch that merges certain lists by key.
//!
//! Directives: `$patch: replace | delete | merge`, `$retainKeys`, `$deleteFromPrimitiveList/NAME`,
//! `$setElementOrder/NAME` (k8s.io/apimachinery `pkg/util/strategicpatch`).

mod order;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use self::order::Order;
use super::resource_type::ResourceType;
use super::typing::Type;
use kuberewind_model::k8s::status::Status;

/// A map with its patch.
struct Job<'a> {
    target: &'a mut Value,
    patch: Map<String, Value>,
    typ: Type<'a>,
}

/// Merges a patch into an object.
pub(super) fn merge(resource: &ResourceType, object: &mut Value, patch: &Value) -> Result<(), Status> {
    let Value::Object(patch) = patch else { return Err(Status::bad_request("a strategic merge patch has to be an object")) };
    let mut jobs = vec![Job { target: object, patch: patch.clone(), typ: Type::root(resource) }];
    while let Some(Job { target, mut patch, typ }) = jobs.pop() {
        match patch.shift_remove("$patch").as_ref().and_then(Value::as_str) {
            Some("replace") => {
                *target = Value::Object(patch);
                continue;
            }
            Some("delete") => {
                *target = Value::Object(Map::new());
                continue;
            }
            None | Some("merge") => {}
            Some(other) => return Err(Status::bad_request(format!("Unknown patch type found: {other}"))),
        }
        if !target.is_object() {
            *target = Value::Object(Map::new());
        }
        let Value::Object(map) = target else { continue };
        let below = merge_members(map, patch, typ)?;
        for (name, value) in map.iter_mut() {
            match below.get(name) {
                Some(Value::Object(patch)) => jobs.push(Job { target: value, patch: patch.clone(), typ: typ.member(name) }),
                Some(Value::Array(items)) => into_items(value, items, typ.member(name), &mut jobs),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Applies the patch at this level and returns the members that have to be merged below.
fn merge_members(map: &mut Map<String, Value>, patch: Map<String, Value>, typ: Type<'_>) -> Result<Map<String, Value>, Status> {
    let (mut below, mut directives) = (Map::new(), Map::new());
    let ordered = patch.keys().filter_map(|name| name.strip_prefix("$setElementOrder/"));
    let order = |name: &str| {
        let list = map.get(name).and_then(Value::as_array);
        (name.to_owned(), Order::of(list.map(Vec::as_slice).unwrap_or_default(), typ.member(name).patch_key()))
    };
    let before: BTreeMap<String, Order> = ordered.map(order).collect();
    for (name, value) in patch {
        if name.starts_with('$') {
            directives.insert(name, value);
            continue;
        }
        match value {
            Value::Null => {
                map.shift_remove(&name);
            }
            Value::Object(patch) => {
                if patch.get("$patch").and_then(Value::as_str) == Some("delete") {
                    map.shift_remove(&name);
                } else {
                    map.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
                    below.insert(name, Value::Object(patch));
                }
            }
            Value::Array(items) => {
                let list = map.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                if let Some(items) = merge_list(list, items, typ.member(&name))? {
                    below.insert(name, Value::Array(items));
                }
            }
            scalar => {
                map.insert(name, scalar);
            }
        }
    }
    obey(map, &directives, &before, typ);
    Ok(below)
}

/// Adds and removes items of a list. For a list of maps, returns the items that have to be merged.
fn merge_list(list: &mut Value, items: Vec<Value>, typ: Type<'_>) -> Result<Option<Vec<Value>>, Status> {
    let directive = |item: &Value| item.get("$patch").and_then(Value::as_str).map(str::to_owned);
    let key = typ.patch_key();
    let replaces = items.iter().any(|item| directive(item).as_deref() == Some("replace"));
    let Value::Array(present) = list else {
        *list = Value::Array(items);
        return Ok(None);
    };
    let before = Order::of(present, key);
    if typ.is_set() {
        let order = Order::of(&items, None);
        let mut added = BTreeSet::new();
        present.extend(items.into_iter().filter(|item| before.place(item).is_none() && added.insert(item.to_string())));
        order::arrange(present, &order, &before);
        return Ok(None);
    }
    let Some(key) = key.filter(|_| !replaces) else {
        *present = items.into_iter().filter(|item| directive(item).is_none()).collect();
        return Ok(None);
    };
    if let Some(item) = items.iter().find(|item| item.get(key).is_none()) {
        return Err(Status::bad_request(format!("map: {item} does not contain declared merge key: {key}")));
    }
    let (deleted, merged): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| directive(item).as_deref() == Some("delete"));
    let (deleted, order) = (Order::of(&deleted, Some(key)), Order::of(&merged, Some(key)));
    present.retain(|item| deleted.place(item).is_none());
    let kept = Order::of(present, Some(key));
    let mut added = BTreeSet::new();
    for item in merged.iter().filter(|item| kept.place(item).is_none()) {
        let value = item.get(key).cloned().unwrap_or_default();
        if added.insert(value.to_string()) {
            present.push(Value::Object(Map::from_iter([(key.to_owned(), value)])));
        }
    }
    order::arrange(present, &order, &before);
    Ok(Some(merged))
}

/// Queues each item of a patch for the list item with the same key.
fn into_items<'a>(list: &'a mut Value, patches: &[Value], typ: Type<'a>, jobs: &mut Vec<Job<'a>>) {
    let (Some(key), Value::Array(list)) = (typ.patch_key(), list) else { return };
    for item in list {
        let patch = patches.iter().find(|patch| patch.get(key) == item.get(key)).and_then(Value::as_object);
        if let Some(patch) = patch {
            jobs.push(Job { target: item, patch: patch.clone(), typ: typ.item() });
        }
    }
}

/// Directives beside the members that they apply to. `before` are the orders of lists before the merge.
fn obey(map: &mut Map<String, Value>, directives: &Map<String, Value>, before: &BTreeMap<String, Order>, typ: Type<'_>) {
    for (name, value) in directives {
        let Value::Array(items) = value else { continue };
        if name == "$retainKeys" {
            map.retain(|name, _| items.iter().any(|item| item.as_str() == Some(name)));
        } else if let Some(name) = name.strip_prefix("$deleteFromPrimitiveList/") {
            if let Some(Value::Array(list)) = map.get_mut(name) {
                list.retain(|item| !items.contains(item));
            }
        } else if let Some(name) = name.strip_prefix("$setElementOrder/")
            && let (Some(Value::Array(list)), Some(before)) = (map.get_mut(name), before.get(name))
        {
            order::arrange(list, &Order::of(items, typ.member(name).patch_key()), before);
        }
    }
}
