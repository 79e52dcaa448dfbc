use std::sync::Arc;

/// Names from the recording that complete a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    pub kinds: Vec<Arc<str>>,
    pub actors: Vec<Arc<str>>,
    pub namespaces: Vec<Arc<str>>,
    pub names: Vec<Arc<str>>,
}
