//! Structural schemas of custom kinds: prunes unknown fields, fills in defaults and validates values.
//!
//! It validates `type`, `required`, `enum`, `minimum`, `maximum`, `minLength`, `maxLength`, `pattern`, `minItems`, `maxItems` and the
//! formats of times and addresses; not the logical combinations and CEL rules.

use serde_json::{Map, Value};

use super::call::{Call, FieldValidation};
use super::options::Fidelity;
use kuberewind_model::k8s::status::{Cause, Status};

/// The most invalid fields that a refusal lists.
const CAUSES: usize = 64;

/// A value with its schema.
struct Place<'a> {
    value: &'a mut Value,
    schema: &'a Value,
    path: String,
    /// True if apiVersion, kind and metadata are allowed here.
    resource: bool,
}

/// Prunes, defaults and validates an object of a custom kind. Objects of built-in kinds pass unchanged.
pub(super) fn admit(call: &Call, object: &mut Value) -> Result<(), Status> {
    let Some(custom) = call.resource.custom.clone() else { return Ok(()) };
    let Some(schema) = &custom.schema else { return Ok(()) };
    let (mut unknown, mut causes) = (Vec::new(), Vec::new());
    let mut stack = vec![Place { value: object, schema, path: String::new(), resource: true }];
    while let Some(place) = stack.pop() {
        check(&place, &mut causes);
        let Place { value, schema, path, resource } = place;
        match value {
            Value::Object(map) => {
                if !custom.preserve_unknown {
                    prune(map, schema, &path, resource, &mut unknown);
                }
                fill(map, schema);
                require(map, schema, &path, &mut causes);
                for (name, value) in map.iter_mut() {
                    if resource && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
                        continue;
                    }
                    let Some(schema) = member(schema, name) else { continue };
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    stack.push(Place { value, schema, path, resource: schema["x-kubernetes-embedded-resource"] == true });
                }
            }
            Value::Array(list) => {
                let Some(schema) = schema.get("items") else { continue };
                for (at, value) in list.iter_mut().enumerate() {
                    stack.push(Place { value, schema, path: format!("{path}[{at}]"), resource: false });
                }
            }
            _ => {}
        }
    }
    unknown.sort();
    let unknown = unknown.iter().map(|path| format!("unknown field \"{path}\""));
    match call.validation {
        FieldValidation::Strict if unknown.len() > 0 => {
            let list: Vec<_> = unknown.collect();
            let (kind, version) = (&call.shown.kind, &call.shown.version);
            let why = format!("strict decoding error: {}", list.join(", "));
            return Err(Status::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {why}")));
        }
        FieldValidation::Warn => unknown.for_each(|warning| call.warnings.add(warning)),
        FieldValidation::Strict | FieldValidation::Ignore => {}
    }
    let scale = scale_causes(call, object);
    if causes.is_empty() && scale.is_empty() {
        return Ok(());
    }
    causes.sort_by(|one, other| one.field.cmp(&other.field));
    causes.extend(scale);
    causes.truncate(CAUSES);
    Err(Status::invalid(call.resource.kind_subject(&call.name.name), &causes))
}

/// The invalid replicas of an object that has a scale. A real server reads the paths of the scale apart from the schema.
fn scale_causes(call: &Call, object: &Value) -> Vec<Cause> {
    let Some(scale) = call.resource.scale.as_ref().filter(|_| call.fidelity == Fidelity::Real) else { return Vec::new() };
    let mut causes = Vec::new();
    for path in [&scale.replicas, &scale.status_replicas] {
        let mut names = path.split('.').filter(|name| !name.is_empty()).peekable();
        let (mut value, mut why) = (object, None);
        while let Some(name) = names.next() {
            value = match value.get(name) {
                Some(found) => found,
                None => break,
            };
            let wanted = if names.peek().is_some() { "map[string]interface{}" } else { "int64" };
            let fits = if names.peek().is_some() { value.is_object() } else { value.is_i64() };
            if !fits && !value.is_null() {
                let (shown, found) = in_go(value);
                why = Some((0, format!("{path} accessor error: {shown} is of the type {found}, expected {wanted}")));
                break;
            }
        }
        let number = value.as_i64().unwrap_or(0);
        let why = why.or_else(|| match number {
            ..0 => Some((number, "should be a non-negative integer".to_owned())),
            _ if number > i64::from(i32::MAX) => Some((number, format!("should be less than or equal to {}", i32::MAX))),
            _ => None,
        });
        if let Some((number, why)) = why {
            let message = format!("Invalid value: {number}: {why}");
            causes.push(Cause { reason: "FieldValueInvalid", message, field: path.clone() });
        }
    }
    causes
}

/// A value and its type as Go prints them.
fn in_go(value: &Value) -> (String, &'static str) {
    match value {
        Value::String(text) => (text.clone(), "string"),
        Value::Bool(_) => (value.to_string(), "bool"),
        Value::Number(_) => (value.to_string(), "float64"),
        Value::Array(_) => (value.to_string(), "[]interface {}"),
        Value::Object(_) => (value.to_string(), "map[string]interface {}"),
        Value::Null => ("<nil>".to_owned(), "<nil>"),
    }
}

