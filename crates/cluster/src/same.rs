//! Equality of JSON values.

use serde_json::Value;

/// True if two values are equal. Two states of an object usually have their members in the same order, so this compares them in order and
/// looks a member up only where the order differs.
pub(crate) fn same(one: &Value, two: &Value) -> bool {
    let mut stack = vec![(one, two)];
    while let Some(pair) = stack.pop() {
        match pair {
            (Value::Object(one), Value::Object(two)) => {
                if one.len() != two.len() {
                    return false;
                }
                let mut in_step = two.iter();
                for (name, value) in one {
                    let other = match in_step.next() {
                        Some((other, found)) if other == name => found,
                        _ => match two.get(name) {
                            Some(found) => found,
                            None => return false,
                        },
                    };
                    match (value, other) {
                        (Value::Object(_) | Value::Array(_), _) => stack.push((value, other)),
                        _ if value != other => return false,
                        _ => {}
                    }
                }
            }
            (Value::Array(one), Value::Array(two)) => {
                if one.len() != two.len() {
                    return false;
                }
                stack.extend(one.iter().zip(two));
            }
            (one, two) => {
                if one != two {
                    return false;
                }
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter() {
        let one = json!({"a": {"x": [1, {"y": null}], "z": "t"}, "b": true});
        let two = json!({"b": true, "a": {"z": "t", "x": [1, {"y": null}]}});
        assert!(same(&one, &two) && same(&two, &one));
        for other in [
            json!({"a": {"x": [1, {"y": 0}], "z": "t"}, "b": true}),
            json!({"a": {"x": [1], "z": "t"}, "b": true}),
            json!({"a": [], "b": true}),
            json!({"a": {"x": [1, {"y": null}], "z": "t"}, "c": true}),
            json!({"a": {"x": [1, {"y": null}], "z": "t"}}),
        ] {
            assert!(!same(&one, &other) && !same(&other, &one), "{other}");
        }
    }
}
