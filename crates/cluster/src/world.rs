//! The whole state of a cluster, behind one lock, so that each call sees complete writes only.

use std::sync::Arc;

use serde_json::Value;

use super::identity::Identities;
use super::managed_fields::Managers;
use super::meta;
use super::options::ClusterOptions;
use super::owners::Owners;
use super::ownership::Ownership;
use super::registry::Registry;
use super::resource_type::TableKey;
use super::storage::{Name, Storage};
use super::version::Version;
use kuberewind_model::Timestamp;

/// A clone is an independent world that shares what it has in common with this one. It costs nothing: all maps are persistent.
#[derive(Clone)]
pub(super) struct World {
    pub(super) options: ClusterOptions,
    pub(super) storage: Storage,
    pub(super) registry: Registry,
    pub(super) identities: Identities,
    pub(super) owners: Owners,
}

impl World {
    pub(super) fn new(options: ClusterOptions) -> World {
        World {
            storage: Storage::new(options.event_window),
            registry: Registry::builtin(),
            identities: Identities::new(options.identity, options.seed),
            owners: Owners::default(),
            options,
        }
    }

    /// A world without objects that continues after a revision.
    pub(super) fn starting_at(revision: u64, registry: Registry, options: ClusterOptions) -> World {
        World { storage: Storage::starting_at(revision, options.event_window), registry, ..World::new(options) }
    }

    pub(super) fn clock_now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// The time in whole seconds, as objects carry it.
    pub(super) fn now(&self) -> String {
        self.options.clock.now().rfc3339(0)
    }

    /// Takes in all objects of a kind as they are. That is no change.
    pub(super) fn copy_in(&mut self, table: &TableKey, objects: Vec<(Name, Arc<Version>)>) {
        for (name, object) in &objects {
            self.owners.known(table, name, &Ownership::of(object));
        }
        self.storage.take_in(table, objects.into_iter().collect());
    }

    /// Stores an object and updates the registry of kinds and the index of owners.
    pub(super) fn put(&mut self, table: &TableKey, name: Name, object: Value, managers: Managers) -> Arc<Version> {
        let before = self.storage.get(table, &name).cloned();
        let place = name.clone();
        let after = self.storage.put(table, name, object, managers);
        self.owners.changed(table, &place, before.as_deref().map(|version| &**version), Some(&after));
        if table.has_definitions() {
            self.registry.define(&after);
        }
        after
    }

    /// Removes an object and updates the registry of kinds and the index of owners.
    pub(super) fn remove(&mut self, table: &TableKey, name: &Name) {
        let Some(before) = self.storage.remove(table, name) else { return };
        self.owners.changed(table, name, Some(&before), None);
        self.identities.removed(table, name);
        if table.has_definitions() {
            self.registry.forget(&before);
        }
    }

    pub(super) fn namespace(&self, name: &str) -> Option<&Arc<Version>> {
        self.storage.get(&TableKey::namespaces(), &Name::new("", name))
    }

    pub(super) fn is_namespace_terminating(&self, name: &str) -> bool {
        self.namespace(name).is_some_and(|namespace| meta::is_terminating(namespace))
    }
}
