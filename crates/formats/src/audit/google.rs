//! Google's log entries: audit events with other field names and gRPC status codes. In BigQuery, the payload has another name, and its
//! bodies are quoted.

use serde_json::{Map, Value, json};

use crate::times;

/// gRPC codes and their HTTP counterparts; any other code is a server error.
const CODES: [(i64, i64); 13] = [
    (0, 200),
    (1, 499),
    (3, 400),
    (4, 504),
    (5, 404),
    (6, 409),
    (7, 403),
    (8, 429),
    (9, 409),
    (10, 409),
    (12, 501),
    (14, 503),
    (16, 401),
];

/// Converts an entry to an audit event.
///
/// # Errors
/// The reason, naming the missing member.
pub(crate) fn event(entry: &[u8]) -> Result<Vec<u8>, String> {
    let mut entry: Value = serde_json::from_slice(entry).map_err(|error| format!("it is not JSON ({error})"))?;
    let at = entry["timestamp"].as_str().ok_or("it has no timestamp")?.to_owned();
    let at = times::time(&at).map_or(at, |at| at.rfc3339(9));
    let id = entry["insertId"].as_str().or(entry.pointer("/operation/id").and_then(Value::as_str));
    let id = id.unwrap_or(&at).to_owned();
    let mut payload = match take(&mut entry, "protoPayload") {
        Value::Null => take(&mut entry, "protopayload_auditlog"),
        payload => payload,
    };
    let method = payload["methodName"].as_str().and_then(|name| name.strip_prefix("io.k8s.")).unwrap_or_default().to_owned();
    let Some((_, verb)) = method.rsplit_once('.') else { return Err("it is not an entry of the Kubernetes API".into()) };
    let resource = payload["resourceName"].as_str().unwrap_or_default();
    let path = match resource.strip_prefix("core/") {
        Some(rest) => format!("/api/{rest}"),
        None => format!("/apis/{resource}"),
    };
    let response = body(take_body(&mut payload, "response"));
    let code = payload["status"]["code"].as_i64().unwrap_or(0);
    let is_status = response["kind"] == "Status" || response.get("code").is_some_and(Value::is_number);
    let status = match response["code"].as_i64().filter(|_| is_status) {
        Some(code) => code,
        None if code >= 100 => code,
        None => CODES.iter().find(|(grpc, _)| *grpc == code).map_or(500, |(_, http)| *http),
    };
    let mut status_body = Map::from_iter([("code".to_owned(), json!(status))]);
    if status >= 400 {
        let message = response["message"].as_str().or(payload["status"]["message"].as_str()).unwrap_or_default();
        status_body.insert("status".into(), json!("Failure"));
        status_body.insert("message".into(), json!(message));
        for member in ["reason", "details"] {
            status_body.insert(member.into(), response[member].clone());
        }
    } else if is_status {
        status_body.insert("status".into(), json!("Success"));
        status_body.insert("details".into(), response["details"].clone());
    }
    let request = body(take_body(&mut payload, "request"));
    let event = json!({
        "auditID": id,
        "stage": "ResponseComplete",
        "requestURI": path,
        "verb": verb,
        "user": {"username": payload["authenticationInfo"]["principalEmail"]},
        "userAgent": payload["requestMetadata"]["callerSuppliedUserAgent"],
        "requestObject": request,
        "responseObject": if is_status { Value::Null } else { response },
        "responseStatus": status_body,
        "stageTimestamp": at,
    });
    Ok(event.to_string().into_bytes())
}

/// Takes a member out; null if there is none.
fn take(value: &mut Value, member: &str) -> Value {
    value.get_mut(member).map(Value::take).unwrap_or_default()
}

/// Takes a body out, which may be quoted under another name.
fn take_body(payload: &mut Value, member: &str) -> Value {
    let plain = take(payload, member);
    let quoted = take(payload, &format!("{member}Json"));
    match (plain, quoted.as_str().or_else(|| quoted["value"].as_str())) {
        (Value::Null, Some(text)) => serde_json::from_str(text).unwrap_or_default(),
        (plain, _) => plain,
    }
}

/// The body without `@type`, which Google adds.
fn body(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("@type");
    }
    value
}
