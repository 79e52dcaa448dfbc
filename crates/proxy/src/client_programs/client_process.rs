//! The process at the client end of a connection.

use std::sync::Arc;

/// A process. The system may use its id again after its end, but not with the same start.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProcessKey {
    pub id: u32,
    /// The start in the system's clock ticks.
    pub start: u64,
}

#[derive(Debug, Clone)]
pub struct ClientProcess {
    pub key: ProcessKey,
    /// The name of its program.
    pub program: Arc<str>,
}
