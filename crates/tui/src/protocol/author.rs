use std::collections::HashMap;

use kuberewind_analysis::queries::Author;
use kuberewind_model::Seq;
use kuberewind_render::document::{Line, Sign};

/// The authors of an object's fields at a moment, by JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldAuthors {
    pub at: Seq,
    /// Authors of the state after the operation.
    pub after: HashMap<String, Author>,
    /// Authors of the state before the operation, for the fields that it removed.
    pub before: HashMap<String, Author>,
}

impl FieldAuthors {
    /// The author of a line's value; `None` for a line that is not a single value.
    #[must_use]
    pub fn of(&self, line: &Line) -> Option<&Author> {
        let side = if line.sign == Sign::Removed { &self.before } else { &self.after };
        side.get(&*line.path)
    }
}
