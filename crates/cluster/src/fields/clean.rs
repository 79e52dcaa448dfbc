//! A quick look at an object before it is inspected in detail.

use kuberewind_kinds::{Message, Place, Shape};
use serde_json::Value;

use super::scalar;

/// True if a value has no unknown fields and no value of a wrong type. It keeps no paths, so it costs a fraction of an inspection; almost
/// all objects pass. What is `known` was inspected before.
pub(super) fn is_clean(place: Place, value: &Value, known: Option<&Value>) -> bool {
    let mut stack = vec![(place, value)];
    while let Some((place, value)) = stack.pop() {
        if value.is_null() || known.is_some_and(|known| std::ptr::eq(known, value)) {
            continue;
        }
        let clean = match (place.shape(), value) {
            (Shape::List, Value::Array(list)) => {
                stack.extend(place.item().into_iter().flat_map(|item| list.iter().map(move |value| (item, value))));
                true
            }
            (Shape::Map, Value::Object(map)) => {
                stack.extend(map.iter().filter_map(|(name, value)| Some((place.member(name)?, value))));
                true
            }
            (Shape::List | Shape::Map, _) => false,
            (Shape::Single, value) => match (place.message(), value) {
                (Some(message), Value::Object(map)) => map.iter().all(|(name, value)| {
                    let member = place.member(name);
                    stack.extend(member.map(|member| (member, value)));
                    member.is_some() || is_type(message, name)
                }),
                _ => place.field().is_some_and(|field| matches!(scalar::check(field.ty(), value), scalar::Verdict::Fits)),
            },
        };
        if !clean {
            return false;
        }
    }
    true
}

/// True for `apiVersion` and `kind`, which are no fields.
pub(super) fn is_type(message: &Message, name: &str) -> bool {
    message.is_typed() && matches!(name, "apiVersion" | "kind")
}
