//! The schemas of kinds: of built-in ones from the table of kinds, of custom ones from their definitions.

use std::collections::BTreeSet;

use kuberewind_kinds::{Field, ListType, MapType, Message, Shape, Type, table};
use serde_json::{Map, Value, json};

use crate::resource_type::ResourceType;
use crate::typing::OBJECT_META;

/// Schemas by name.
pub(super) type Schemas = Map<String, Value>;

/// Adds the schema of a kind and those that it refers to.
pub(super) fn add(resource: &ResourceType, schemas: &mut Schemas) {
    let (name, mut schema) = match resource.builtin() {
        Some(kind) => {
            add_messages(kind.message(), schemas);
            let name = kind.message().name().to_owned();
            let schema = schemas.get(&name).cloned().unwrap_or_default();
            (name, schema)
        }
        None => custom(resource, schemas),
    };
    schema["x-kubernetes-group-version-kind"] =
        json!([{"group": &*resource.table.group, "version": &*resource.version, "kind": resource.kind}]);
    schemas.insert(name, schema);
}

/// The name and schema of a custom kind.
fn custom(resource: &ResourceType, schemas: &mut Schemas) -> (String, Value) {
    let mut parts: Vec<&str> = resource.table.group.split('.').rev().collect();
    parts.extend([&*resource.version, &resource.kind]);
    let schema = resource.custom.as_ref().and_then(|custom| custom.schema.clone());
    let mut schema = schema.unwrap_or_else(|| json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}));
    if let Some(message) = table().message_named(OBJECT_META) {
        add_messages(message, schemas);
        let mut properties = Map::from_iter([
            ("apiVersion".to_owned(), json!({"type": "string"})),
            ("kind".to_owned(), json!({"type": "string"})),
            ("metadata".to_owned(), reference(message)),
        ]);
        if let Some(own) = schema["properties"].as_object() {
            properties.extend(own.iter().filter(|(name, _)| *name != "metadata").map(|(name, own)| (name.clone(), own.clone())));
        }
        schema["properties"] = Value::Object(properties);
    }
    (parts.join("."), schema)
}

/// Adds the schema of a message and of all messages below it.
fn add_messages(message: &'static Message, schemas: &mut Schemas) {
    let mut seen = BTreeSet::new();
    let mut open = vec![message];
    while let Some(message) = open.pop() {
        if schemas.contains_key(message.name()) || !seen.insert(message.name()) {
            continue;
        }
        let fields = fields(message);
        open.extend(fields.iter().filter_map(|field| field.ty().message()));
        schemas.insert(message.name().to_owned(), of_message(message, &fields));
    }
}

/// The fields of a message with those of its inlined members, in order.
fn fields(message: &'static Message) -> Vec<&'static Field> {
    let mut fields = Vec::new();
    let mut open = vec![message.fields().iter()];
    while let Some(mut rest) = open.pop() {
        let Some(field) = rest.next() else { continue };
        open.push(rest);
        match field.ty().message() {
            Some(inlined) if field.is_inline() => open.push(inlined.fields().iter()),
            _ => fields.push(field),
        }
    }
    fields
}

fn of_message(message: &'static Message, fields: &[&'static Field]) -> Value {
    let mut properties = Map::new();
    if message.is_typed() {
        for name in ["apiVersion", "kind"] {
            properties.insert(name.to_owned(), json!({"type": "string"}));
        }
    }
    properties.extend(fields.iter().map(|field| (field.name().to_owned(), of_field(field))));
    let required: Vec<_> = fields.iter().filter(|field| field.is_required()).map(|field| field.name()).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if message.map_type() == Some(MapType::Atomic) {
        schema["x-kubernetes-map-type"] = json!("atomic");
    }
    schema
}

fn of_field(field: &Field) -> Value {
    let mut schema = match field.shape() {
        Shape::Single => of_type(field),
        Shape::List => json!({"type": "array", "items": of_type(field)}),
        Shape::Map => json!({"type": "object", "additionalProperties": of_type(field)}),
    };
    if let Some(default) = field.default().and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        schema["default"] = default;
    }
    if let Some(list) = field.list_type() {
        schema["x-kubernetes-list-type"] = json!(match list {
            ListType::Atomic => "atomic",
            ListType::Set => "set",
            ListType::Map => "map",
        });
    }
    if !field.list_keys().is_empty() {
        schema["x-kubernetes-list-map-keys"] = json!(field.list_keys());
    }
    if !field.patch_strategies().is_empty() {
        schema["x-kubernetes-patch-strategy"] = json!(field.patch_strategies().join(","));
    }
    if let Some(key) = field.patch_key() {
        schema["x-kubernetes-patch-merge-key"] = json!(key);
    }
    schema
}

/// The schema of the value, or of the items of the list or map.
fn of_type(field: &Field) -> Value {
    let mut schema = match field.ty() {
        Type::String | Type::Quantity => json!({"type": "string"}),
        Type::Bytes => json!({"type": "string", "format": "byte"}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Int32 => json!({"type": "integer", "format": "int32"}),
        Type::Int64 => json!({"type": "integer", "format": "int64"}),
        Type::Double => json!({"type": "number", "format": "double"}),
        Type::Time | Type::MicroTime => json!({"type": "string", "format": "date-time"}),
        Type::IntOrString => json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}),
        Type::Strings => json!({"type": "array", "items": {"type": "string"}}),
        Type::RawExtension | Type::FieldsV1 => json!({"type": "object"}),
        Type::Json | Type::SchemaOrBool(_) | Type::SchemaOrArray(_) | Type::SchemaOrStrings(_) => json!({}),
        Type::Message(id) => reference(id.message()),
    };
    if !field.values().is_empty() {
        schema["enum"] = json!(field.values());
    }
    schema
}

/// A reference as a real server writes it: siblings such as `default` are allowed beside `allOf`.
fn reference(message: &Message) -> Value {
    json!({"allOf": [{"$ref": format!("#/components/schemas/{}", message.name())}]})
}
