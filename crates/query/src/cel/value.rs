//! JSON as CEL values.

use cel::Value as CelValue;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

/// JSON whose integers become CEL's `int`, so that they compare with literals. Serde would make positive ones unsigned.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => to.serialize_unit(),
            Value::Bool(value) => to.serialize_bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => to.serialize_i64(number),
                (None, Some(number)) => to.serialize_u64(number),
                (None, None) => to.serialize_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => to.serialize_str(text),
            Value::Array(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Json(item))?;
                }
                list.end()
            }
            Value::Object(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, &Json(value))?;
                }
                map.end()
            }
        }
    }
}

/// Recurses as deep as the JSON, which its parser limits to 128.
pub(super) fn from_json(value: &Value) -> CelValue {
    cel::to_value(Json(value)).unwrap_or(CelValue::Null)
}

/// Returns the type of a value, with an article.
pub(super) fn type_name(value: &CelValue) -> &'static str {
    match value {
        CelValue::List(_) => "a list",
        CelValue::Map(_) | CelValue::Struct(_) => "a map",
        CelValue::Int(_) | CelValue::UInt(_) | CelValue::Float(_) => "a number",
        CelValue::String(_) => "a text",
        CelValue::Bytes(_) => "bytes",
        CelValue::Bool(_) => "a boolean",
        CelValue::Null => "null",
        CelValue::Duration(_) => "a duration",
        CelValue::Timestamp(_) => "a time",
        CelValue::Function(..) | CelValue::Opaque(_) => "not a plain value",
    }
}
