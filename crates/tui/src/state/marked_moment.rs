use kuberewind_model::{Seq, SessionNo};

/// A bookmark or a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedMoment {
    pub at: Seq,
    /// The session of a bookmark in another session.
    pub elsewhere: Option<SessionNo>,
    /// The name; `'a` for a mark.
    pub name: String,
    pub note: String,
}
