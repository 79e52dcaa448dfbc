//! Options of the server.

use kuberewind_cluster::Access;
use kuberewind_model::{Moment, Perspective, Result};
use kuberewind_session::OpenRecording;

use super::moved::Moved;

/// Finds the perspective at a moment: each incarnation of an actor has its own view.
pub type Viewpoint = Box<dyn Fn(&OpenRecording, Moment) -> Result<Perspective> + Send>;

/// Reports a move that dropped or merged writes.
pub type Report = Box<dyn Fn(&Moved) + Send>;

/// The treatment of clients' writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WritePolicy {
    /// It refuses them.
    Refuse,
    /// It takes them. A move of the cursor drops them.
    DropOnMove,
    /// It takes them. A move of the cursor merges them into the new world.
    KeepOnMove,
}

impl WritePolicy {
    pub(crate) fn access(self) -> Access {
        if self == WritePolicy::Refuse { Access::Read } else { Access::Write }
    }
}

pub struct ServeOptions {
    /// The recording's name in messages: `run.db`.
    pub name: String,
    /// Whose objects are served: the world's, or those that an actor observed last.
    pub viewpoint: Viewpoint,
    /// True to list names whose objects are not known at the cursor.
    pub list_unknown: bool,
    pub writes: WritePolicy,
    pub report: Report,
}

impl ServeOptions {
    /// The world, for reading.
    #[must_use]
    pub fn of_world(name: impl Into<String>) -> ServeOptions {
        ServeOptions {
            name: name.into(),
            viewpoint: Box::new(|_, _| Ok(Perspective::World)),
            list_unknown: false,
            writes: WritePolicy::Refuse,
            report: Box::new(|_| {}),
        }
    }
}
