//! The objects that clients wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use kuberewind_cluster::{Name, Overlay, TableKey, Version};

use super::state::Recorded;

/// The objects that clients wrote.
#[derive(Default)]
pub(crate) struct Writes {
    /// The cluster that takes the writes at this moment. Made by the first one.
    pub(crate) overlay: Option<Overlay>,
    /// The objects that differ from the recording because of a write.
    pub(crate) objects: BTreeMap<(TableKey, Name), WrittenObject>,
}

/// An object that a client wrote.
pub(crate) struct WrittenObject {
    /// The recorded state at the moment of the last write.
    pub(crate) base: Option<Recorded>,
    /// The client's version; `None` for a deletion.
    pub(crate) written: Option<Arc<Version>>,
    /// The recorded state at the cursor.
    pub(crate) here: Option<Recorded>,
    /// The revision of the last write.
    pub(crate) revision: u64,
}
