//! The port through which something outside the debugger follows its cursor.

use super::{Lineage, Moment};

/// Follows a cursor: told of every move.
pub trait CursorLink: Send {
    /// The cursor now stands at `at` of `lineage`.
    fn moved(&mut self, lineage: &Lineage, at: Moment);
}
