//! The order of the items of a merged list.

use std::collections::HashMap;

use serde_json::Value;

/// The places of the items of a list, by their merge key, or by their value if there is none.
#[derive(Debug, Default)]
pub(super) struct Order {
    key: Option<String>,
    places: HashMap<String, usize>,
}

impl Order {
    pub(super) fn of(list: &[Value], key: Option<&str>) -> Order {
        let mut order = Order { key: key.map(str::to_owned), places: HashMap::with_capacity(list.len()) };
        for (at, item) in list.iter().enumerate() {
            let name = order.name(item);
            order.places.entry(name).or_insert(at);
        }
        order
    }

    fn name(&self, item: &Value) -> String {
        let named = self.key.as_ref().map_or(Some(item), |key| item.get(key));
        named.map_or_else(String::new, Value::to_string)
    }

    /// The place of an item, if the list has it.
    pub(super) fn place(&self, item: &Value) -> Option<usize> {
        self.places.get(&self.name(item)).copied()
    }
}

/// Puts the items of a merged list in order: those that the patch names in the order of the patch, the others in the order that they had
/// before. Of one of each, the other goes first only if the list had both and it was first (`mergeSortedSlice` of strategicpatch).
pub(super) fn arrange(list: &mut Vec<Value>, patch: &Order, before: &Order) {
    let (mut named, mut others): (Vec<Value>, Vec<Value>) =
        std::mem::take(list).into_iter().partition(|item| patch.place(item).is_some());
    named.sort_by_cached_key(|item| patch.place(item));
    others.sort_by_cached_key(|item| before.place(item));
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    loop {
        let goes_first = match (others.peek(), named.peek()) {
            (Some(other), Some(named)) => {
                before.place(other).zip(before.place(named)).is_some_and(|(other, named)| other < named)
            }
            (other, _) => other.is_some(),
        };
        let next = if goes_first { others.next() } else { named.next() };
        let Some(next) = next else { return };
        list.push(next);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_items_go_before_those_that_the_patch_does_not_name() {
        let order = |list: Value| Order::of(list.as_array().unwrap(), None);
        let arranged = |list: Value, patch: Value, before: Value| {
            let mut list = list.as_array().unwrap().clone();
            arrange(&mut list, &order(patch), &order(before));
            Value::Array(list)
        };
        assert_eq!(arranged(json!(["a", "b"]), json!(["b"]), json!(["a"])), json!(["b", "a"]));
        assert_eq!(arranged(json!(["a", "b", "c"]), json!(["c", "a"]), json!(["a", "b", "c"])), json!(["b", "c", "a"]));
        assert_eq!(arranged(json!(["a", "b", "c", "d"]), json!(["d", "c"]), json!(["a", "b", "c"])), json!(["d", "a", "b", "c"]));
        assert_eq!(arranged(json!(["a", "b"]), json!([]), json!(["b", "a"])), json!(["b", "a"]));
    }
}
