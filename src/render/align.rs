//! Which items of two lists belong together.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use kuberewind_model::json::keys::MERGE_KEYS;
use kuberewind_model::json::scalar;

/// The longest lists that are aligned; longer ones are compared item by item.
const MAX_ALIGNED: usize = 4_000;
/// Pairs of indices into the old and the new list that belong together, in the order in which they are shown.
pub(super) type Alignment = Vec<(Option<usize>, Option<usize>)>;

/// By the first merge key that names every item of both lists once.
pub(super) fn by_key(old: &[Value], new: &[Value]) -> Option<Alignment> {
    let (was, is, _) = MERGE_KEYS.iter().find_map(|keys| Some((keyed(old, keys)?, keyed(new, keys)?, keys)))?;
    let places: HashMap<&str, usize> = was.iter().enumerate().map(|(at, key)| (key.as_str(), at)).collect();
    let still: BTreeSet<&str> = is.iter().map(String::as_str).collect();
    let mut alignment = Alignment::with_capacity(is.len());
    let mut gone = was.iter().enumerate().filter(|(_, key)| !still.contains(key.as_str())).map(|(at, _)| at).peekable();
    for (at, key) in is.iter().enumerate() {
        let before = places.get(key.as_str()).copied();
        while let Some(lost) = gone.next_if(|lost| before.is_some_and(|before| *lost < before)) {
            alignment.push((Some(lost), None));
        }
        alignment.push((before, Some(at)));
    }
    alignment.extend(gone.map(|lost| (Some(lost), None)));
    Some(alignment)
}

/// The key of every item, if each has one and no two are the same.
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

/// By the longest common run; what was replaced is paired from the front.
pub(super) fn in_order(old: &[Value], new: &[Value]) -> Alignment {
    let longest = old.len().max(new.len());
    if longest > MAX_ALIGNED {
        return (0..longest).map(|at| ((at < old.len()).then_some(at), (at < new.len()).then_some(at))).collect();
    }
    // Numbers stand for the items: comparing trees again and again would cost their size each time.
    let mut number = HashMap::new();
    let mut numbers = |items: &'_ [Value]| -> Vec<usize> {
        let texts = items.iter().map(Value::to_string);
        texts
            .map(|text| {
                let next = number.len();
                *number.entry(text).or_insert(next)
            })
            .collect()
    };
    let (was, is) = (numbers(old), numbers(new));
    let mut alignment = Alignment::with_capacity(longest);
    for op in capture_diff_slices(Algorithm::Myers, &was, &is) {
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

/// Equal items wherever they stand, in the order of the new list; what is left of the old one replaces what is new, in its
/// order.
pub(super) fn in_any_order(old: &[Value], new: &[Value]) -> Alignment {
    let mut places: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (at, item) in old.iter().enumerate() {
        places.entry(item.to_string()).or_default().push_back(at);
    }
    let found: Vec<Option<usize>> =
        new.iter().map(|item| places.get_mut(&item.to_string()).and_then(VecDeque::pop_front)).collect();
    let left: BTreeSet<usize> = places.into_values().flatten().collect();
    let mut left = left.into_iter();
    let mut alignment: Alignment =
        found.into_iter().enumerate().map(|(at, before)| (before.or_else(|| left.next()), Some(at))).collect();
    alignment.extend(left.map(|lost| (Some(lost), None)));
    alignment
}

/// What names an item: the value of the first merge key that it has.
pub(super) fn item_name(item: &Value) -> Option<String> {
    let fields = item.as_object()?;
    MERGE_KEYS.iter().find_map(|keys| fields.get(keys[0])).map(scalar::inline)
}

/// Whether a field of an item is one by which its list may be keyed.
pub(super) fn names_items(key: &str) -> bool {
    MERGE_KEYS.iter().any(|keys| keys[0] == key)
}
