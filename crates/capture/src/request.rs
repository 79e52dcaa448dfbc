//! The resource and verb of a request.

use std::sync::Arc;

use http::HeaderValue;

use super::message::Started;
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::redact::BodyInfo;
use kuberewind_model::{KindRef, Target, Verb};

/// Verb, resource and the query parameters that capture needs; the API server's `RequestInfo`.
#[derive(Debug)]
pub(super) struct RequestInfo {
    pub(super) verb: Verb,
    pub(super) kind: KindRef,
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) subresource: Arc<str>,
    pub(super) selector: Arc<str>,
    pub(super) dry_run: bool,
    /// The continue token of a further page of a list.
    pub(super) continues: String,
    /// The resourceVersion at which a watch begins.
    pub(super) from: Arc<str>,
    pub(super) initial_events: bool,
    pub(super) field_manager: Arc<str>,
}

impl RequestInfo {
    /// Parses the URL; `None` for requests that are not about resources.
    pub(super) fn read(started: &Started) -> Option<RequestInfo> {
        let request = ResourceRequest::parse(&started.method, started.uri.path(), started.uri.query().unwrap_or_default())?;
        let mut selector = request.selector();
        if request.verb == Verb::Watch && !request.name.is_empty() && selector.is_empty() {
            // The deprecated path for watching one object equals a field selector on its name.
            selector = format!("fields:metadata.name={}", request.name);
        }
        // A Namespace is cluster-scoped, though its path looks as if it were in itself.
        let cluster_scope = request.kind.group.is_empty() && &*request.kind.resource == "namespaces";
        Some(RequestInfo {
            verb: request.verb,
            namespace: if cluster_scope { "".into() } else { request.namespace.as_str().into() },
            name: request.name.as_str().into(),
            subresource: request.subresource.as_str().into(),
            selector: selector.into(),
            dry_run: request.is_dry_run(),
            continues: request.query.get("continue").to_owned(),
            from: request.query.get("resourceVersion").into(),
            initial_events: request.query.flag("sendInitialEvents"),
            field_manager: request.query.get("fieldManager").into(),
            kind: request.kind,
        })
    }

    /// The redactor's view of a body of this request or its response.
    pub(super) fn body_info<'a>(&'a self, kind: &'a str, media_type: &'a str) -> BodyInfo<'a> {
        BodyInfo {
            group: &self.kind.group,
            resource: &self.kind.resource,
            kind,
            subresource: &self.subresource,
            namespace: &self.namespace,
            name: &self.name,
            media_type,
        }
    }

    pub(super) fn target(&self) -> Target {
        Target {
            kind: Some(self.kind.clone()),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            subresource: self.subresource.clone(),
        }
    }

    /// True if a successful response holds the object itself.
    pub(super) fn returns_object(&self) -> bool {
        matches!(&*self.subresource, "" | "status" | "finalize" | "approval" | "resize" | "ephemeralcontainers")
            && self.verb != Verb::Connect
    }
}

/// A header's value as text; '' if it is absent or not ASCII.
pub(super) fn header(value: Option<&HeaderValue>) -> &str {
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The resource and namespace of a request, for gaps.
#[must_use]
pub fn scope_of(started: &Started) -> (Option<KindRef>, Arc<str>) {
    match RequestInfo::read(started) {
        Some(request) => (Some(request.kind), request.namespace),
        None => (None, "".into()),
    }
}

/// True if a request opens a watch.
#[must_use]
pub fn is_watch(started: &Started) -> bool {
    RequestInfo::read(started).is_some_and(|request| request.verb == Verb::Watch)
}
