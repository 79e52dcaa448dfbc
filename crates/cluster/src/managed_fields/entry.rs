//! An entry of `managedFields`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::set::PathSet;
use crate::json_text::write;

/// The fields that one manager set with one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) manager: String,
    /// `Apply` or `Update`.
    pub(crate) operation: &'static str,
    pub(crate) api_version: String,
    /// The time of its last change, '' if absent.
    pub(crate) time: String,
    pub(crate) subresource: String,
    pub(crate) paths: PathSet,
}

impl Entry {
    /// True if the entry belongs to this manager, operation and subresource.
    pub(crate) fn belongs_to(&self, manager: &str, operation: &str, subresource: &str) -> bool {
        self.manager == manager && self.operation == operation && self.subresource == subresource
    }

    /// The entry with other paths. An entry without changes is shared.
    pub(crate) fn with_paths(self: &Arc<Self>, paths: PathSet) -> Arc<Entry> {
        if paths == self.paths { self.clone() } else { Arc::new(Entry { paths, ..(**self).clone() }) }
    }

    /// The entry with another time.
    pub(super) fn at(self: &Arc<Self>, time: &str) -> Arc<Entry> {
        if time == self.time { self.clone() } else { Arc::new(Entry { time: time.to_owned(), ..(**self).clone() }) }
    }

    /// Reads an entry. `None` if a real server could not read it either.
    pub(super) fn read(entry: &Value) -> Option<Entry> {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let operation = match entry["operation"].as_str()? {
            "Apply" => "Apply",
            "Update" => "Update",
            _ => return None,
        };
        Some(Entry {
            manager: text("manager"),
            operation,
            api_version: text("apiVersion"),
            time: text("time"),
            subresource: text("subresource"),
            paths: PathSet::read(&entry["fieldsV1"]),
        })
    }

    pub(super) fn to_value(&self) -> Value {
        let mut value = json!({"manager": self.manager, "operation": self.operation, "apiVersion": self.api_version});
        if !self.time.is_empty() {
            value["time"] = json!(self.time);
        }
        value["fieldsType"] = json!("FieldsV1");
        value["fieldsV1"] = self.paths.to_value();
        if !self.subresource.is_empty() {
            value["subresource"] = json!(self.subresource);
        }
        value
    }

    /// Appends the entry as JSON.
    pub(super) fn write_text(&self, out: &mut Vec<u8>) {
        let mut member = |start: &str, value: &str| {
            out.extend_from_slice(start.as_bytes());
            write(out, value);
        };
        member("{\"manager\":", &self.manager);
        member(",\"operation\":", self.operation);
        member(",\"apiVersion\":", &self.api_version);
        if !self.time.is_empty() {
            member(",\"time\":", &self.time);
        }
        member(",\"fieldsType\":", "FieldsV1");
        out.extend_from_slice(b",\"fieldsV1\":");
        self.paths.write_text(out);
        if !self.subresource.is_empty() {
            out.extend_from_slice(b",\"subresource\":");
            write(out, &self.subresource);
        }
        out.push(b'}');
    }
}
