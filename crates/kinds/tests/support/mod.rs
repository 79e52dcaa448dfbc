//! Seeded objects of any message, as the API server prints them: with every field that it always prints, and without what
//! protobuf cannot express.

use fastrand::Rng;
use kuberewind_kinds::{Field, Message, Shape, Type};
use serde_json::{Map, Value, json};

pub fn object(rng: &mut Rng, message: &'static Message, depth: usize) -> Map<String, Value> {
    let mut out = Map::new();
    members(rng, message, depth, &mut out);
    out
}

fn members(rng: &mut Rng, message: &'static Message, depth: usize, out: &mut Map<String, Value>) {
    for field in message.fields() {
        if field.is_inline() {
            members(rng, field.ty().message().unwrap(), depth, out);
        } else if let Some(value) = member(rng, field, depth) {
            out.insert(field.name().to_owned(), value);
        }
    }
}

/// A field; `None` if the server leaves it out.
fn member(rng: &mut Rng, field: &Field, depth: usize) -> Option<Value> {
    let wanted = depth < 9 && rng.usize(..2 + depth * 2) == 0;
    if field.shape() == Shape::Single && !field.is_pointer() {
        return plain(rng, field, depth, wanted);
    }
    if !wanted {
        return if field.omits_empty() { None } else { Some(Value::Null) };
    }
    Some(match field.shape() {
        Shape::Single => value(rng, field.ty(), depth),
        Shape::List => (0..rng.usize(1..3)).map(|_| value(rng, field.ty(), depth)).collect(),
        Shape::Map => (0..rng.usize(1..3)).map(|_| (text(rng), value(rng, field.ty(), depth))).collect(),
    })
}

/// A field that is always there in Go.
fn plain(rng: &mut Rng, field: &Field, depth: usize, wanted: bool) -> Option<Value> {
    let zero = match field.ty() {
        Type::Message(id) => return Some(Value::Object(object(rng, id.message(), depth + 1))),
        Type::String => json!(""),
        Type::Bool => json!(false),
        Type::Int32 | Type::Int64 => json!(0),
        Type::Double => json!(0.0),
        Type::Quantity => json!("0"),
        Type::IntOrString => json!(0),
        Type::SchemaOrBool(_) => json!(false),
        _ => Value::Null,
    };
    let scalar =
        matches!(field.ty(), Type::String | Type::Bool | Type::Int32 | Type::Int64 | Type::Double | Type::Bytes | Type::Strings);
    let value = if wanted { value(rng, field.ty(), depth) } else { zero.clone() };
    let empty = value == zero || value == "" && field.ty() == Type::Bytes;
    let left_out = empty && (field.omits_zero() || field.omits_empty() && scalar);
    (!left_out).then_some(value)
}

fn value(rng: &mut Rng, ty: Type, depth: usize) -> Value {
    match ty {
        Type::Message(id) => Value::Object(object(rng, id.message(), depth + 1)),
        Type::String => json!(text(rng)),
        Type::Bytes => json!(["AAEC/w==", "", "YQ=="][rng.usize(..3)]),
        Type::Bool => json!(rng.bool()),
        Type::Int32 => json!(rng.i32(..) >> rng.u32(..32)),
        Type::Int64 => json!(rng.i64(..) >> rng.u32(..64)),
        // Numbers that serde_json reads exactly without its feature `float_roundtrip`.
        Type::Double => json!([0.5, -1.25, 1e22][rng.usize(..3)]),
        Type::Time => json!(["1970-01-01T00:00:00Z", "2025-11-30T15:12:33Z", "9999-12-31T23:59:59Z"][rng.usize(..3)]),
        Type::MicroTime => json!(["1970-01-01T00:00:00.000001Z", "2025-11-30T15:12:33.987000Z"][rng.usize(..2)]),
        Type::Quantity => json!(["1", "100m", "1Gi", "-2k"][rng.usize(..4)]),
        Type::IntOrString => [json!(rng.i32(..)), json!(text(rng))][rng.usize(..2)].clone(),
        Type::RawExtension | Type::Json | Type::FieldsV1 => json!({"a<": [1, 0.5, "b\u{2028}", null, {}, []]}),
        Type::Strings => json!([text(rng), text(rng)]),
        Type::SchemaOrBool(_) if rng.bool() => json!(rng.bool()),
        Type::SchemaOrArray(id) if rng.bool() => json!([object(rng, id.message(), depth + 1)]),
        Type::SchemaOrStrings(_) if rng.bool() => json!([text(rng)]),
        Type::SchemaOrBool(id) | Type::SchemaOrArray(id) | Type::SchemaOrStrings(id) => {
            json!(object(rng, id.message(), depth + 1))
        }
    }
}

fn text(rng: &mut Rng) -> String {
    ["", "a", "b-c/d", "é\u{2029}<&>", "\"\\\u{1}\n", "😀", "~1"][rng.usize(..7)].to_owned()
}
