//! Compares an object with the type of its kind.

use kuberewind_kinds::{Message, Place, Shape, Type};
use serde_json::Value;

use super::clean::{is_clean, is_type};
use super::scalar;
use crate::meta;

/// The most unknown fields that are reported.
const UNKNOWN: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Paths of unknown fields.
    pub(super) unknown: Vec<String>,
    /// The findings of strict decoding in words, in the order of the document.
    pub(super) strict: Vec<String>,
    /// The first value of a wrong type, as Go's decoder reports it.
    pub(super) mismatch: Option<String>,
    /// The same as server-side apply reports it.
    pub(super) typed: Option<String>,
}

/// Work that is left, in the order of the document.
enum Todo<'a> {
    Value(Frame<'a>),
    /// An unknown field that was found on the way to this place.
    Unknown(String),
}

/// A value with its type.
struct Frame<'a> {
    value: &'a mut Value,
    place: Place,
    /// The path in the object: `spec.containers[0].image`.
    path: String,
    /// The path as Go's decoder has it, without indices: `spec.containers.image`.
    fields: String,
    /// The Go struct that has the field.
    owner: &'static str,
}

impl Findings {
    fn report(&mut self, path: String) {
        if self.unknown.len() < UNKNOWN {
            self.strict.push(format!("unknown field \"{path}\""));
            self.unknown.push(path);
        }
    }
}

/// Inspects a value at `path`. With `drop`, unknown fields are removed. What is below the path of members `known` was inspected before.
pub(super) fn inspect(place: Place, value: &mut Value, path: &str, drop: bool, known: Option<&str>) -> Findings {
    let mut findings = Findings::default();
    if is_clean(place, value, known.and_then(|known| meta::at(value, known))) {
        return findings;
    }
    let mut stack = vec![Todo::Value(Frame { value, place, path: path.to_owned(), fields: path.to_owned(), owner: "" })];
    while let Some(todo) = stack.pop() {
        let frame = match todo {
            Todo::Value(frame) => frame,
            Todo::Unknown(path) => {
                findings.report(path);
                continue;
            }
        };
        if frame.value.is_null() {
            continue;
        }
        match frame.place.shape() {
            Shape::List => items(frame, &mut stack, &mut findings),
            Shape::Map => entries(frame, &mut stack, &mut findings),
            Shape::Single => match frame.place.message() {
                Some(message) if frame.value.is_object() => members(frame, message, drop, &mut stack),
                _ => single(&frame, &mut findings),
            },
        }
        if findings.mismatch.is_some() {
            break;
        }
    }
    findings
}

fn items<'a>(frame: Frame<'a>, stack: &mut Vec<Todo<'a>>, findings: &mut Findings) {
    let Frame { value, place, path, fields, owner } = frame;
    let Value::Array(list) = value else {
        findings.typed = Some(expectation(value, place, &path));
        findings.mismatch = mismatch(value, place, &fields, owner);
        return;
    };
    let Some(item) = place.item() else { return };
    for (at, value) in list.iter_mut().enumerate().rev() {
        stack.push(Todo::Value(Frame { value, place: item, path: format!("{path}[{at}]"), fields: fields.clone(), owner }));
    }
}

fn entries<'a>(frame: Frame<'a>, stack: &mut Vec<Todo<'a>>, findings: &mut Findings) {
    let Frame { value, place, path, fields, owner } = frame;
    let Value::Object(map) = value else {
        findings.typed = Some(expectation(value, place, &path));
        findings.mismatch = mismatch(value, place, &fields, owner);
        return;
    };
    for (name, value) in map.iter_mut().rev() {
        let Some(place) = place.member(name) else { continue };
        stack.push(Todo::Value(Frame { value, place, path: join(&path, name), fields: fields.clone(), owner }));
    }
}

fn members<'a>(frame: Frame<'a>, message: &'static Message, drop: bool, stack: &mut Vec<Todo<'a>>) {
    let Frame { value, place, path, fields, .. } = frame;
    let Value::Object(map) = value else { return };
    let names: Vec<String> = map.keys().filter(|name| !is_type(message, name)).cloned().collect();
    if drop {
        map.retain(|name, _| is_type(message, name) || place.member(name).is_some());
    }
    let mut values = map.iter_mut().rev();
    for name in names.into_iter().rev() {
        let path = join(&path, &name);
        let Some(member) = place.member(&name) else {
            stack.push(Todo::Unknown(path));
            continue;
        };
        let Some((_, value)) = values.by_ref().find(|(other, _)| **other == name) else { continue };
        stack.push(Todo::Value(Frame { value, place: member, path, fields: join(&fields, &name), owner: short_name(message) }));
    }
}

/// Checks a value that is not a list, a map or an object of a known type.
fn single(frame: &Frame<'_>, findings: &mut Findings) {
    let verdict = frame.place.field().map_or(scalar::Verdict::OtherType, |field| scalar::check(field.ty(), frame.value));
    findings.mismatch = match verdict {
        scalar::Verdict::Fits => return,
        scalar::Verdict::Malformed(error) => Some(error),
        scalar::Verdict::OtherType => mismatch(frame.value, frame.place, &frame.fields, frame.owner),
    };
    findings.typed = Some(expectation(frame.value, frame.place, &frame.path));
}

/// The error of server-side apply for a value that does not have its type.
fn expectation(value: &Value, place: Place, path: &str) -> String {
    let found = match value {
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
        Value::Null => "<nil>",
    };
    let wanted = match (place.shape(), place.field().map(kuberewind_kinds::Field::ty)) {
        (Shape::List, _) => "list",
        (Shape::Map, _) | (Shape::Single, None | Some(Type::Message(_))) => "map",
        (Shape::Single, Some(Type::Int32 | Type::Int64 | Type::Double)) => "numeric (int or float)",
        (Shape::Single, Some(Type::Bool)) => "boolean",
        (Shape::Single, Some(_)) => "string",
    };
    format!(".{path}: expected {wanted}, got {found}")
}

fn mismatch(value: &Value, place: Place, fields: &str, owner: &str) -> Option<String> {
    let found = match value {
        Value::Null => return None,
        Value::Bool(_) => "bool".to_owned(),
        // Go names a number that its integers cannot hold.
        Value::Number(number) if go_type(place).starts_with("int") => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    };
    Some(format!("json: cannot unmarshal {found} into Go struct field {owner}.{fields} of type {}", go_type(place)))
}

/// The Go type of a place: `[]v1.Container`.
fn go_type(place: Place) -> String {
    let item = match place {
        Place::Object(message) => qualified(message),
        Place::Field(field) | Place::Item(field) => match field.ty() {
            Type::Message(id) => qualified(id.message()),
            ty => scalar::go_name(ty).to_owned(),
        },
    };
    match place.shape() {
        Shape::List => format!("[]{item}"),
        Shape::Map => format!("map[string]{item}"),
        Shape::Single => item,
    }
}

/// `v1.PodSpec`.
fn qualified(message: &Message) -> String {
    let mut parts = message.name().rsplit('.');
    let (name, package) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{package}.{name}")
}

/// `PodSpec`.
fn short_name(message: &'static Message) -> &'static str {
    message.name().rsplit('.').next().unwrap_or_default()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