/// The schema of a member.
fn member<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema["properties"].get(name).or_else(|| schema.get("additionalProperties").filter(|schema| schema.is_object()))
}

/// Drops members that are not in the schema.
fn prune(map: &mut Map<String, Value>, schema: &Value, path: &str, resource: bool, unknown: &mut Vec<String>) {
    if schema["x-kubernetes-preserve-unknown-fields"] == true || schema["additionalProperties"] == true {
        return;
    }
    map.retain(|name, _| {
        let known = resource && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") || member(schema, name).is_some();
        if !known {
            unknown.push(if path.is_empty() { name.clone() } else { format!("{path}.{name}") });
        }
        known
    });
}

/// Drops nulls that are not nullable and fills in defaults.
fn fill(map: &mut Map<String, Value>, schema: &Value) {
    map.retain(|name, value| !value.is_null() || member(schema, name).is_none_or(|schema| schema["nullable"] == true));
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(default) = schema.get("default").filter(|_| !map.contains_key(name)) {
            map.insert(name.clone(), default.clone());
        }
    }
}

fn require(map: &Map<String, Value>, schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(name) {
            let field = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            causes.push(Cause { reason: "FieldValueRequired", message: "Required value".to_owned(), field });
        }
    }
}

fn check(place: &Place<'_>, causes: &mut Vec<Cause>) {
    let (value, schema, path) = (&*place.value, place.schema, &place.path);
    if value.is_null() || path.is_empty() {
        return;
    }
    let mut wrong = |reason, message: String| causes.push(Cause { reason, message, field: path.clone() });
    if !fits_type(value, schema) {
        let either = schema["x-kubernetes-int-or-string"] == true;
        let wanted = if either { "integer,string" } else { schema["type"].as_str().unwrap_or_default() };
        let found = type_of(value);
        wrong(
            "FieldValueTypeInvalid",
            format!("Invalid value: \"{found}\": {path} in body must be of type {wanted}: \"{found}\""),
        );
        return;
    }
    if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
        let list: Vec<_> = allowed.iter().map(Value::to_string).collect();
        wrong("FieldValueNotSupported", format!("Unsupported value: {value}: supported values: {}", list.join(", ")));
    }
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(0.0);
            if schema["minimum"].as_f64().is_some_and(|limit| number < limit) {
                let limit = &schema["minimum"];
                wrong(
                    "FieldValueInvalid",
                    format!("Invalid value: {value}: {path} in body should be greater than or equal to {limit}"),
                );
            }
            if schema["maximum"].as_f64().is_some_and(|limit| number > limit) {
                let limit = &schema["maximum"];
                wrong(
                    "FieldValueInvalid",
                    format!("Invalid value: {value}: {path} in body should be less than or equal to {limit}"),
                );
            }
        }
        Value::String(text) => check_text(text, schema, path, &mut wrong),
        Value::Array(list) => {
            let limit = |name: &str| schema[name].as_u64().and_then(|limit| usize::try_from(limit).ok());
            if let Some(most) = limit("maxItems").filter(|most| list.len() > *most) {
                wrong("FieldValueTooMany", format!("Too many: {}: must have at most {most} items", list.len()));
            }
            if let Some(least) = limit("minItems").filter(|least| list.len() < *least) {
                wrong(
                    "FieldValueInvalid",
                    format!("Invalid value: {}: {path} in body should have at least {least} items", list.len()),
                );
            }
        }
        _ => {}
    }
}

/// The largest compiled pattern in bytes. A pattern that is larger, or that is none, matches everything.
const PATTERN: usize = 1 << 20;

fn check_text(text: &str, schema: &Value, path: &str, wrong: &mut dyn FnMut(&'static str, String)) {
    let limit = |name: &str| schema[name].as_u64().and_then(|limit| usize::try_from(limit).ok());
    let letters = text.chars().count();
    if let Some(most) = limit("maxLength").filter(|most| letters > *most) {
        wrong("FieldValueTooLong", format!("Too long: may not be more than {most} bytes"));
    }
    if let Some(least) = limit("minLength").filter(|least| letters < *least) {
        wrong("FieldValueInvalid", format!("Invalid value: {text:?}: {path} in body should be at least {least} chars long"));
    }
    let pattern = schema["pattern"].as_str();
    let compiled = pattern.and_then(|pattern| regex::RegexBuilder::new(pattern).size_limit(PATTERN).build().ok());
    if let Some(pattern) = pattern.filter(|_| compiled.is_some_and(|compiled| !compiled.is_match(text))) {
        wrong("FieldValueInvalid", format!("Invalid value: {text:?}: {path} in body should match '{pattern}'"));
    }
    let format = schema["format"].as_str().unwrap_or_default();
    let fits = match format {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        _ => true,
    };
    if !fits {
        let message = format!("Invalid value: {text:?}: {path} in body must be of type {format}: {text:?}");
        wrong("FieldValueTypeInvalid", message);
    }
}

fn fits_type(value: &Value, schema: &Value) -> bool {
    if schema["x-kubernetes-int-or-string"] == true {
        return value.is_string() || value.is_i64() || value.is_u64();
    }
    match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
