//! The recorded program, whose descendants are searched.

use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct RecordedProgram {
    /// The process id.
    pub process: u32,
    /// The name as an actor.
    pub name: Arc<str>,
    /// The executable.
    pub file: PathBuf,
}
