//! The fields that a refused write would have changed.

use serde_json::Value;

use super::super::context::QueryContext;
use super::super::history::FieldChange;
use super::super::volatile_fields::changes_on_every_write;
use kuberewind_model::json::paths::{self, Limits};
use kuberewind_model::{Detail, Operation, Result, Verb};

/// Fields that only name the object of a patch.
const IDENTITY: [&str; 5] = ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace", "/metadata/uid"];

#[derive(Default)]
pub(super) struct Sent {
    pub(super) fields: Vec<FieldChange>,
    /// Why there are no fields, '' if there are.
    pub(super) remark: String,
}

impl Sent {
    fn nothing(remark: &str) -> Sent {
        Sent { fields: Vec::new(), remark: remark.to_owned() }
    }
}

/// What the write sent, against its base.
pub(super) fn sent(context: &QueryContext<'_>, operation: &Operation, detail: &Detail, base: Option<&Value>) -> Result<Sent> {
    match operation.verb {
        Verb::Delete | Verb::DeleteCollection => return Ok(Sent::nothing("it would have deleted the object")),
        Verb::Create => return Ok(Sent::nothing("it would have created the object")),
        _ => {}
    }
    let text = operation.request_body.map(|body| context.history.body(body)).transpose()?.flatten();
    let Some(body) = text.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
        return Ok(Sent::nothing("the request body was not kept"));
    };
    let fields = match (operation.verb, base) {
        (Verb::Update, None) => return Ok(Sent::nothing("the version that it was made on is not recorded")),
        (Verb::Update, Some(base)) => replaced(base, &body, &operation.subresource),
        _ if detail.media_type.contains("json-patch") => operations(base, &body),
        _ => patched(base, &body),
    };
    let remark = if fields.is_empty() { "no field differs from the version that it was made on" } else { "" };
    Ok(Sent { fields, remark: remark.to_owned() })
}

/// The fields that an update changes. An update of the status changes nothing else, and an update of the object not its status.
fn replaced(base: &Value, body: &Value, subresource: &str) -> Vec<FieldChange> {
    let leaves = paths::changed(base, body, Limits::default()).leaves;
    let in_part = |path: &str| match subresource {
        "status" => path.starts_with("/status"),
        // Servers without a status subresource take it with the object, and the client sends what it read.
        _ => !path.starts_with("/status") || !base.get("status").is_some_and(Value::is_object),
    };
    leaves.into_iter().filter(|leaf| !changes_on_every_write(&leaf.path) && in_part(&leaf.path)).map(FieldChange::from).collect()
}

/// The fields of a merge patch, a strategic merge patch or an applied configuration. Lists have no comparable positions in a patch, so
/// their former values are unknown.
fn patched(base: Option<&Value>, body: &Value) -> Vec<FieldChange> {
    let leaves = paths::changed(&Value::Object(serde_json::Map::new()), body, Limits::default()).leaves;
    let kept = leaves
        .into_iter()
        .filter(|leaf| !leaf.path.is_empty() && !IDENTITY.contains(&leaf.path.as_str()) && !changes_on_every_write(&leaf.path));
    let before = |path: &str| if is_in_list(path) { None } else { base.and_then(|base| base.pointer(path)).cloned() };
    kept.map(|leaf| FieldChange { before: before(&leaf.path), after: leaf.after, path: leaf.path })
        .filter(|field| field.before.is_none() || field.before != field.after)
        .collect()
}

/// The fields of a JSON patch.
fn operations(base: Option<&Value>, body: &Value) -> Vec<FieldChange> {
    let operations = body.as_array().map(Vec::as_slice).unwrap_or_default();
    let field = |operation: &Value| {
        let path = operation.get("path")?.as_str()?.to_owned();
        let after = match operation.get("op")?.as_str()? {
            "test" => return None,
            "remove" => None,
            _ => operation.get("value").cloned(),
        };
        Some(FieldChange { before: base.and_then(|base| base.pointer(&path)).cloned(), after, path })
    };
    operations.iter().filter_map(field).collect()
}

/// True if a part of the path may be the index of a list.
fn is_in_list(path: &str) -> bool {
    path.split('/').any(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{operations, patched, replaced};

    fn shown(fields: &[super::FieldChange]) -> Vec<String> {
        let text = |value: &Option<serde_json::Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
        fields.iter().map(|field| format!("{} {} → {}", field.path, text(&field.before), text(&field.after))).collect()
    }

    #[test]
    fn updates_and_patches_name_their_fields() {
        let base =
            json!({"metadata": {"resourceVersion": "5"}, "spec": {"replicas": 3, "paused": false}, "status": {"ready": 3}});
        let body =
            json!({"metadata": {"resourceVersion": "5"}, "spec": {"replicas": 5, "paused": false}, "status": {"ready": 2}});
        assert_eq!(shown(&replaced(&base, &body, "")), ["/spec/replicas 3 → 5"]);
        assert_eq!(shown(&replaced(&base, &body, "status")), ["/status/ready 3 → 2"]);
        let patch = json!({"kind": "Deployment", "metadata": {"name": "a", "finalizers": ["x"]}, "spec": {"replicas": 5, "paused": false}});
        assert_eq!(shown(&patched(Some(&base), &patch)), ["/metadata/finalizers/0 - → \"x\"", "/spec/replicas 3 → 5"]);
        let patch = json!([{"op": "test", "path": "/spec/replicas", "value": 3}, {"op": "replace", "path": "/spec/replicas", "value": 4},
                           {"op": "remove", "path": "/spec/paused"}]);
        assert_eq!(shown(&operations(Some(&base), &patch)), ["/spec/replicas 3 → 4", "/spec/paused false → -"]);
    }
}
