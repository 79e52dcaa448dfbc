//! Objects as tables, as `kubectl get` requests them.

use serde_json::{Value, json};

use super::age::age;
use super::resource_type::ResourceType;
use super::view::{Include, metadata_only};
use kuberewind_model::Timestamp;

/// A column of a built-in kind: its name and the source of its cells.
struct Column {
    name: &'static str,
    kind: &'static str,
    cell: fn(&Value) -> Value,
}

const fn column(name: &'static str, kind: &'static str, cell: fn(&Value) -> Value) -> Column {
    Column { name, kind, cell }
}

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
    let mut list = vec![definition("Name", "string", "name", "Name must be unique within a namespace.", 0)];
    match resource.custom.as_deref().map(|custom| &custom.columns) {
        Some(columns) => {
            for column in columns {
                let text = |name: &str| column[name].as_str().unwrap_or_default();
                let priority = column["priority"].as_i64().unwrap_or(0);
                list.push(definition(text("name"), text("type"), text("format"), text("description"), priority));
            }
            if columns.is_empty() {
                list.push(age_column());
            }
        }
        None => {
            list.extend(builtin(&resource.table.plural).iter().map(|column| definition(column.name, column.kind, "", "", 0)));
            list.push(age_column());
        }
    }
    Value::Array(list)
}

fn age_column() -> Value {
    definition("Age", "string", "", "When the object was created.", 0)
}

fn cells(resource: &ResourceType, object: &Value, now: Timestamp) -> Vec<Value> {
    let created = || age(&object["metadata"]["creationTimestamp"], now);
    let mut cells = vec![object["metadata"]["name"].clone()];
    match resource.custom.as_deref().map(|custom| &custom.columns) {
        Some(columns) => {
            cells.extend(columns.iter().map(|column| {
                let value = json_path(object, column["jsonPath"].as_str().unwrap_or_default());
                if column["type"] == "date" && !value.is_null() { age(&value, now) } else { value }
            }));
            if columns.is_empty() {
                cells.push(created());
            }
        }
        None => {
            cells.extend(builtin(&resource.table.plural).iter().map(|column| (column.cell)(object)));
            cells.push(created());
        }
    }
    cells
}

fn at<'a>(object: &'a Value, pointer: &str) -> &'a Value {
    object.pointer(pointer).unwrap_or(&Value::Null)
}

fn number(object: &Value, pointer: &str) -> i64 {
    at(object, pointer).as_i64().unwrap_or(0)
}

fn count(value: &Value) -> Value {
    json!(value.as_object().map(serde_json::Map::len).or_else(|| value.as_array().map(Vec::len)).unwrap_or(0))
}

/// The columns of a built-in kind between name and age.
fn builtin(plural: &str) -> &'static [Column] {
    const WORKLOAD: &[Column] = &[
        column("Ready", "string", |o| json!(format!("{}/{}", number(o, "/status/readyReplicas"), desired(o)))),
        column("Up-to-date", "integer", |o| json!(number(o, "/status/updatedReplicas"))),
        column("Available", "integer", |o| json!(number(o, "/status/availableReplicas"))),
    ];
    const STATEFUL: &[Column] =
        &[column("Ready", "string", |o| json!(format!("{}/{}", number(o, "/status/readyReplicas"), desired(o))))];
    const REPLICAS: &[Column] = &[
        column("Desired", "integer", |o| json!(desired(o))),
        column("Current", "integer", |o| json!(number(o, "/status/replicas"))),
        column("Ready", "integer", |o| json!(number(o, "/status/readyReplicas"))),
    ];
    const POD: &[Column] = &[
        column("Ready", "string", |o| json!(format!("{}/{}", ready(o), count(at(o, "/spec/containers"))))),
        column("Status", "string", pod_status),
        column("Restarts", "integer", |o| json!(restarts(o))),
    ];
    const DATA: &[Column] = &[column("Data", "integer", |o| count(at(o, "/data")))];
    const SECRET: &[Column] =
        &[column("Type", "string", |o| at(o, "/type").clone()), column("Data", "integer", |o| count(at(o, "/data")))];
    const SERVICE: &[Column] = &[
        column("Type", "string", |o| at(o, "/spec/type").as_str().map_or(json!("ClusterIP"), |kind| json!(kind))),
        column("Cluster-IP", "string", |o| at(o, "/spec/clusterIP").as_str().map_or(json!("<none>"), |ip| json!(ip))),
    ];
    const NAMESPACE: &[Column] = &[column("Status", "string", |o| at(o, "/status/phase").clone())];
    const LEASE: &[Column] = &[column("Holder", "string", |o| at(o, "/spec/holderIdentity").clone())];
    const EVENT: &[Column] = &[
        column("Type", "string", |o| at(o, "/type").clone()),
        column("Reason", "string", |o| at(o, "/reason").clone()),
        column("Message", "string", |o| o.get("message").or_else(|| o.get("note")).cloned().unwrap_or(Value::Null)),
    ];
    const JOB: &[Column] = &[column("Succeeded", "integer", |o| json!(number(o, "/status/succeeded")))];
    match plural {
        "deployments" => WORKLOAD,
        "statefulsets" => STATEFUL,
        "replicasets" | "replicationcontrollers" => REPLICAS,
        "pods" => POD,
        "configmaps" => DATA,
        "secrets" => SECRET,
        "services" => SERVICE,
        "namespaces" => NAMESPACE,
        "leases" => LEASE,
        "events" => EVENT,
        "jobs" => JOB,
        _ => &[],
    }
}

fn desired(object: &Value) -> i64 {
    at(object, "/spec/replicas").as_i64().unwrap_or(1)
}

fn ready(pod: &Value) -> usize {
    at(pod, "/status/containerStatuses").as_array().into_iter().flatten().filter(|one| one["ready"] == true).count()
}

fn restarts(pod: &Value) -> i64 {
    let each = at(pod, "/status/containerStatuses").as_array().into_iter().flatten();
    each.filter_map(|one| one["restartCount"].as_i64()).fold(0, i64::saturating_add)
}

fn pod_status(pod: &Value) -> Value {
    if at(pod, "/metadata/deletionTimestamp").is_string() {
        return json!("Terminating");
    }
    at(pod, "/status/phase").as_str().map_or(json!("Pending"), |phase| json!(phase))
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
