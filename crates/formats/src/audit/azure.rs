//! Azure's own table of audit events: a column for each member, with other names.

use serde_json::{Map, Value};

/// The columns and the members.
const MEMBERS: [(&str, &str); 14] = [
    ("AuditId", "auditID"),
    ("Stage", "stage"),
    ("Level", "level"),
    ("RequestUri", "requestURI"),
    ("Verb", "verb"),
    ("User", "user"),
    ("ImpersonatedUser", "impersonatedUser"),
    ("UserAgent", "userAgent"),
    ("ObjectRef", "objectRef"),
    ("ResponseStatus", "responseStatus"),
    ("RequestObject", "requestObject"),
    ("ResponseObject", "responseObject"),
    ("RequestReceivedTime", "requestReceivedTimestamp"),
    ("StageReceivedTime", "stageTimestamp"),
];

/// Converts a row to an audit event.
///
/// # Errors
/// The row is not a JSON object.
pub(crate) fn event(row: &[u8]) -> Result<Vec<u8>, String> {
    let mut row: Value = serde_json::from_slice(row).map_err(|error| format!("it is not JSON ({error})"))?;
    let mut event = Map::new();
    for (column, member) in MEMBERS {
        let value = row.get_mut(column).map(Value::take).unwrap_or_default();
        // Columns of a dynamic type are quoted in some exports.
        let value = match value {
            Value::String(text) if text.starts_with('{') || text.starts_with('[') => {
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            Value::String(text) if text.is_empty() || text == "null" => Value::Null,
            Value::String(text) if member.ends_with("Timestamp") => {
                crate::times::time(&text).map_or(Value::Null, |at| at.rfc3339(9).into())
            }
            value => value,
        };
        if !value.is_null() {
            event.insert(member.to_owned(), value);
        }
    }
    if let Some(annotations) = row.get_mut("Annotations").map(Value::take).filter(Value::is_object) {
        event.insert("annotations".to_owned(), annotations);
    }
    if !event.contains_key("stageTimestamp")
        && let Some(at) = row["TimeGenerated"].as_str().and_then(crate::times::time)
    {
        event.insert("stageTimestamp".to_owned(), at.rfc3339(9).into());
    }
    Ok(Value::Object(event).to_string().into_bytes())
}
