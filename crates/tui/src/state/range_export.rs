//! A range of operations that is copied, exported or piped.

use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportTarget {
    Copy,
    Export(PathBuf),
    Pipe(String),
}

/// A range whose rows are requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeExport {
    pub generation: u64,
    pub target: ExportTarget,
    /// The number of operations that are left out because the range is too long.
    pub left: u64,
}
