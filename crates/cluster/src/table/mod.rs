//! Objects as tables, as `kubectl get` requests them.

mod cells;
mod columns;

use serde_json::{Value, json};

use crate::age::age;
use crate::resource_type::ResourceType;
use crate::view::{Include, metadata_only};
use kuberewind_model::Timestamp;

/// Builds a `Table` of objects with ages at `now`. Without `header` it has no columns, like later events of a watch.
pub(super) fn table(
    resource: &ResourceType,
    include: Include,
    objects: &[&Value],
    meta: &Value,
    header: bool,
    now: Timestamp,
) -> Value {
    let row = |object: &&Value| {
        let mut row = json!({"cells": cells(resource, object, now)});
        match include {
            Include::None => {}
            Include::Metadata => row["object"] = metadata_only(object),
            Include::Object => row["object"] = (*object).clone(),
        }
        row
    };
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
        "columnDefinitions": if header { columns(resource) } else { json!([]) },
        "rows": objects.iter().map(row).collect::<Vec<_>>(),
    })
}

fn definition(name: &str, kind: &str, format: &str, description: &str, priority: i64) -> Value {
    json!({"name": name, "type": kind, "format": format, "description": description, "priority": priority})
}

fn columns(resource: &ResourceType) -> Value {
    let Some(custom) = &resource.custom else {
        let list = columns::of(&resource.table.group, &resource.table.plural).iter();
        let format = |name: &str| if name == "Name" { "name" } else { "" };
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
