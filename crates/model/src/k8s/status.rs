//! `Status` objects with the messages of a real API server.
//!
//! The messages are part of the protocol in practice: people search for them, and tools match on `reason`.

use serde_json::{Map, Value, json};

/// The beginnings of messages without a subject.
const GENERIC: &[&str] = &[
    "the server could not find the requested resource",
    "the server does not allow this method on the requested resource",
    "the server rejected our request due to an error in our request",
    "406: Not Acceptable",
    "415: Unsupported Media Type",
];

/// A failed request.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    pub code: u16,
    /// Machine-readable reason: `NotFound`, `Conflict`, …
    pub reason: &'static str,
    pub message: String,
    /// Name, group and kind of the resource, and the causes.
    pub details: Map<String, Value>,
}

/// An invalid field, an item of `details.causes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldManagerConflict`, …
    pub reason: &'static str,
    pub message: String,
    /// `.spec.replicas` or `spec.replicas`, depending on the reason.
    pub field: String,
}

/// The resource of a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Plural as in URLs; for [`Status::invalid`] the kind.
    pub resource: &'a str,
    /// '' for the core group.
    pub group: &'a str,
    /// '' for none.
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
    /// A status without details.
    #[must_use]
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Status {
        Status { code, reason, message: message.into(), details: Map::new() }
    }

    /// 404 for an object.
    #[must_use]
    pub fn not_found(subject: Subject<'_>) -> Status {
        Status { details: subject.details(), ..Status::new(404, "NotFound", format!("{} not found", subject.quoted())) }
    }

    /// 404 for an unknown path.
    #[must_use]
    pub fn no_such_resource() -> Status {
        Status::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// 409 for a create.
    #[must_use]
    pub fn already_exists(subject: Subject<'_>) -> Status {
        Status { details: subject.details(), ..Status::new(409, "AlreadyExists", format!("{} already exists", subject.quoted())) }
    }

    /// 409 for a write based on an older version. `why` follows the colon.
    #[must_use]
    pub fn conflict(subject: Subject<'_>, why: &str) -> Status {
        let message = format!("Operation cannot be fulfilled on {}: {why}", subject.quoted());
        Status { details: subject.details(), ..Status::new(409, "Conflict", message) }
    }

    /// 403. `why` follows the colon.
    #[must_use]
    pub fn forbidden(subject: Subject<'_>, why: &str) -> Status {
        let message = format!("{} is forbidden: {why}", subject.quoted());
        Status { details: subject.details(), ..Status::new(403, "Forbidden", message) }
    }

    /// 422. `subject.resource` is the kind.
    #[must_use]
    pub fn invalid(subject: Subject<'_>, causes: &[Cause]) -> Status {
        // The message has each cause once, as Go's aggregates of errors do.
        let mut list = Vec::new();
        for line in causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)) {
            if !list.contains(&line) {
                list.push(line);
            }
        }
        let all = if let [one] = list.as_slice() { one.clone() } else { format!("[{}]", list.join(", ")) };
        let mut status = Status::new(422, "Invalid", format!("{} is invalid: {all}", subject.quoted()));
        status.details = subject.details();
        status.with_causes(causes)
    }

    /// 400.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status::new(400, "BadRequest", message)
    }

    /// 410 for an expired resourceVersion or continue token.
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

    /// 415, with the supported media types.
    #[must_use]
    pub fn unsupported_media_type(accepted: &[&str]) -> Status {
        let message =
            format!("the body of the request was in an unknown format - accepted media types include: {}", accepted.join(", "));
        Status::new(415, "UnsupportedMediaType", message)
    }

    #[must_use]
    pub fn with_causes(mut self, causes: &[Cause]) -> Status {
        let list = causes.iter().map(|cause| {
            let mut shown = json!({"reason": cause.reason, "message": cause.message});
            if !cause.field.is_empty() {
                shown["field"] = json!(cause.field);
            }
            shown
        });
        self.details.insert("causes".to_owned(), list.collect());
        self
    }

    /// Asks the client to repeat the request after a time.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Status {
        self.details.insert("retryAfterSeconds".to_owned(), json!(seconds));
        self
    }

    /// 405 for a method that no object of the path has.
    #[must_use]
    pub fn method_not_served() -> Status {
        Status::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    }

    /// True for a status without a subject, which a real server makes from the code of the response alone.
    #[must_use]
    pub fn is_generic(&self) -> bool {
        self.details.is_empty() && GENERIC.iter().any(|start| self.message.starts_with(start))
    }

    /// The `Status` object as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason,
        });
        if let Some(body) = body.as_object_mut().filter(|_| self.reason.is_empty()) {
            body.remove("reason");
        }
        if !self.details.is_empty() || self.is_generic() {
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
    fn messages_match_a_real_server() {
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
