//! Label selectors as text.

use serde_json::Value;

/// Formats a label selector: `app=web,tier in (a,b)`.
pub(super) fn selector_text(selector: &Value) -> Option<String> {
    let labels = selector.get("matchLabels").or(Some(selector)).and_then(Value::as_object)?;
    let mut parts: Vec<_> = labels.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect();
    for one in selector["matchExpressions"].as_array().into_iter().flatten() {
        let values: Vec<_> = one["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (key, values) = (one["key"].as_str().unwrap_or_default(), values.join(","));
        parts.push(match one["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    parts.sort();
    Some(parts.join(","))
}
