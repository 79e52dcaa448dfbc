//! The state that handles and watches share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch::Sender;

use super::rate::Rate;
use super::world::World;

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
