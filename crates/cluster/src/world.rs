//! Everything a cluster holds, behind one lock: what is written by one call is seen whole by the next.

use std::sync::Arc;

use serde_json::Value;

use super::garbage::Garbage;
use super::meta;
use super::options::ClusterOptions;
use super::random::Random;
use super::registry::{Registry, TableKey};
use super::storage::{Name, Storage};
use kuberewind_model::Timestamp;

/// The state of a cluster.
pub(super) struct World {
    pub(super) options: ClusterOptions,
    pub(super) storage: Storage,
    pub(super) registry: Registry,
    pub(super) random: Random,
    pub(super) garbage: Garbage,
}

impl World {
    pub(super) fn new(options: ClusterOptions) -> World {
        World {
            storage: Storage::new(options.event_window),
            registry: Registry::builtin(),
            random: Random::seeded(options.seed),
            garbage: Garbage::default(),
            options,
        }
    }

    /// The time.
    pub(super) fn clock_now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// The time as objects carry it: whole seconds.
    pub(super) fn now(&self) -> String {
        self.options.clock.now().rfc3339(0)
    }

    /// Stores an object, and tells those who follow: the registry of its kinds, and the garbage collector.
    pub(super) fn put(&mut self, table: &TableKey, name: Name, object: Value) -> Arc<Value> {
        let before = self.storage.get(table, &name).cloned();
        let place = name.clone();
        let after = self.storage.put(table, name, object);
        self.garbage.changed(table, &place, before.as_deref(), Some(&after));
        if is_definition(table) {
            self.registry.define(&after);
        }
        after
    }

    /// Removes an object, and tells those who follow.
    pub(super) fn remove(&mut self, table: &TableKey, name: &Name) {
        let Some(before) = self.storage.remove(table, name) else { return };
        self.garbage.changed(table, name, Some(&before), None);
        if is_definition(table) {
            self.registry.forget(&before);
        }
    }

    /// The namespace with this name.
    pub(super) fn namespace(&self, name: &str) -> Option<&Arc<Value>> {
        self.storage.get(&namespaces(), &Name::new("", name))
    }

    /// Whether the namespace is on its way out.
    pub(super) fn is_namespace_terminating(&self, name: &str) -> bool {
        self.namespace(name).is_some_and(|namespace| meta::is_terminating(namespace))
    }
}

/// The table of namespaces.
pub(super) fn namespaces() -> TableKey {
    TableKey { group: "".into(), plural: "namespaces".into() }
}

/// Whether a table holds CustomResourceDefinitions.
pub(super) fn is_definition(table: &TableKey) -> bool {
    &*table.group == "apiextensions.k8s.io" && &*table.plural == "customresourcedefinitions"
}
