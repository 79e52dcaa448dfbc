//! The JSON text of an object, with the places at which responses cut it.

use std::ops::Range;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::json_text::write;
use super::managed_fields::Managers;

/// The JSON text of an object.
#[derive(Debug)]
pub(crate) struct Text {
    bytes: Bytes,
    /// The value of `apiVersion` with its quotes.
    api_version: Range<usize>,
    /// The members after `apiVersion` and `kind`, up to the closing brace. Empty if those two are not the first ones.
    rest: Range<usize>,
    metadata: Range<usize>,
    /// The value of `metadata.resourceVersion` with its quotes.
    resource_version: Range<usize>,
    managed_fields: Range<usize>,
}

impl Text {
    /// Writes an object with its managed fields as the last member of its metadata.
    pub(crate) fn of(object: &Value, managers: &Managers) -> Text {
        let mut text = Text {
            bytes: Bytes::new(),
            api_version: 0..0,
            rest: 0..0,
            metadata: 0..0,
            resource_version: 0..0,
            managed_fields: 0..0,
        };
        let Value::Object(map) = object else {
            let mut out = Vec::new();
            write(&mut out, object);
            text.bytes = out.into();
            return text;
        };
        let mut out = Vec::with_capacity(1024);
        let mut rest = None;
        let cut = map.keys().take(2).eq(["apiVersion", "kind"]);
        out.push(b'{');
        for (at, (name, value)) in map.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            if at == 2 && cut {
                rest = Some(out.len());
            }
            write(&mut out, name);
            out.push(b':');
            let start = out.len();
            match (name.as_str(), value) {
                ("metadata", Value::Object(metadata)) => {
                    (text.resource_version, text.managed_fields) = write_metadata(&mut out, metadata, managers);
                    text.metadata = start..out.len();
                }
                ("apiVersion", _) => {
                    write(&mut out, value);
                    text.api_version = start..out.len();
                }
                _ => write(&mut out, value),
            }
        }
        text.rest = rest.map_or(0..0, |start| start..out.len());
        out.push(b'}');
        text.bytes = out.into();
        text
    }

    /// The text.
    pub(crate) fn whole(&self) -> Bytes {
        self.bytes.clone()
    }

    /// The number of bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The text of `metadata`, or `None` if the object has none.
    pub(crate) fn metadata(&self) -> Option<&[u8]> {
        self.bytes.get(self.metadata.clone()).filter(|text| !text.is_empty())
    }

    /// The text of the managed fields, empty if there are none.
    pub(crate) fn managed_fields(&self) -> Bytes {
        self.bytes.slice(self.managed_fields.clone())
    }

    /// Appends the text as an item of a list of a built-in kind: without `apiVersion` and `kind`. Returns false if it cannot be cut.
    pub(crate) fn write_item(&self, out: &mut Vec<u8>) -> bool {
        let Some(rest) = self.bytes.get(self.rest.clone()).filter(|rest| !rest.is_empty()) else { return false };
        out.push(b'{');
        out.extend_from_slice(rest);
        out.push(b'}');
        true
    }

    /// Appends the text with another `apiVersion`. Returns false if the object has none.
    pub(crate) fn write_in_version(&self, out: &mut Vec<u8>, api_version: &str) -> bool {
        self.write_with(out, &self.api_version, api_version)
    }

    /// Appends the text with another `resourceVersion`. Returns false if the object has none.
    pub(crate) fn write_at_revision(&self, out: &mut Vec<u8>, revision: u64) -> bool {
        self.write_with(out, &self.resource_version, &revision.to_string())
    }

    fn write_with(&self, out: &mut Vec<u8>, place: &Range<usize>, value: &str) -> bool {
        let (Some(before), Some(after)) = (self.bytes.get(..place.start), self.bytes.get(place.end..)) else { return false };
        if place.is_empty() {
            return false;
        }
        out.extend_from_slice(before);
        write(out, value);
        out.extend_from_slice(after);
        true
    }
}

/// Writes the members of `metadata` and returns the places of `resourceVersion` and `managedFields`.
fn write_metadata(out: &mut Vec<u8>, metadata: &Map<String, Value>, managers: &Managers) -> (Range<usize>, Range<usize>) {
    let (mut resource_version, mut managed_fields) = (0..0, 0..0);
    out.push(b'{');
    for (at, (name, value)) in metadata.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, name);
        out.push(b':');
        let start = out.len();
        write(out, value);
        if name == "resourceVersion" {
            resource_version = start..out.len();
        }
    }
    if !managers.is_empty() {
        if !metadata.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(b"\"managedFields\":");
        let start = out.len();
        managers.write_text(out);
        managed_fields = start..out.len();
    }
    out.push(b'}');
    (resource_version, managed_fields)
}
