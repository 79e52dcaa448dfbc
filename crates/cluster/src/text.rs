//! The JSON text of an object, with the places at which responses cut it.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Map, Value};

use super::json_text::write;
use super::managed_fields::Managers;

/// The deepest nesting of a text, as deep as serde_json reads.
const MAX_DEPTH: usize = 127;

/// The JSON text of an object.
#[derive(Debug, Clone)]
pub struct Text {
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

    /// Finds the places in the text of an object. `None` if it is not the JSON of an object, or nests deeper than 127 levels.
    #[must_use]
    pub fn read(bytes: Bytes) -> Option<Text> {
        // Few texts have so many opening brackets that they can be too deep.
        let brackets = bytes.iter().filter(|byte| matches!(byte, b'{' | b'[')).count();
        if brackets > MAX_DEPTH && depth(&bytes) > MAX_DEPTH {
            return None;
        }
        let members = members(&bytes)?;
        let mut text =
            Text { api_version: 0..0, rest: 0..0, metadata: 0..0, resource_version: 0..0, managed_fields: 0..0, bytes };
        let place = |name: &str, members: &[(String, Range<usize>)]| {
            members.iter().find(|(member, _)| member == name).map_or(0..0, |(_, place)| place.clone())
        };
        text.api_version = place("apiVersion", &members);
        text.metadata = place("metadata", &members);
        let mut first: Vec<&str> = members.iter().take(2).map(|(name, _)| name.as_str()).collect();
        first.sort_unstable();
        if let (["apiVersion", "kind"], [_, (_, second), _, ..]) = (first.as_slice(), members.as_slice()) {
            let end = text.bytes.iter().rposition(|byte| *byte == b'}').unwrap_or_default();
            let comma = text.bytes.get(second.end..end).and_then(|rest| rest.iter().position(|byte| *byte == b','));
            text.rest = comma.map_or(0..0, |comma| second.end.saturating_add(comma).saturating_add(1)..end);
        }
        let metadata = text.bytes.slice(text.metadata.clone());
        if let Some(members) = self::members(&metadata) {
            let within = |name: &str| {
                let place = place(name, &members);
                let moved = |at: usize| at.saturating_add(text.metadata.start);
                if place.is_empty() { 0..0 } else { moved(place.start)..moved(place.end) }
            };
            (text.resource_version, text.managed_fields) = (within("resourceVersion"), within("managedFields"));
        }
        Some(text)
    }

    /// Writes any JSON object.
    #[must_use]
    pub fn of_value(object: &Value) -> Text {
        Text::of(object, &Managers::default())
    }

    /// True if the object says of which kind and version it is, as every object of the API does.
    #[must_use]
    pub fn names_its_kind(&self) -> bool {
        !self.api_version.is_empty() && !self.metadata.is_empty()
    }

    /// Returns the text with one more annotation, and all else unchanged. `None` if the object has no metadata.
    #[must_use]
    pub fn with_annotation(&self, name: &str, value: &str) -> Option<Text> {
        let metadata = self.bytes.slice(self.metadata.clone());
        let found = members(&metadata)?;
        let mut entry = Vec::new();
        write(&mut entry, name);
        entry.push(b':');
        write(&mut entry, value);
        let annotations = found.iter().find(|(member, _)| member == "annotations").map(|(_, place)| place.clone());
        let (at, is_alone) = match annotations {
            Some(place) => {
                let known = members(metadata.get(place.clone())?)?;
                (place.start.saturating_add(1), known.is_empty())
            }
            None => {
                entry = [b"\"annotations\":{", entry.as_slice(), b"}"].concat();
                (1, found.is_empty())
            }
        };
        if !is_alone {
            entry.push(b',');
        }
        let (before, after) = self.bytes.split_at_checked(self.metadata.start.saturating_add(at))?;
        Text::read([before, entry.as_slice(), after].concat().into())
    }

