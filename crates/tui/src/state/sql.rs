use std::sync::Arc;

#[derive(Debug, Clone, Default)]
pub struct SqlQuery {
    /// The query on the screen and the generation of its request.
    pub asked: Option<(Arc<str>, u64)>,
    /// True until the reply arrives.
    pub waiting: bool,
}
