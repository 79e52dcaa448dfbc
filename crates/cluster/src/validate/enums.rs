//! Values of enums, from the table of kinds.

use std::fmt;

use kuberewind_kinds::{Message, Place, Shape};
use serde_json::Value;

use super::causes::Causes;

/// An element of a path.
#[derive(Debug, Clone, Copy)]
enum Element<'a> {
    Member(&'a str),
    Item(usize),
}

/// The path of the current value. It becomes text only if a message needs it.
#[derive(Debug, Default)]
struct Path<'a>(Vec<Element<'a>>);

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, element) in self.0.iter().enumerate() {
            match element {
                Element::Member(name) => write!(formatter, "{}{name}", if depth == 0 { "" } else { "." })?,
                Element::Item(at) => write!(formatter, "[{at}]")?,
            }
        }
        Ok(())
    }
}

/// A value to examine.
struct Todo<'a> {
    value: &'a Value,
    place: Place,
    /// The length of its path.
    depth: usize,
    element: Element<'a>,
}

/// Reports values outside of their enums. The status belongs to controllers and is not checked, and neither is `known`, a part of the
/// object that was checked before.
pub(super) fn check(message: &'static Message, object: &Value, known: Option<&Value>, causes: &mut Causes) {
    let root = Place::Object(message);
    let (mut stack, mut path) = (Vec::new(), Path::default());
    push(&mut stack, object, root, 0);
    stack.retain(|todo| !matches!(todo.element, Element::Member("status" | "metadata")));
    while let Some(Todo { value, place, depth, element }) = stack.pop() {
        path.0.truncate(depth.saturating_sub(1));
        path.0.push(element);
        match value {
            Value::String(text) => one(text, value, place, &path, causes),
            _ if known.is_some_and(|known| std::ptr::eq(known, value)) => {}
            _ => push(&mut stack, value, place, depth),
        }
    }
}

/// Queues what is below a value; the first one is taken first.
fn push<'a>(stack: &mut Vec<Todo<'a>>, value: &'a Value, place: Place, depth: usize) {
    let start = stack.len();
    let depth = depth.saturating_add(1);
    match value {
        Value::Object(map) => stack.extend(map.iter().filter_map(|(name, value)| {
            let is_checked = matches!(value, Value::Object(_) | Value::Array(_) | Value::String(_));
            let place = if is_checked { place.member(name)? } else { return None };
            Some(Todo { value, place, depth, element: Element::Member(name) })
        })),
        Value::Array(list) => {
            let Some(item) = place.item() else { return };
            let items = list.iter().enumerate();
            stack.extend(items.map(|(at, value)| Todo { value, place: item, depth, element: Element::Item(at) }));
        }
        _ => {}
    }
    if let Some(pushed) = stack.get_mut(start..) {
        pushed.reverse();
    }
}

fn one(text: &str, value: &Value, place: Place, path: &Path<'_>, causes: &mut Causes) {
    let Some(field) = place.field().filter(|_| place.shape() == Shape::Single) else { return };
    let values = field.values();
    if text.is_empty() || values.is_empty() || values.iter().any(|one| one == text) || causes.has(&path.to_string()) {
        return;
    }
    let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.sort_unstable();
    causes.unsupported(path, value, &values);
}
