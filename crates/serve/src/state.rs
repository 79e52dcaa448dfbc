//! The states of objects, as the tables of the cursor's world name them.

use std::collections::BTreeMap;
use std::sync::Arc;

use kuberewind_cluster::{Name, Version};
use kuberewind_model::{ObjectId, VersionId};

/// A state of an object.
#[derive(Debug, Clone)]
pub enum State {
    Recorded(Recorded),
    /// A client's write.
    Written(Arc<Version>),
}

/// A state that the recording has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Recorded {
    pub(crate) object: ObjectId,
    /// `None` for an object of which only the name is known.
    pub(crate) version: Option<VersionId>,
    /// The revision of the move that brought it; `None` for the state that the server started with, which keeps its recorded
    /// resourceVersion.
    pub(crate) revision: Option<u64>,
}

impl State {
    /// The recorded state; `None` for a written one.
    pub(crate) fn recorded(&self) -> Option<Recorded> {
        match self {
            State::Recorded(recorded) => Some(*recorded),
            State::Written(_) => None,
        }
    }
}

impl Recorded {
    /// True for the same content, whichever move brought it.
    pub(crate) fn is_same(&self, other: &Recorded) -> bool {
        (self.object, self.version) == (other.object, other.version)
    }
}

impl PartialEq for State {
    fn eq(&self, other: &State) -> bool {
        match (self, other) {
            (State::Recorded(one), State::Recorded(other)) => one == other,
            (State::Written(one), State::Written(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// The objects of one kind.
pub(crate) type Table = BTreeMap<Name, State>;

/// The objects of one kind, without what clients wrote.
pub(crate) type RecordedTable = BTreeMap<Name, Recorded>;
