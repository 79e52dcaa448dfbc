//! The minimap.

use std::ops::Range;

use kuberewind_model::{Density, Seq};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DensityRequest {
    /// The number of columns.
    pub buckets: u16,
    /// The first and the last operation.
    pub range: (Seq, Seq),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Minimap {
    /// Counts of all operations for each column.
    pub density: Vec<Density>,
    /// The last request.
    pub asked: Option<DensityRequest>,
    /// The visible ordinals; `None` for all.
    pub zoom: Option<Range<u64>>,
}
