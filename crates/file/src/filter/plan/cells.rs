//! The columns of operations that a filter reads.

use kuberewind_model::{Seq, Verb};

/// A column, or group of columns, that a filter may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the columns of the table of operations
pub(crate) enum Column {
    Viewer = 1,
    Target = 2,
    Subresource = 4,
    Error = 8,
    Span = 16,
    Version = 32,
    Status = 64,
    Duration = 128,
    Flags = 256,
    Bodies = 512,
    Reason = 1024,
    Overtaken = 2048,
}

/// A set of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Columns(u16);

impl Columns {
    pub(super) fn add(&mut self, columns: &[Column]) {
        for column in columns {
            self.0 |= *column as u16;
        }
    }

    pub(crate) fn has(self, column: Column) -> bool {
        self.0 & column as u16 != 0
    }

    /// Returns true if the verb and the number decide.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// An operation as integers. Columns that the plan does not need may keep their defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)] // row ids and numbers of the columns of the same names
pub(crate) struct Cells {
    pub seq: Seq,
    pub verb: Option<Verb>,
    pub failed: bool,
    pub viewer: i64,
    pub object: Option<i64>,
    pub kind: Option<i64>,
    pub namespace: Option<i64>,
    pub name: Option<i64>,
    pub subresource: Option<i64>,
    pub error: Option<i64>,
    pub reason: Option<i64>,
    pub span: Option<i64>,
    pub version: Option<i64>,
    pub status: u16,
    pub duration: u64,
    pub changed_world: bool,
    pub is_overtaken: bool,
    pub request: Option<i64>,
    pub response: Option<i64>,
}
