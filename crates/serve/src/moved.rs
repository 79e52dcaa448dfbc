//! The answer to a move of the cursor.

use kuberewind_model::{Moment, Timestamp};

/// Where the cursor is after a move, and how many objects changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    pub at: Moment,
    /// The time of the operation at the cursor.
    pub time: Timestamp,
    pub added: usize,
    pub modified: usize,
    pub deleted: usize,
}
