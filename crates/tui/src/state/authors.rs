//! The authors of the visible lines.

use std::sync::Arc;

use crate::protocol::FieldAuthors;
use kuberewind_model::Seq;

#[derive(Debug, Clone, Default)]
pub struct Authors {
    /// The moment of the last request.
    pub asked: Option<Seq>,
    /// The generation of the last reply.
    pub generation: u64,
    pub found: Option<Arc<FieldAuthors>>,
    /// The field to whose author to jump when the reply arrives.
    pub jump: Option<Arc<str>>,
}
