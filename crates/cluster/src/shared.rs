//! The state that handles and watches share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch::{Receiver, Sender};

use super::change::Change;
use super::rate::Rate;
use super::resource_type::TableKey;
use super::source::{Feed, Objects};
use super::world::World;
use kuberewind_model::Timestamp;
use kuberewind_model::k8s::status::Status;

pub(super) struct Shared {
    pub(super) world: Mutex<World>,
    /// The last revision. Changing it wakes the watches.
    pub(super) revision: Sender<u64>,
    pub(super) rate: Rate,
}

impl Shared {
    pub(super) fn new(world: World) -> Shared {
        let revision = Sender::new(world.storage.revision());
        Shared { world: Mutex::new(world), revision, rate: Rate::default() }
    }

    /// Locks the world for one call. A write is complete before it is stored, so a panic elsewhere leaves the world consistent.
    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed for Shared {
    fn now(&self) -> Timestamp {
        self.lock().clock_now()
    }

    fn revision(&self) -> u64 {
        self.lock().storage.revision()
    }

    fn subscribe(&self) -> Receiver<u64> {
        self.revision.subscribe()
    }

    fn bookmark_every(&self) -> Duration {
        self.lock().options.bookmark_every
    }

    fn all(&self, table: &TableKey, namespace: &str) -> Result<Objects, Status> {
        let world = self.lock();
        let of_kind = world.storage.table(table).into_iter().flatten();
        let chosen = of_kind.filter(|(name, _)| namespace.is_empty() || *name.namespace == *namespace);
        Ok((world.storage.revision(), chosen.map(|(name, object)| (name.clone(), object.clone())).collect()))
    }

    fn changes_after(&self, revision: u64, table: &TableKey, limit: usize) -> Result<(u64, Vec<Arc<Change>>), Status> {
        let world = self.lock();
        let Some(changes) = world.storage.changes_after(revision) else {
            let oldest = world.storage.compacted();
            return Err(Status::expired(format!("too old resource version: {revision} ({oldest})")));
        };
        let (mut position, mut found) = (revision, Vec::new());
        for change in changes.take(limit) {
            position = change.revision;
            if change.table == *table {
                found.push(change.clone());
            }
        }
        Ok((position, found))
    }
}
