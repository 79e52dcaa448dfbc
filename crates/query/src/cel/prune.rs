//! Parsing only the fields that an expression reads.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, value::RawValue};

use super::needs::{At, Needs};

impl Needs {
    /// Parses only the fields that are read. Bodies with equal results give equal evaluations. Much faster than parsing the
    /// whole body.
    ///
    /// # Errors
    /// When the text is not JSON.
    pub fn prune(&self, text: &str) -> serde_json::Result<Value> {
        prune(self.root(), text)
    }
}

fn prune(needs: At<'_>, text: &str) -> serde_json::Result<Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Seed(needs).deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Recurses as deep as the longest chain of the expression.
struct Seed<'a>(At<'a>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        let raw: &RawValue = serde::Deserialize::deserialize(from)?;
        // Values other than objects are kept, so that the expression sees their type.
        let result = if self.0.whole() || !raw.get().starts_with('{') {
            serde_json::from_str(raw.get())
        } else {
            serde_json::Deserializer::from_str(raw.get()).deserialize_map(Fields(self.0))
        };
        result.map_err(serde::de::Error::custom)
    }
}

struct Fields<'a>(At<'a>);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut from: M) -> Result<Value, M::Error> {
        let mut kept = Map::new();
        while let Some(key) = from.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.0.step(&key) {
                Some(next) => {
                    let value = from.next_value_seed(Seed(next))?;
                    kept.insert(key.into_owned(), value);
                }
                None => {
                    from.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(kept))
    }
}
