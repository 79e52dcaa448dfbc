//! The states of objects, as the tables of the cursor's world name them.

use std::collections::BTreeMap;

use kuberewind_cluster::Name;
use kuberewind_model::{ObjectId, VersionId};

/// A state of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) object: ObjectId,
    /// `None` for an object of which only the name is known.
    pub(crate) version: Option<VersionId>,
    /// The revision of the move that brought it; `None` for the state that the server started with, which keeps its recorded
    /// resourceVersion.
    pub(crate) revision: Option<u64>,
}

impl State {
    /// True for the same content, whichever move brought it.
    pub(crate) fn is_same(&self, other: &State) -> bool {
        (self.object, self.version) == (other.object, other.version)
    }
}

/// The objects of one kind.
pub(crate) type Table = BTreeMap<Name, State>;
