//! The parts that all controllers share.

use std::sync::Arc;

use serde_json::Value;

use super::kind::Kind;
use super::objects::Objects;
use super::owner;
use super::plan::Plan;
use crate::meta;
use kuberewind_model::{Duration, Timestamp};

/// The program that a controller is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// `kube-controller-manager`.
    ControllerManager,
    /// `kube-scheduler`.
    Scheduler,
    /// `kubelet`.
    Kubelet,
}

impl Program {
    /// The name, which is the field manager of its writes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Program::ControllerManager => "kube-controller-manager",
            Program::Scheduler => "kube-scheduler",
            Program::Kubelet => "kubelet",
        }
    }
}

/// The circumstances of a reconcile.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The time.
    pub now: Timestamp,
    /// Why the server refused the last plan for this object, '' if it did not.
    pub refusal: String,
}

impl Context {
    /// The time as objects carry it.
    pub(super) fn time(&self) -> String {
        self.now.rfc3339(0)
    }
}

/// A time plus a number of seconds.
pub(super) fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.plus(Duration::from_millis(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000)))
}

/// The namespace ('' at cluster scope) and the name of an object.
pub type Key = (String, String);

/// The key of an object.
pub(super) fn key_of(object: &Value) -> Key {
    (meta::text(object, "namespace").to_owned(), meta::text(object, "name").to_owned())
}

/// A controller: it reads objects and decides what to write. It performs no I/O and does not wait.
pub trait Controller: Send {
    /// The name, which is the component of its events: `deployment-controller`.
    fn name(&self) -> &'static str;

    /// The program that it is a part of.
    fn program(&self) -> Program {
        Program::ControllerManager
    }

    /// The kind that it reconciles.
    fn kind(&self) -> Kind;

    /// The objects of [`Controller::kind`] that a change of `object` concerns. By default: itself, or its controller.
    fn concerned(&self, objects: &dyn Objects, kind: Kind, object: &Value) -> Vec<Key> {
        let _ = objects;
        if kind == self.kind() {
            return vec![key_of(object)];
        }
        let name = owner::name_of(object, self.kind());
        name.map(|name| (meta::text(object, "namespace").to_owned(), name.to_owned())).into_iter().collect()
    }

    /// Decides what to do about one object.
    fn reconcile(&mut self, objects: &dyn Objects, object: &Arc<Value>, context: &Context) -> Plan;

    /// Releases what the controller remembers of an object that is gone.
    fn forget(&mut self, object: &Value) {
        let _ = object;
    }
}
