//! Reads the object of a request.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Map, Value};

/// Parses JSON. If the text of `metadata.managedFields` is `known`, they are left out: most clients send back the ones that they got, and
/// those need no parsing. Returns true beside the value if it did so.
pub(super) fn read(json: &[u8], known: &[u8]) -> serde_json::Result<(Value, bool)> {
    let is_object = json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if known.is_empty() || !is_object {
        return Ok((serde_json::from_slice(json)?, false));
    }
    let left_out = Cell::new(false);
    let mut reader = Deserializer::from_slice(json);
    let object = reader.deserialize_map(Members { special: "metadata", read: &|text| metadata(text, known, &left_out) })?;
    reader.end()?;
    Ok((object, left_out.get()))
}

fn metadata(text: &str, known: &[u8], left_out: &Cell<bool>) -> serde_json::Result<Option<Value>> {
    if !text.starts_with('{') {
        return serde_json::from_str(text).map(Some);
    }
    let fields = |text: &str| {
        if text.as_bytes() != known {
            return serde_json::from_str(text).map(Some);
        }
        left_out.set(true);
        Ok(None)
    };
    Deserializer::from_str(text).deserialize_map(Members { special: "managedFields", read: &fields }).map(Some)
}

/// Reads an object. `read` reads the text of one special member, or leaves it out.
struct Members<'r> {
    special: &'static str,
    read: &'r dyn Fn(&str) -> serde_json::Result<Option<Value>>,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name != self.special {
                map.insert(name, members.next_value()?);
                continue;
            }
            let text: &RawValue = members.next_value()?;
            if let Some(value) = (self.read)(text.get()).map_err(A::Error::custom)? {
                map.insert(name, value);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_managed_fields_are_left_out() {
        let body = br#" {"kind": "A", "metadata": {"name": "x", "managedFields": [{"a": 1}]}, "spec": {"managedFields": []}}"#;
        let without = json!({"kind": "A", "metadata": {"name": "x"}, "spec": {"managedFields": []}});
        assert_eq!(read(body, br#"[{"a": 1}]"#).unwrap(), (without, true));
        let whole: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(read(body, br#"[{"a":1}]"#).unwrap(), (whole.clone(), false));
        assert_eq!(read(body, b"").unwrap(), (whole, false));
    }

    #[test]
    fn other_bodies_are_read_as_they_are() {
        for body in ["[1]", "{\"metadata\": null}", "{\"metadata\": [2]}", "{}", "3"] {
            assert_eq!(read(body.as_bytes(), b"[]").unwrap().0, serde_json::from_str::<Value>(body).unwrap(), "{body}");
        }
        for body in ["{} x", "{\"metadata\": {]}", "", "{\"metadata\": {\"managedFields\": }}"] {
            assert!(read(body.as_bytes(), b"[]").is_err(), "{body}");
        }
    }
}
