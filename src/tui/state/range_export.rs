//! A range of operations on its way out.

use std::path::PathBuf;

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportTarget {
    /// To the clipboard.
    Copy,
    /// Into this file.
    Export(PathBuf),
    /// To this command of the shell.
    Pipe(String),
}

/// A range whose rows are being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeExport {
    /// The generation of the question.
    pub generation: u64,
    /// Where it goes.
    pub target: ExportTarget,
    /// How many operations of the range are left out: it is longer than is read.
    pub left: u64,
}
