//! Encodes a story as the audit log of its API server, at a level for each resource.

use std::path::PathBuf;

use kuberewind_model::{Event, NewOperation, ObservationKind, Observations, Timestamp, Verb};
use serde_json::{Value, json};

/// The level of an audit policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Metadata,
    Request,
    RequestResponse,
}

/// The policy: a level for everything, and one for the status of objects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) objects: Level,
    pub(crate) status: Level,
    /// False for a policy that does not log reads.
    pub(crate) reads: bool,
}

impl Policy {
    pub(crate) const fn of(level: Level) -> Policy {
        Policy { objects: level, status: level, reads: true }
    }
}

/// The user in the log for an actor of the story.
pub(crate) fn user(actor: &str) -> String {
    actor.replace('/', ":")
}

/// Writes the log into a folder.
pub(crate) fn write(events: &[Event], policy: Policy, folder: &std::path::Path) -> PathBuf {
    let lines: String = events
        .iter()
        .filter_map(|event| match event {
            Event::Operation(operation) => encode(operation, policy),
            _ => None,
        })
        .map(|event| format!("{event}\n"))
        .collect();
    let file = folder.join("audit.jsonl");
    std::fs::write(&file, lines).expect("the log is written");
    file
}

fn verb(operation: &NewOperation) -> Option<&'static str> {
    Some(match operation.verb {
        Verb::Get => "get",
        Verb::List => "list",
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Patch => "patch",
        Verb::Delete => "delete",
        Verb::Watch => "watch",
        // Watch events are not in an audit log.
        _ => return None,
    })
}

fn encode(operation: &NewOperation, policy: Policy) -> Option<Value> {
    let verb = verb(operation)?;
    let is_write = operation.verb.is_write();
    if !is_write && !policy.reads {
        return None;
    }
    let kind = operation.target.kind.as_ref()?;
    let request = operation.request.as_ref().and_then(|text| serde_json::from_slice::<Value>(&text.bytes).ok());
    // A patch that has nothing but a status goes to the subresource.
    let of_status =
        request.as_ref().and_then(Value::as_object).is_some_and(|body| body.len() == 1 && body.contains_key("status"));
    let subresource = if verb == "patch" && of_status { "status" } else { "" };
    let level = if subresource.is_empty() { policy.objects } else { policy.status };
    let (group, version, resource) = (&*kind.group, &*kind.version, &*kind.resource);
    let (namespace, name) = (&*operation.target.namespace, &*operation.target.name);
    let root = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    let mut uri = format!("{root}/namespaces/{namespace}/{resource}");
    for part in [name, subresource].into_iter().filter(|part| !part.is_empty() && verb != "create") {
        uri.push('/');
        uri.push_str(part);
    }
    let time = |at: Timestamp| at.rfc3339(6);
    let mut event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": format!("{level:?}"),
        "auditID": format!("{:?}-{}", operation.started_after, operation.at.0), "stage": "ResponseComplete",
        "requestURI": uri, "verb": verb, "user": {"username": user(&operation.actor)},
        "objectRef": {"resource": resource, "namespace": namespace, "name": name, "apiGroup": group, "apiVersion": version, "subresource": subresource},
        "responseStatus": {"code": operation.status, "message": &*operation.error, "reason": &*operation.detail.reason},
        "requestReceivedTimestamp": time(operation.at.minus(operation.duration)), "stageTimestamp": time(operation.at),
        "annotations": {"authorization.k8s.io/decision": "allow"},
    });
    if !operation.detail.precondition.is_empty() {
        event["objectRef"]["resourceVersion"] = json!(&*operation.detail.precondition);
    }
    let response = match &operation.observations {
        Observations::Object(seen) if seen.observation_kind != ObservationKind::NotFound => {
            seen.body.as_ref().and_then(|text| serde_json::from_slice::<Value>(&text.bytes).ok())
        }
        _ => None,
    };
    if level != Level::Metadata
        && let Some(sent) = sent(verb, request, response.as_ref(), &operation.detail.precondition)
    {
        event["requestObject"] = sent;
    }
    if level == Level::RequestResponse
        && let Some(response) = response
    {
        event["responseObject"] = response;
    }
    Some(event)
}

/// The body as a client sends it: a whole object, with the metadata of the version that it is based on.
fn sent(verb: &str, request: Option<Value>, response: Option<&Value>, base: &str) -> Option<Value> {
    let mut body = request?;
    if verb != "patch" {
        for key in ["apiVersion", "kind", "metadata"] {
            if let Some(value) = response.and_then(|response| response.get(key)) {
                body[key] = value.clone();
            }
        }
        body["metadata"]["resourceVersion"] = json!(base);
    }
    Some(body)
}
