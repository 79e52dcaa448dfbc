//! Objects as tables, as `kubectl get` requests them.

mod cells;
mod column;
mod columns;
mod rare;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::age::age;
use crate::convert::in_version;
use crate::json_text::write;
use crate::resource_type::ResourceType;
use crate::shown::Shown;
use crate::version::Version;
use crate::view::Include;
use kuberewind_model::Timestamp;

/// A `Table` of objects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    pub(super) resource: &'a ResourceType,
    /// The part of each object beside its row.
    pub(super) include: Include,
    pub(super) meta: &'a Value,
    /// False for a table without columns, like later events of a watch.
    pub(super) header: bool,
    /// The time from which ages count.
    pub(super) now: Timestamp,
}

impl Table<'_> {
    /// Appends a table of one object or none as JSON.
    pub(super) fn write(&self, object: Option<Shown<'_>>, out: &mut Vec<u8>) {
        self.begin(out);
        if let Some(object) = object {
            self.row(object, out);
        }
        self.end(out);
    }

    /// Appends a table of objects as JSON. Each object is dropped after its row, because reading its value takes memory.
    pub(super) fn write_all(&self, objects: Vec<Arc<Version>>, out: &mut Vec<u8>) {
        self.begin(out);
        for (at, object) in objects.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            self.row(Shown::of(&object), out);
        }
        self.end(out);
    }

    fn begin(&self, out: &mut Vec<u8>) {
        let columns = if self.header { columns(self.resource) } else { json!([]) };
        out.extend_from_slice(b"{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":");
        write(out, self.meta);
        out.extend_from_slice(b",\"columnDefinitions\":");
        write(out, &columns);
        out.extend_from_slice(b",\"rows\":[");
    }

    fn row(&self, object: Shown<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"cells\":");
        write(out, &cells(self.resource, &in_version(self.resource, object.object), self.now));
        match self.include {
            Include::None => out.extend_from_slice(b",\"object\":null"),
            Include::Metadata => {
                out.extend_from_slice(b",\"object\":");
                object.write_metadata(self.resource, out);
            }
            Include::Object => {
                out.extend_from_slice(b",\"object\":");
                object.write(self.resource, out);
            }
        }
        out.push(b'}');
    }

    fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"]}");
    }
}

fn definition(name: &str, kind: &str, format: &str, description: &str, priority: i64) -> Value {
    json!({"name": name, "type": kind, "format": format, "description": description, "priority": priority})
}

fn columns(resource: &ResourceType) -> Value {
    let Some(custom) = &resource.custom else {
        let list = columns::of(&resource.table.group, &resource.table.plural).iter();
        let format = |name: &str| if matches!(name, "Name" | "Attacher") { "name" } else { "" };
        return list.map(|one| definition(one.name, one.kind, format(one.name), "", one.priority)).collect();
    };
    let mut list = vec![definition("Name", "string", "name", "Name must be unique within a namespace.", 0)];
    for column in &custom.columns {
        let text = |name: &str| column[name].as_str().unwrap_or_default();
        let priority = column["priority"].as_i64().unwrap_or(0);
        list.push(definition(text("name"), text("type"), text("format"), text("description"), priority));
    }
    if custom.columns.is_empty() {
        list.push(definition("Age", "string", "", "When the object was created.", 0));
    }
    Value::Array(list)
}

fn cells(resource: &ResourceType, object: &Value, now: Timestamp) -> Vec<Value> {
    let Some(custom) = &resource.custom else {
        let columns = columns::of(&resource.table.group, &resource.table.plural).iter();
        return columns.map(|column| (column.cell)(object, now)).collect();
    };
    let mut cells = vec![object["metadata"]["name"].clone()];
    cells.extend(custom.columns.iter().map(|column| {
        let value = json_path(object, column["jsonPath"].as_str().unwrap_or_default());
        if column["type"] == "date" && !value.is_null() { age(&value, now) } else { value }
    }));
    if custom.columns.is_empty() {
        cells.push(age(&object["metadata"]["creationTimestamp"], now));
    }
    cells
}

/// The value at the path of a printer column: members, indices and filters such as `[?(@.type=="Ready")]`.
fn json_path(object: &Value, path: &str) -> Value {
    let mut at = object;
    let mut rest = path;
    while !rest.is_empty() {
        let next;
        if let Some(inner) = rest.strip_prefix('[') {
            let Some((inside, after)) = inner.split_once(']') else { return Value::Null };
            (next, rest) = (indexed(at, inside), after);
        } else {
            let member = rest.strip_prefix('.').unwrap_or(rest);
            let end = member.find(['.', '[']).unwrap_or(member.len());
            (next, rest) = (if end == 0 { Some(at) } else { at.get(&member[..end]) }, &member[end..]);
            if end == 0 && !rest.starts_with('[') {
                return Value::Null;
            }
        }
        match next {
            Some(found) => at = found,
            None => return Value::Null,
        }
    }
    at.clone()
}

fn indexed<'a>(value: &'a Value, inside: &str) -> Option<&'a Value> {
    if let Ok(index) = inside.parse::<usize>() {
        return value.get(index);
    }
    let quoted = inside.trim_matches(['\'', '"']);
    if quoted.len() != inside.len() {
        return value.get(quoted);
    }
    let test = inside.strip_prefix("?(@.")?.strip_suffix(')')?;
    let (name, wanted) = test.split_once("==")?;
    let wanted = wanted.trim().trim_matches(['\'', '"']);
    value.as_array()?.iter().find(|item| item[name.trim()].as_str() == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printer_columns_find_their_cells() {
        let object =
            json!({"spec": {"size": 3, "a.b": 1}, "status": {"conditions": [{"type": "Ready", "status": "True"}], "n": [7]}});
        assert_eq!(json_path(&object, ".spec.size"), 3);
        assert_eq!(json_path(&object, ".status.conditions[?(@.type==\"Ready\")].status"), "True");
        assert_eq!(json_path(&object, ".status.n[0]"), 7);
        assert_eq!(json_path(&object, ".spec['a.b']"), 1);
        for nothing in [".spec.none", ".spec[", "..", ".status.conditions[?(@.type==\"No\")].status", "."] {
            assert_eq!(json_path(&object, nothing), Value::Null, "{nothing}");
        }
    }
}
