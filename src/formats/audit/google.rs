//! Google's log entries: an audit event under other names, with the status codes of gRPC.

use serde_json::{Map, Value, json};

/// gRPC's codes as HTTP's; what is none of these was a failure of the server.
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

/// The audit event that an entry stands for.
///
/// # Errors
/// A sentence that says what it lacks.
pub(super) fn event(entry: &[u8]) -> Result<Vec<u8>, String> {
    let mut entry: Value = serde_json::from_slice(entry).map_err(|error| format!("it is no JSON ({error})"))?;
    let at = entry["timestamp"].as_str().ok_or("it has no timestamp")?.to_owned();
    let id = entry["insertId"].as_str().or(entry.pointer("/operation/id").and_then(Value::as_str));
    let id = id.unwrap_or(&at).to_owned();
    let mut payload = taken(&mut entry, "protoPayload");
    let method = payload["methodName"].as_str().and_then(|name| name.strip_prefix("io.k8s.")).unwrap_or_default().to_owned();
    let Some((_, verb)) = method.rsplit_once('.') else { return Err("it is no entry of Kubernetes' API".into()) };
    let resource = payload["resourceName"].as_str().unwrap_or_default();
    let path = match resource.strip_prefix("core/") {
        Some(rest) => format!("/api/{rest}"),
        None => format!("/apis/{resource}"),
    };
    let response = body(taken(&mut payload, "response"));
    let code = payload["status"]["code"].as_i64().unwrap_or(0);
    let answered = response["kind"] == "Status" || response.get("code").is_some_and(Value::is_number);
    let status = match response["code"].as_i64().filter(|_| answered) {
        Some(told) => told,
        None if code >= 100 => code,
        None => CODES.iter().find(|(grpc, _)| *grpc == code).map_or(500, |(_, http)| *http),
    };
    let mut said = Map::from_iter([("code".to_owned(), json!(status))]);
    if status >= 400 {
        let message = response["message"].as_str().or(payload["status"]["message"].as_str()).unwrap_or_default();
        said.insert("status".into(), json!("Failure"));
        said.insert("message".into(), json!(message));
        for member in ["reason", "details"] {
            said.insert(member.into(), response[member].clone());
        }
    } else if answered {
        said.insert("status".into(), json!("Success"));
        said.insert("details".into(), response["details"].clone());
    }
    let request = body(taken(&mut payload, "request"));
    let made = json!({
        "auditID": id,
        "stage": "ResponseComplete",
        "requestURI": path,
        "verb": verb,
        "user": {"username": payload["authenticationInfo"]["principalEmail"]},
        "userAgent": payload["requestMetadata"]["callerSuppliedUserAgent"],
        "requestObject": request,
        "responseObject": if answered { Value::Null } else { response },
        "responseStatus": said,
        "stageTimestamp": at,
    });
    Ok(made.to_string().into_bytes())
}

/// A member, taken out; null where there is none.
fn taken(value: &mut Value, member: &str) -> Value {
    value.get_mut(member).map(Value::take).unwrap_or_default()
}

/// A body without the word that Google puts in front.
fn body(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("@type");
    }
    value
}
