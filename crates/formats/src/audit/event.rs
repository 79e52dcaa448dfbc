//! One audit event.

use std::collections::HashMap;

use http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::clean_name::clean_name;
use kuberewind_model::Timestamp;

/// Known versions. They differ in optional fields.
const VERSIONS: [&str; 3] = ["audit.k8s.io/v1", "audit.k8s.io/v1beta1", "audit.k8s.io/v1alpha1"];
/// The key of the pod's name among the user's extra fields.
const POD: &str = "authentication.kubernetes.io/pod-name";
/// The annotation of an event whose bodies were dropped for their size.
const TRUNCATED: &str = "audit.k8s.io/truncated";
/// The beginning of the annotations that tell which webhook changed the object: `…/round_0_index_2`.
const MUTATION: &str = "mutation.webhook.admission.k8s.io/";
/// Limits on the webhooks of one event, and on the characters of a name.
const MAX_WEBHOOKS: usize = 64;
const MAX_WEBHOOK_NAME: usize = 200;

/// The value of an annotation of a webhook.
#[derive(Debug, Deserialize)]
struct Mutation {
    configuration: String,
    webhook: String,
    #[serde(default)]
    mutated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Stage {
    RequestReceived,
    ResponseStarted,
    ResponseComplete,
    Panic,
}

/// An event in a log. Unused fields are skipped; bodies stay unparsed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(default)]
    api_version: Option<String>,
    #[serde(rename = "auditID")]
    pub(super) id: String,
    pub(super) stage: Stage,
    #[serde(default, rename = "requestURI")]
    uri: Option<String>,
    #[serde(default)]
    verb: Option<String>,
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    impersonated_user: Option<User>,
    #[serde(default)]
    pub(super) user_agent: Option<String>,
    #[serde(default)]
    object_ref: Option<ObjectRef>,
    #[serde(default, borrow)]
    response_status: Option<&'a RawValue>,
    #[serde(default, borrow)]
    request_object: Option<&'a RawValue>,
    #[serde(default, borrow)]
    response_object: Option<&'a RawValue>,
    #[serde(default)]
    request_received_timestamp: Option<String>,
    #[serde(default)]
    stage_timestamp: Option<String>,
    /// Used in 2017.
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    annotations: Option<HashMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
struct User {
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    extra: Option<HashMap<String, Vec<String>>>,
}

/// The object of a request, as the server understood it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ObjectRef {
    resource: Option<String>,
    namespace: Option<String>,
    pub(super) name: Option<String>,
    api_group: Option<String>,
    api_version: Option<String>,
    pub(super) resource_version: Option<String>,
    subresource: Option<String>,
}

/// The fields of `responseStatus` that are used here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EventStatus {
    pub(super) status: Option<String>,
    code: Option<i64>,
}

