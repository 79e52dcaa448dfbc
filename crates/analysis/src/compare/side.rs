//! One of the two sessions.

use kuberewind_model::{History, Lineage, Moment, SessionRange};

/// A session to compare, or the end of one.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub history: &'a dyn History,
    pub lineage: &'a Lineage,
    /// Compare what came after this moment: the one at which the sessions branched, or [`kuberewind_model::Seq::START`].
    pub after: Moment,
    /// The session's name.
    pub session_id: &'a str,
}

impl Side<'_> {
    /// The operations that are compared.
    pub(super) fn range(&self) -> Lineage {
        let later = |range: &SessionRange| SessionRange { from: range.from.max(self.after.next()), ..*range };
        Lineage::new(self.lineage.ranges().iter().map(later))
    }
}
