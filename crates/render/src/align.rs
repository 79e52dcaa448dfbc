//! Alignment of two lists: which old item corresponds to which new item.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde_json::Value;
use similar::DiffOp;

use super::edits::edits;

use kuberewind_model::json::keys::MERGE_KEYS;
use kuberewind_model::json::scalar;

/// The longest list that is aligned. Items of longer lists are compared by their index.
const MAX_ALIGNED: usize = 4_000;

/// Pairs of an old and a new index, in display order. A pair without an old index is an addition, one without a new index a
/// removal.
pub(super) type Alignment = Vec<(Option<usize>, Option<usize>)>;

/// Aligns by the first merge key that is unique in both lists. Returns `None` if there is no such key.
pub(super) fn by_key(old: &[Value], new: &[Value]) -> Option<Alignment> {
    let (old_keys, new_keys) = MERGE_KEYS.iter().find_map(|keys| Some((keyed(old, keys)?, keyed(new, keys)?)))?;
    let old_index: HashMap<&str, usize> = old_keys.iter().enumerate().map(|(at, key)| (key.as_str(), at)).collect();
    let kept: BTreeSet<&str> = new_keys.iter().map(String::as_str).collect();
    let mut alignment = Alignment::with_capacity(new_keys.len());
    let mut removed = old_keys.iter().enumerate().filter(|(_, key)| !kept.contains(key.as_str())).map(|(at, _)| at).peekable();
    for (at, key) in new_keys.iter().enumerate() {
        let before = old_index.get(key.as_str()).copied();
        while let Some(index) = removed.next_if(|index| before.is_some_and(|before| *index < before)) {
            alignment.push((Some(index), None));
        }
        alignment.push((before, Some(at)));
    }
    alignment.extend(removed.map(|index| (Some(index), None)));
    Some(alignment)
}

/// Returns the key of every item, or `None` if an item has no key or two items have the same.
fn keyed(items: &[Value], keys: &[&str]) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::with_capacity(items.len());
    for item in items {
        let fields = item.as_object()?;
        let mut name = fields.get(keys[0])?.to_string();
        for key in &keys[1..] {
            name.push('/');
            name.push_str(&fields.get(*key).map(Value::to_string).unwrap_or_default());
        }
        if !seen.insert(name.clone()) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

/// Aligns by the longest common subsequence. Items that replace each other are paired from the front.
pub(super) fn in_order(old: &[Value], new: &[Value]) -> Alignment {
    let longest = old.len().max(new.len());
    if longest > MAX_ALIGNED {
        return (0..longest).map(|at| ((at < old.len()).then_some(at), (at < new.len()).then_some(at))).collect();
    }
    let texts = |items: &[Value]| -> Vec<String> { items.iter().map(Value::to_string).collect() };
    let mut alignment = Alignment::with_capacity(longest);
    for op in edits(&texts(old), &texts(new)) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                alignment.extend((0..len).map(|at| (Some(old_index + at), Some(new_index + at))));
            }
            DiffOp::Delete { old_index, old_len, .. } => alignment.extend((0..old_len).map(|at| (Some(old_index + at), None))),
            DiffOp::Insert { new_index, new_len, .. } => alignment.extend((0..new_len).map(|at| (None, Some(new_index + at)))),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => alignment.extend(
                (0..old_len.max(new_len))
                    .map(|at| ((at < old_len).then_some(old_index + at), (at < new_len).then_some(new_index + at))),
            ),
        }
    }
    alignment
}

/// Pairs equal items regardless of their order, in the order of the new list. The remaining old items are paired with the
/// remaining new items, in order.
pub(super) fn in_any_order(old: &[Value], new: &[Value]) -> Alignment {
    let mut unpaired: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (at, item) in old.iter().enumerate() {
        unpaired.entry(item.to_string()).or_default().push_back(at);
    }
    let equal: Vec<Option<usize>> =
        new.iter().map(|item| unpaired.get_mut(&item.to_string()).and_then(VecDeque::pop_front)).collect();
    let remaining: BTreeSet<usize> = unpaired.into_values().flatten().collect();
    let mut remaining = remaining.into_iter();
    let mut alignment: Alignment =
        equal.into_iter().enumerate().map(|(at, before)| (before.or_else(|| remaining.next()), Some(at))).collect();
    alignment.extend(remaining.map(|index| (Some(index), None)));
    alignment
}

/// Returns the value of the first merge key that an item has.
pub(super) fn item_name(item: &Value) -> Option<String> {
    let fields = item.as_object()?;
    MERGE_KEYS.iter().find_map(|keys| fields.get(keys[0])).map(scalar::inline)
}

/// Returns true for a field that is the first part of a merge key, such as `name`.
pub(super) fn is_merge_key(key: &str) -> bool {
    MERGE_KEYS.iter().any(|keys| keys[0] == key)
}
