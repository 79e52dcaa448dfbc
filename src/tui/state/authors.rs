//! Who wrote what is shown.

use std::sync::Arc;

use crate::tui::protocol::FieldAuthors;
use kuberewind_model::Seq;

/// The writers of the lines at the cursor.
#[derive(Debug, Clone, Default)]
pub struct Authors {
    /// The moment that was asked for last.
    pub asked: Option<Seq>,
    /// The generation of the question that [`Authors::found`] answers.
    pub generation: u64,
    /// What was found.
    pub found: Option<Arc<FieldAuthors>>,
    /// The field to whose writer to jump once it is known.
    pub jump: Option<Arc<str>>,
}
