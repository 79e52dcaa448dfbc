use kuberewind_model::{Seq, SessionNo};

/// A row of the list of bookmarks and marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedMoment {
    /// Where it points.
    pub at: Seq,
    /// The session of a bookmark in another session.
    pub elsewhere: Option<SessionNo>,
    /// Its name; of a mark `'a`.
    pub name: String,
    /// What was said about it.
    pub note: String,
}
