//! How documents are shown: what a person turns on and off.

use crate::render::diff::Lists;
use kuberewind_model::Seq;

/// What a diff compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Against {
    /// The version before.
    #[default]
    Previous,
    /// The object as of a mark.
    Mark(char, Seq),
    /// What the actor of the operation had been shown last.
    View,
}

/// Everything that is turned on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether long lines go on below instead of being cut.
    pub wrap: bool,
    /// Whether a diff has old and new beside each other.
    pub beside: bool,
    /// Whether the words that differ are marked within their lines.
    pub words: bool,
    /// Whether each line names who wrote it.
    pub blame: bool,
    /// What a diff compares with.
    pub against: Against,
    /// What the order of a list without a merge key says in a diff.
    pub lists: Lists,
}

impl Default for Look {
    fn default() -> Look {
        Look { wrap: false, beside: false, words: true, blame: false, against: Against::Previous, lists: Lists::InOrder }
    }
}
