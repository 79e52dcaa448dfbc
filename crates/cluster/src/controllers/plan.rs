//! A controller's decision: writes, and when to look again.

use std::sync::Arc;

use http::Request;
use serde_json::{Value, json};

use super::event::Event;
use super::kind::{Kind, PODS};
use crate::meta;
use kuberewind_model::Timestamp;

/// One write of a controller.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Creates an object.
    Create {
        /// The kind of the object.
        kind: Kind,
        /// The object.
        object: Value,
    },
    /// Replaces an object, or its status.
    Replace {
        /// The kind of the object.
        kind: Kind,
        /// `status`, or '' for the object itself.
        subresource: &'static str,
        /// The state that the controller saw.
        before: Arc<Value>,
        /// The state that it wants, with the resourceVersion that it saw.
        object: Value,
    },
    /// Deletes an object, if it still has the uid that the controller saw.
    Delete {
        /// The kind of the object.
        kind: Kind,
        /// The object that the controller saw.
        object: Arc<Value>,
        /// The propagation policy, '' for the default.
        propagation: &'static str,
    },
    /// Assigns a pod to a node.
    Bind {
        /// The pod that the scheduler saw.
        pod: Arc<Value>,
        /// The name of the node.
        node: String,
    },
}

impl Write {
    /// The request of this write, without headers that name its sender.
    ///
    /// # Errors
    /// If a name does not fit into a URL.
    pub fn request(&self) -> http::Result<Request<Vec<u8>>> {
        let (method, path, body) = match self {
            Write::Create { kind, object } => ("POST", kind.path(meta::text(object, "namespace")), object.clone()),
            Write::Replace { kind, subresource, object, .. } => {
                let rest = if subresource.is_empty() { String::new() } else { format!("/{subresource}") };
                ("PUT", format!("{}{rest}", path_of(*kind, object)), object.clone())
            }
            Write::Delete { kind, object, propagation } => {
                let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
                options["preconditions"] = json!({"uid": meta::text(object, "uid")});
                if !propagation.is_empty() {
                    options["propagationPolicy"] = json!(propagation);
                }
                ("DELETE", path_of(*kind, object), options)
            }
            Write::Bind { pod, node } => {
                let target = json!({"apiVersion": "v1", "kind": "Node", "name": node});
                let body = json!({
                    "apiVersion": "v1", "kind": "Binding", "target": target,
                    "metadata": {"name": meta::text(pod, "name"), "namespace": meta::text(pod, "namespace"), "uid": meta::text(pod, "uid")},
                });
                ("POST", format!("{}/binding", path_of(PODS, pod)), body)
            }
        };
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        request.body(body.to_string().into_bytes())
    }
}

fn path_of(kind: Kind, object: &Value) -> String {
    format!("{}/{}", kind.path(meta::text(object, "namespace")), meta::text(object, "name"))
}

/// A write, with the event that reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The write; `None` for a step that only reports an event.
    pub write: Option<Write>,
    /// The event that is recorded after the write succeeded. `{}` in its message is replaced by the name of the created object.
    pub event: Option<Event>,
}

/// The decision of a controller for one object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The steps, in order. A refused write ends the plan.
    pub steps: Vec<Step>,
    /// When to look at the object again without any change.
    pub again: Option<Timestamp>,
}

impl Plan {
    /// Adds a write.
    pub(super) fn write(&mut self, write: Write) {
        self.steps.push(Step { write: Some(write), event: None });
    }

    /// Adds a write that an event reports.
    pub(super) fn report(&mut self, write: Write, event: Event) {
        self.steps.push(Step { write: Some(write), event: Some(event) });
    }

    /// Adds an event without a write.
    pub(super) fn event(&mut self, event: Event) {
        self.steps.push(Step { write: None, event: Some(event) });
    }

    /// Adds the replacement of an object, unless nothing changed.
    pub(super) fn replace(&mut self, kind: Kind, subresource: &'static str, before: &Arc<Value>, object: Value) {
        if **before != object {
            self.write(Write::Replace { kind, subresource, before: before.clone(), object });
        }
    }

    /// Asks for another look at a time; the earliest wins.
    pub(super) fn look_again(&mut self, at: Timestamp) {
        self.again = Some(self.again.map_or(at, |other| other.min(at)));
    }
}
