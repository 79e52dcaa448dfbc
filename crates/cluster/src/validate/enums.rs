//! Values of enums, from the table of kinds.

use kuberewind_kinds::{Message, Place, Shape};
use serde_json::Value;

use super::causes::Causes;

/// Reports values outside of their enums. The status belongs to controllers and is not checked.
pub(super) fn check(message: &'static Message, object: &Value, causes: &mut Causes) {
    let mut stack = vec![(object, Place::Object(message), String::new())];
    while let Some((value, place, path)) = stack.pop() {
        match value {
            Value::Object(map) => {
                let below =
                    map.iter().rev().filter(|(name, _)| !(path.is_empty() && matches!(name.as_str(), "status" | "metadata")));
                for (name, value) in below {
                    let Some(place) = place.member(name) else { continue };
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    stack.push((value, place, path));
                }
            }
            Value::Array(list) => {
                let Some(item) = place.item() else { continue };
                stack.extend(list.iter().enumerate().rev().map(|(at, value)| (value, item, format!("{path}[{at}]"))));
            }
            Value::String(text) => {
                let Some(field) = place.field().filter(|_| place.shape() == Shape::Single) else { continue };
                let mut values: Vec<&str> = field.values().iter().map(String::as_str).collect();
                values.sort_unstable();
                let reported = causes.has(&path);
                if !text.is_empty() && !values.is_empty() && !values.contains(&text.as_str()) && !reported {
                    causes.unsupported(&path, value, &values);
                }
            }
            _ => {}
        }
    }
}
