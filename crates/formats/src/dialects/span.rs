//! A span of the API server as a request and its response, in the form of an archive of HTTP exchanges.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Value,
    #[serde(default, alias = "end_time_unix_nano")]
    end_time_unix_nano: Value,
    #[serde(default)]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    #[serde(default)]
    value: HashMap<String, Value>,
}

/// Converts a span; `None` if it is not a request to the API.
pub(super) fn exchange(span: &[u8]) -> Option<Vec<u8>> {
    let span: Span = serde_json::from_slice(span).ok()?;
    let text = |names: &[&str]| {
        let found = span.attributes.iter().find(|attribute| names.contains(&attribute.key.as_str()))?;
        found.value.values().next().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let nanos = |time: &Value| time.as_i64().or_else(|| time.as_str()?.parse().ok());
    let start = nanos(&span.start_time_unix_nano)?;
    let end = nanos(&span.end_time_unix_nano).unwrap_or(start);
    let method = text(&["http.request.method", "http.method"])?;
    let mut path = text(&["http.target", "url.path"])?;
    if let Some(query) = text(&["url.query"]).filter(|query| !path.contains('?') && !query.is_empty()) {
        path = format!("{path}?{query}");
    }
    let mut headers = Vec::new();
    if let Some(agent) = text(&["user_agent.original", "http.user_agent"]) {
        headers.push(json!({"name": "User-Agent", "value": agent}));
    }
    let audit: Vec<Value> =
        text(&["audit-id", "audit.id"]).map(|id| json!({"name": "Audit-Id", "value": id})).into_iter().collect();
    let status = text(&["http.response.status_code", "http.status_code"]).and_then(|code| code.parse::<u16>().ok());
    let exchange = json!({
        "startedDateTime": start.to_string(),
        "time": end.saturating_sub(start) as f64 / 1e6,
        "request": {"method": method, "url": path, "headers": headers},
        "response": {"status": status.unwrap_or(0), "headers": audit},
        "_bodies": false,
    });
    Some(exchange.to_string().into_bytes())
}
