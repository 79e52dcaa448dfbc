//! Converts an access to an object into an API call.

use bytes::Bytes;
use http::{Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::line::Op;
use kuberewind_capture::ResponseBody;
use kuberewind_model::k8s::kinds;

/// Characters of a path segment that are encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b':');

/// A kind with its group, version and plural.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedKind {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
}

/// An access to an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accessed<'a> {
    pub(crate) op: Op,
    pub(crate) uid: &'a str,
}

/// The call for an access.
pub(crate) struct Access {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) media_type: &'static str,
    pub(crate) request: Bytes,
    pub(crate) status: u16,
    pub(crate) response: Bytes,
    pub(crate) answer: ResponseBody,
}

impl TypedKind {
    /// The kind from the object, the access, or other objects of the kind.
    pub(crate) fn of(
        kind: &str,
        object: &Value,
        api_version: Option<&str>,
        group: Option<&str>,
        known: Option<&str>,
    ) -> TypedKind {
        let own = object["apiVersion"].as_str().filter(|version| !version.is_empty());
        let builtin = kinds::by_kind(kind);
        let api_version = own.or(api_version.filter(|version| !version.is_empty())).or(known);
        let (group, version) = match (api_version, group, builtin) {
            (Some(text), _, _) => text.rsplit_once('/').unwrap_or(("", text)),
            (None, Some(group), _) if !group.is_empty() => (group, "v1"),
            (None, _, Some(row)) => (row.group, row.version),
            (None, _, None) => ("", "v1"),
        };
        let row = kinds::by_group_and_kind(group, kind);
        TypedKind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            plural: row.map_or_else(|| kinds::guess_plural(kind), |row| row.resource.to_owned()),
        }
    }

    /// For example `apps/v1`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    fn path(&self, namespace: &str, name: &str) -> String {
        let mut path =
            if self.group.is_empty() { format!("/api/{}", self.version) } else { format!("/apis/{}", self.api_version()) };
        if !namespace.is_empty() {
            path.push_str(&format!("/namespaces/{}", encoded(namespace)));
        }
        path.push_str(&format!("/{}", encoded(&self.plural)));
        if !name.is_empty() {
            path.push_str(&format!("/{}", encoded(name)));
        }
        path
    }
}

impl Access {
    /// The call for one object; `None` if it has no name.
    pub(crate) fn to_one(access: Accessed<'_>, object: &Value, typed: &TypedKind) -> Option<Access> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        if name.is_empty() {
            return None;
        }
        let body = Bytes::from(whole(object, typed).to_string());
        let deleted = || {
            let details = json!({"name": name, "uid": access.uid, "kind": typed.plural});
            json!({"kind": "Status", "apiVersion": "v1", "status": "Success", "details": details, "code": 200})
        };
        let marked = object.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string);
        let (method, media_type, answer) = match access.op {
            Op::Init | Op::Get | Op::List => (Method::GET, "", ResponseBody::Captured),
            Op::Create => (Method::POST, "application/json", ResponseBody::Captured),
            Op::Update => (Method::PUT, "application/json", ResponseBody::Captured),
            Op::Patch => (Method::PATCH, "application/merge-patch+json", ResponseBody::Captured),
            Op::Apply => (Method::PATCH, "application/apply-patch+yaml", ResponseBody::Captured),
            // Unless the object shows it, a later event shows if the object is deleted at once or waits for finalizers.
            Op::Delete if !marked => (Method::DELETE, "", ResponseBody::NotKept),
            Op::Delete | Op::Remove => (Method::DELETE, "", ResponseBody::Captured),
        };
        let request = if matches!(access.op, Op::Create | Op::Update) { body.clone() } else { Bytes::new() };
        let response = match (access.op, &answer) {
            (Op::Remove, _) => Bytes::from(deleted().to_string()),
            (_, ResponseBody::NotKept) => Bytes::new(),
            _ => body,
        };
        let path = typed.path(namespace, if access.op == Op::Create { "" } else { name });
        let status = if access.op == Op::Create { 201 } else { 200 };
        Some(Access { method, uri: path.parse().ok()?, media_type, request, status, response, answer })
    }

    /// The call for a list.
    pub(super) fn to_list(items: &[Value], typed: &TypedKind) -> Option<Access> {
        let list = json!({
            "kind": format!("{}List", typed.kind), "apiVersion": typed.api_version(),
            // The trace has neither selectors nor scope: the list may be incomplete, so an object that is not in it is not
            // absent.
            "metadata": {"continue": "unknown"},
            "items": items.iter().map(|item| whole(item, typed)).collect::<Vec<_>>(),
        });
        Some(Access {
            method: Method::GET,
            uri: typed.path("", "").parse().ok()?,
            media_type: "",
            request: Bytes::new(),
            status: 200,
            response: Bytes::from(list.to_string()),
            answer: ResponseBody::Captured,
        })
    }
}

/// The object with its apiVersion and kind, which clients omit.
fn whole(object: &Value, typed: &TypedKind) -> Value {
    let mut members = Map::from_iter([
        ("apiVersion".to_owned(), Value::String(typed.api_version())),
        ("kind".to_owned(), Value::String(typed.kind.clone())),
    ]);
    for (key, value) in object.as_object().into_iter().flatten() {
        if key != "kind" && key != "apiVersion" {
            members.insert(key.clone(), value.clone());
        }
    }
    Value::Object(members)
}

/// Percent-encodes a path segment.
fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, SEGMENT)
}