impl<'a> Event<'a> {
    /// Parses an event.
    ///
    /// # Errors
    /// The reason why it is not one.
    pub(super) fn read(text: &'a [u8]) -> Result<Event<'a>, String> {
        let event: Event<'a> = serde_json::from_slice(text).map_err(|error| format!("it is not an audit event ({error})"))?;
        match &event.api_version {
            Some(version) if !VERSIONS.contains(&version.as_str()) => {
                Err(format!("unknown audit version {version:?}; this program reads {}", VERSIONS.join(", ")))
            }
            _ => Ok(event),
        }
    }

    /// The times of the request and of this stage; `before` if the event has none.
    pub(super) fn times(&self, before: Timestamp) -> Result<(Timestamp, Timestamp), String> {
        let stage = self.stage_timestamp.as_deref().or(self.timestamp.as_deref()).map(time).transpose()?;
        let received = self.request_received_timestamp.as_deref().map(time).transpose()?;
        let at = stage.or(received).unwrap_or(before);
        // A request cannot come after its end: the clock was set back.
        Ok((received.unwrap_or(at).min(at), at))
    }

    /// The mutating webhooks that changed the object, as the server's annotations name them: `CONFIGURATION/WEBHOOK`. A webhook whose
    /// patch is logged (`patch.webhook…`) has an annotation `mutation.webhook…` as well.
    pub(super) fn webhooks(&self) -> Vec<String> {
        let Some(annotations) = &self.annotations else { return Vec::new() };
        let mut rounds: Vec<(&String, &String)> = annotations.iter().filter(|(key, _)| key.starts_with(MUTATION)).collect();
        rounds.sort_by_key(|(key, _)| (key.len(), key.as_str()));
        let changed = rounds.into_iter().filter_map(|(_, value)| serde_json::from_str::<Mutation>(value).ok());
        let mut names = Vec::new();
        for webhook in changed.filter(|webhook| webhook.mutated).take(MAX_WEBHOOKS) {
            let name = format!("{}/{}", webhook.configuration, webhook.webhook);
            let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_WEBHOOK_NAME).collect();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// True if its bodies were dropped.
    fn is_truncated(&self) -> bool {
        self.annotations.as_ref().is_some_and(|annotations| annotations.get(TRUNCATED).is_some_and(|value| value == "true"))
    }

    /// The name of the user, or of the impersonated user.
    pub(super) fn user(&self) -> &str {
        let of = |user: &'_ Option<User>| user.as_ref().and_then(|user| user.username.clone()).filter(|name| !name.is_empty());
        let impersonated = of(&self.impersonated_user).is_some();
        let user = if impersonated { &self.impersonated_user } else { &self.user };
        user.as_ref().and_then(|user| user.username.as_deref()).unwrap_or_default()
    }

    /// The pod of the user, if it does not impersonate another.
    pub(super) fn pod(&self) -> Option<String> {
        if self.impersonated_user.is_some() {
            return None;
        }
        self.user.as_ref()?.extra.as_ref()?.get(POD)?.first().and_then(|name| clean_name(name))
    }

    /// The path and query, built from the object if the event has none.
    pub(super) fn uri(&self) -> std::borrow::Cow<'_, str> {
        match self.uri.as_deref() {
            Some(uri) if uri.starts_with('/') => uri.into(),
            _ => self.object_ref.as_ref().map_or_else(|| "/".to_owned(), ObjectRef::path).into(),
        }
    }

    /// The HTTP method of the verb.
    pub(super) fn method(&self) -> Method {
        let verb = self.verb.as_deref().unwrap_or("get");
        match verb {
            "get" | "list" | "watch" => Method::GET,
            "create" | "post" => Method::POST,
            "update" | "put" => Method::PUT,
            "patch" => Method::PATCH,
            "delete" | "deletecollection" => Method::DELETE,
            other => Method::from_bytes(other.to_ascii_uppercase().as_bytes()).unwrap_or(Method::GET),
        }
    }

    pub(super) fn is_watch(&self) -> bool {
        self.verb.as_deref() == Some("watch")
    }

    pub(super) fn object(&self) -> Option<&ObjectRef> {
        self.object_ref.as_ref()
    }

    /// The request's body, if the policy recorded it.
    pub(super) fn request(&self) -> Option<&'a RawValue> {
        self.request_object.filter(|body| !self.is_truncated() && body.get() != "null")
    }

    /// The response's body, if the policy recorded it.
    pub(super) fn response(&self) -> Option<&'a RawValue> {
        self.response_object.filter(|body| !self.is_truncated() && body.get() != "null")
    }

    pub(super) fn status(&self) -> EventStatus {
        self.response_status.and_then(|status| serde_json::from_str(status.get()).ok()).unwrap_or_default()
    }

    /// The status as a body, as the server sends it in place of an object.
    pub(super) fn status_body(&self) -> Option<String> {
        let members = self.response_status?.get().trim().strip_prefix('{')?.trim_start();
        let comma = if members.starts_with('}') { "" } else { "," };
        Some(format!("{{\"kind\":\"Status\",\"apiVersion\":\"v1\"{comma}{members}"))
    }
}

impl EventStatus {
    /// The HTTP status code; 200 if the event has none.
    pub(super) fn code(&self) -> u16 {
        self.code.and_then(|code| u16::try_from(code).ok()).filter(|code| *code >= 100).unwrap_or(200)
    }
}

impl ObjectRef {
    fn path(&self) -> String {
        let part = |part: &Option<String>| part.clone().filter(|part| !part.is_empty());
        let version = part(&self.api_version).unwrap_or_else(|| "v1".into());
        let mut path = match part(&self.api_group) {
            Some(group) => format!("/apis/{group}/{version}"),
            None => format!("/api/{version}"),
        };
        if let Some(namespace) = part(&self.namespace).filter(|_| self.resource.as_deref() != Some("namespaces")) {
            path.push_str(&format!("/namespaces/{namespace}"));
        }
        for part in [&self.resource, &self.name, &self.subresource].into_iter().filter_map(part) {
            path.push('/');
            path.push_str(&part);
        }
        path
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map(Timestamp::from_jiff).map_err(|error| format!("invalid time {text:?} ({error})"))
}
