use crate::actors::ActorNames;
use crate::bookmarks::Bookmarks;
use kuberewind_model::{Lineage, Session, Timestamp};

/// The recording's metadata as of the last read: session, lineage, actors and bookmarks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The recording's id in hexadecimal.
    pub id: String,
    /// The session on the screen.
    pub session: Session,
    pub lineage: Lineage,
    /// The start of the lineage.
    pub start: Timestamp,
    /// The number of sessions in the recording.
    pub sessions: usize,
    pub actors: ActorNames,
    /// The bookmarks of all sessions.
    pub bookmarks: Bookmarks,
    /// A remark about how the recording was opened; '' for none.
    pub remark: String,
}
