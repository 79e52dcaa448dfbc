//! YAML bodies, as server-side apply may send them, written as JSON with their keys in the order of the YAML text.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The body as compact JSON; `None` if it is not YAML, or not a mapping at its root. serde-saphyr limits depth and size.
pub(super) fn to_json(text: &str) -> Option<String> {
    let mut json = String::with_capacity(text.len());
    serde_saphyr::with_deserializer_from_str(text, |yaml| Writer(&mut json).deserialize(yaml)).ok()?;
    json.starts_with('{').then_some(json)
}

/// Appends what it visits to a JSON text.
struct Writer<'j>(&'j mut String);

impl Writer<'_> {
    fn scalar(self, value: impl Into<serde_json::Value>) {
        self.0.push_str(&value.into().to_string());
    }
}

impl<'de> DeserializeSeed<'de> for Writer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Writer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.scalar(value);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.push_str("null");
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push('[');
        let mut separator = "";
        while items.next_element_seed(Separated(self.0, separator))?.is_some() {
            separator = ",";
        }
        self.0.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.push('{');
        let mut separator = "";
        while let Some(key) = members.next_key::<String>()? {
            self.0.push_str(separator);
            separator = ",";
            Writer(self.0).scalar(key);
            self.0.push(':');
            members.next_value_seed(Writer(self.0))?;
        }
        self.0.push('}');
        Ok(())
    }
}

/// Writes a separator before a value, once it is known that there is one.
struct Separated<'j>(&'j mut String, &'static str);

impl<'de> DeserializeSeed<'de> for Separated<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.push_str(self.1);
        deserializer.deserialize_any(Writer(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::to_json;

    #[test]
    fn keys_keep_the_order_of_the_text() {
        let yaml = "kind: X\napiVersion: v1\nspec:\n  z: 1\n  a: [1, -2, 1.5, true, null, \"1\"]\n  e: {}\n  f: []\n";
        let json = r#"{"kind":"X","apiVersion":"v1","spec":{"z":1,"a":[1,-2,1.5,true,null,"1"],"e":{},"f":[]}}"#;
        assert_eq!(to_json(yaml).as_deref(), Some(json));
        for text in ["- 1\n", "x", "", "a: [\n", "a: 1\na: 2\n", &format!("a: {}", "[".repeat(10_000))] {
            assert_eq!(to_json(text), None, "{}", &text[..text.len().min(20)]);
        }
    }
}