    /// The object. Reads the whole text.
    #[must_use]
    pub fn to_value(&self) -> Value {
        // Both constructors take JSON of a depth that serde_json reads.
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// Returns the text with another resourceVersion. An object without one stays as it is.
    #[must_use]
    pub fn at_revision(&self, revision: u64) -> Text {
        let mut out = Vec::with_capacity(self.bytes.len().saturating_add(8));
        if !self.write_at_revision(&mut out, revision) {
            return self.clone();
        }
        Text::read(out.into()).unwrap_or_else(|| self.clone())
    }

    /// The text.
    pub(crate) fn whole(&self) -> Bytes {
        self.bytes.clone()
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True for a text without bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
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

/// The deepest nesting of objects and lists outside of strings.
fn depth(json: &[u8]) -> usize {
    let (mut deepest, mut open, mut quoted, mut escaped) = (0usize, 0usize, false, false);
    for byte in json {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => {
                open = open.saturating_add(1);
                deepest = deepest.max(open);
            }
            (false, b'}' | b']') => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The members of an object and the places of their values. `None` if the text is not the JSON of an object.
fn members(json: &[u8]) -> Option<Vec<(String, Range<usize>)>> {
    let mut reader = Deserializer::from_slice(json);
    let found = reader.deserialize_map(Places { start: json.as_ptr().addr() }).ok()?;
    reader.end().ok()?;
    Some(found)
}

struct Places {
    /// The address of the text.
    start: usize,
}

impl<'de> Visitor<'de> for Places {
    type Value = Vec<(String, Range<usize>)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut places = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            let value: &RawValue = members.next_value()?;
            let at = value.get().as_ptr().addr().saturating_sub(self.start);
            places.push((name, at..at.saturating_add(value.get().len())));
        }
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OBJECT: &str =
        r#"{"kind":"A","apiVersion":"v1", "metadata":{"name":"x","resourceVersion":"7","managedFields":[]},"n":1.0}"#;

    fn written(write: impl FnOnce(&mut Vec<u8>) -> bool) -> String {
        let mut out = Vec::new();
        assert!(write(&mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_text_is_cut_and_never_changed_elsewhere() {
        let text = Text::read(Bytes::from_static(OBJECT.as_bytes())).unwrap();
        assert_eq!(text.whole(), OBJECT);
        assert_eq!(written(|out| text.write_item(out)), OBJECT.replace(r#""kind":"A","apiVersion":"v1","#, ""));
        assert_eq!(written(|out| text.write_at_revision(out, 12)), OBJECT.replace("\"7\"", "\"12\""));
        assert_eq!(written(|out| text.write_in_version(out, "v2")), OBJECT.replace("\"v1\"", "\"v2\""));
        assert_eq!(&text.managed_fields()[..], b"[]");
        assert_eq!(text.to_value()["metadata"], json!({"name": "x", "resourceVersion": "7", "managedFields": []}));
        assert_eq!(text.at_revision(9).at_revision(7).whole(), OBJECT);
    }

    #[test]
    fn an_annotation_is_added_to_those_that_are_there() {
        for (before, after) in [
            (r#"{"metadata":{"name":"x"},"n":1.0}"#, r#"{"metadata":{"annotations":{"a/b":"\"c\""},"name":"x"},"n":1.0}"#),
            (r#"{"metadata":{}}"#, r#"{"metadata":{"annotations":{"a/b":"\"c\""}}}"#),
            (r#"{"metadata":{"annotations": {} }}"#, r#"{"metadata":{"annotations": {"a/b":"\"c\""} }}"#),
            (r#"{"metadata":{"annotations":{"d":"e"}}}"#, r#"{"metadata":{"annotations":{"a/b":"\"c\"","d":"e"}}}"#),
        ] {
            let text = Text::read(Bytes::from_static(before.as_bytes())).unwrap();
            assert_eq!(text.with_annotation("a/b", "\"c\"").unwrap().whole(), after);
        }
        for without in ["{}", r#"{"metadata":1}"#, r#"{"metadata":{"annotations":null}}"#] {
            assert!(Text::read(Bytes::from_static(without.as_bytes())).unwrap().with_annotation("a", "b").is_none(), "{without}");
        }
    }

    #[test]
    fn other_texts_are_refused_or_stay_whole() {
        for text in ["", "[]", "{", "{} x", "3", "{\"a\":}"] {
            assert!(Text::read(Bytes::from_static(text.as_bytes())).is_none(), "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        assert!(Text::read(deep.into()).is_none());
        for text in ["{}", r#"{"metadata":3}"#, r#"{"apiVersion":"v1","metadata":{}}"#, r#"{"kind":"A","apiVersion":"v1"}"#] {
            let read = Text::read(Bytes::from_static(text.as_bytes())).unwrap();
            assert!(!read.write_item(&mut Vec::new()) && !read.write_at_revision(&mut Vec::new(), 1), "{text}");
            assert_eq!(read.at_revision(3).whole(), text);
        }
    }
}
