//! What a real API server answers when it refuses: `Status` objects with its own words.
//!
//! The sentences are part of the protocol in practice: people search for them, and tools match on `reason`.

use serde_json::{Map, Value, json};

/// A refusal, on its way to become a `Status` object.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// `NotFound`, `Conflict`, …: what programs look at.
    pub reason: &'static str,
    /// The sentence for people.
    pub message: String,
    /// Name, group and kind of what it is about, and the causes.
    pub details: Map<String, Value>,
}

/// One field that is wrong, as listed under `details.causes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldManagerConflict`, …
    pub reason: &'static str,
    /// What is wrong with it.
    pub message: String,
    /// The field's path, `.spec.replicas` or `spec.replicas` as the reason wants it.
    pub field: String,
}

/// The resource a refusal speaks of: plural and group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Plural as in URLs; for [`Status::invalid`] the kind.
    pub resource: &'a str,
    /// API group, '' for core.
    pub group: &'a str,
    /// Name, '' where there is none.
    pub name: &'a str,
}

impl Subject<'_> {
    /// `deployments.apps "web"`.
    fn quoted(&self) -> String {
        let Subject { resource, group, name } = self;
        if group.is_empty() { format!("{resource} \"{name}\"") } else { format!("{resource}.{group} \"{name}\"") }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        for (key, value) in [("name", self.name), ("group", self.group), ("kind", self.resource)] {
            if !value.is_empty() {
                details.insert(key.to_owned(), json!(value));
            }
        }
        details
    }
}

impl Status {
    /// Any refusal without details.
    #[must_use]
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Status {
        Status { code, reason, message: message.into(), details: Map::new() }
    }

    /// 404 of an object.
    #[must_use]
    pub fn not_found(subject: Subject<'_>) -> Status {
        Status { details: subject.details(), ..Status::new(404, "NotFound", format!("{} not found", subject.quoted())) }
    }

    /// 404 of a path nobody serves.
    #[must_use]
    pub fn no_such_resource() -> Status {
        Status::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// 409 of a create.
    #[must_use]
    pub fn already_exists(subject: Subject<'_>) -> Status {
        Status { details: subject.details(), ..Status::new(409, "AlreadyExists", format!("{} already exists", subject.quoted())) }
    }

    /// 409 of a write that was made against an older state; `why` follows the colon.
    #[must_use]
    pub fn conflict(subject: Subject<'_>, why: &str) -> Status {
        let message = format!("Operation cannot be fulfilled on {}: {why}", subject.quoted());
        Status { details: subject.details(), ..Status::new(409, "Conflict", message) }
    }

    /// 403 with its reason in words.
    #[must_use]
    pub fn forbidden(subject: Subject<'_>, why: &str) -> Status {
        let message = format!("{} is forbidden: {why}", subject.quoted());
        Status { details: subject.details(), ..Status::new(403, "Forbidden", message) }
    }

    /// 422: the object breaks the rules of its kind. `subject.resource` is the kind.
    #[must_use]
    pub fn invalid(subject: Subject<'_>, causes: &[Cause]) -> Status {
        let list = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect::<Vec<_>>();
        let all = if let [one] = list.as_slice() { one.clone() } else { format!("[{}]", list.join(", ")) };
        let mut status = Status::new(422, "Invalid", format!("{} is invalid: {all}", subject.quoted()));
        status.details = subject.details();
        status.with_causes(causes)
    }

    /// 400: what was sent cannot be understood.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status::new(400, "BadRequest", message)
    }

    /// 410: the resourceVersion or the continue token asks for what is no longer kept.
    #[must_use]
    pub fn expired(message: impl Into<String>) -> Status {
        Status::new(410, "Expired", message)
    }

    /// 405.
    #[must_use]
    pub fn method_not_allowed(subject: Subject<'_>, action: &str) -> Status {
        let message = format!("{action} is not supported on resources of kind \"{}\"", qualified(subject));
        Status { details: subject.details(), ..Status::new(405, "MethodNotAllowed", message) }
    }

    /// 415 with the media types that would have been taken.
    #[must_use]
    pub fn unsupported_media_type(accepted: &[&str]) -> Status {
        let message =
            format!("the body of the request was in an unknown format - accepted media types include: {}", accepted.join(", "));
        Status::new(415, "UnsupportedMediaType", message)
    }

    /// Adds causes to the details.
    #[must_use]
    pub fn with_causes(mut self, causes: &[Cause]) -> Status {
        let list = causes.iter().map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}));
        self.details.insert("causes".to_owned(), list.collect());
        self
    }

    /// The object that goes over the wire.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason,
        });
        if !self.details.is_empty() {
            body["details"] = Value::Object(self.details.clone());
        }
        body["code"] = json!(self.code);
        body
    }
}

/// `deployments.apps`.
fn qualified(subject: Subject<'_>) -> String {
    if subject.group.is_empty() { subject.resource.to_owned() } else { format!("{}.{}", subject.resource, subject.group) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_read_as_a_real_server_writes_them() {
        let subject = Subject { resource: "deployments", group: "apps", name: "web" };
        assert_eq!(
            Status::not_found(subject).to_json(),
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                   "message": "deployments.apps \"web\" not found", "reason": "NotFound",
                   "details": {"name": "web", "group": "apps", "kind": "deployments"}, "code": 404})
        );
        let causes = [Cause { reason: "FieldValueRequired", message: "Required value".into(), field: "spec.size".into() }];
        let invalid = Status::invalid(Subject { resource: "Widget", group: "example.com", name: "w" }, &causes);
        assert_eq!(invalid.message, "Widget.example.com \"w\" is invalid: spec.size: Required value");
        assert_eq!(invalid.details["causes"][0]["field"], "spec.size");
    }
}
