//! The state that handles and watches share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch::Sender;

use super::world::World;

/// What handles and watches share.
pub(super) struct Shared {
    pub(super) world: Mutex<World>,
    /// The last revision: what wakes watches.
    pub(super) revision: Sender<u64>,
}

impl Shared {
    /// The world, for one call. Every write is whole before it is stored, so that a panic elsewhere leaves it sound.
    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
