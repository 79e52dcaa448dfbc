use crate::protocol::DiffBase;
use kuberewind_render::diff::{Lists, Noise};

/// Display options of the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocOptions {
    /// Wraps long lines instead of cutting them.
    pub wrap: bool,
    /// Shows old and new lines of a diff side by side.
    pub side_by_side: bool,
    /// Marks the words that differ within changed lines.
    pub words: bool,
    /// Shows the author of each line.
    pub authors: bool,
    pub base: DiffBase,
    /// How a diff compares lists without a merge key.
    pub lists: Lists,
    /// Hides or shows fields that change with every write.
    pub noise: Noise,
}

impl Default for DocOptions {
    fn default() -> DocOptions {
        DocOptions {
            wrap: false,
            side_by_side: false,
            words: true,
            authors: false,
            base: DiffBase::Previous,
            lists: Lists::InOrder,
            noise: Noise::Hidden,
        }
    }
}
