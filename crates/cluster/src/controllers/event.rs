//! Events, as client-go's recorder writes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::kind::Kind;
use crate::meta;
use kuberewind_model::Timestamp;

/// An event about an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The kind of the object.
    pub kind: Kind,
    /// The object.
    pub about: Arc<Value>,
    /// `Normal` or `Warning`.
    pub severity: &'static str,
    /// The reason: `ScalingReplicaSet`.
    pub reason: &'static str,
    /// The sentence.
    pub message: String,
}

impl Event {
    pub(super) fn normal(kind: Kind, about: &Arc<Value>, reason: &'static str, message: impl Into<String>) -> Event {
        Event { kind, about: about.clone(), severity: "Normal", reason, message: message.into() }
    }

    pub(super) fn warning(kind: Kind, about: &Arc<Value>, reason: &'static str, message: impl Into<String>) -> Event {
        Event { severity: "Warning", ..Event::normal(kind, about, reason, message) }
    }

    /// The namespace of the event: `default` for an object at cluster scope.
    pub(super) fn namespace(&self) -> &str {
        match meta::text(&self.about, "namespace") {
            "" => "default",
            namespace => namespace,
        }
    }

    /// The event as an object. `number` makes the names of events in one nanosecond distinct.
    pub(super) fn to_object(&self, component: &str, host: &str, now: Timestamp, number: u64) -> Value {
        let name = meta::text(&self.about, "name");
        let suffix = u64::try_from(now.0).unwrap_or(0).wrapping_add(number);
        if component == SCHEDULER {
            return self.series(&name_of(name, suffix), now);
        }
        let mut source = json!({"component": component});
        if !host.is_empty() {
            source["host"] = json!(host);
        }
        let time = now.rfc3339(0);
        json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": name_of(name, suffix), "namespace": self.namespace()},
            "involvedObject": self.reference(),
            "reason": self.reason, "message": self.message, "type": self.severity, "count": 1,
            "firstTimestamp": time, "lastTimestamp": time, "eventTime": null,
            "source": source, "reportingComponent": component, "reportingInstance": host,
        })
    }

    /// The event as the scheduler writes it: through the newer API, with an action and without a count.
    fn series(&self, name: &str, now: Timestamp) -> Value {
        let action = if self.reason == "Scheduled" { "Binding" } else { "Scheduling" };
        json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": self.namespace()},
            "involvedObject": self.reference(), "reason": self.reason, "message": self.message, "type": self.severity,
            "eventTime": now.rfc3339(6), "firstTimestamp": null, "lastTimestamp": null, "action": action, "source": {},
            "reportingComponent": SCHEDULER, "reportingInstance": SCHEDULER,
        })
    }

    fn reference(&self) -> Value {
        let mut reference = json!({"apiVersion": self.kind.api_version(), "kind": self.kind.kind});
        for field in ["namespace", "name", "uid", "resourceVersion"] {
            if let Some(value) = meta::field(&self.about, field) {
                reference[field] = value.clone();
            }
        }
        reference
    }
}

/// The component whose events have the newer form.
const SCHEDULER: &str = "default-scheduler";

fn name_of(object: &str, suffix: u64) -> String {
    format!("{object}.{suffix:016x}")
}

/// The most events that a recorder remembers, as client-go's does.
const REMEMBERED: usize = 4096;

/// The names of the events written lately, so that the same event again is counted and not written anew.
#[derive(Debug, Default)]
pub(super) struct Recorded(BTreeMap<(String, &'static str, &'static str, String), String>);

impl Recorded {
    fn key(event: &Event, component: &'static str) -> (String, &'static str, &'static str, String) {
        (meta::text(&event.about, "uid").to_owned(), component, event.reason, event.message.clone())
    }

    /// The name of the event that reported the same.
    pub(super) fn name(&self, event: &Event, component: &'static str) -> Option<&str> {
        self.0.get(&Recorded::key(event, component)).map(String::as_str)
    }

    /// Remembers an event under its name.
    pub(super) fn add(&mut self, event: &Event, component: &'static str, name: &str) {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(Recorded::key(event, component), name.to_owned());
    }
}
