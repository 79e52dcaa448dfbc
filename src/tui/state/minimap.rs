//! What the minimap shows: a range of the recording, and the counts in it.

use std::ops::Range;

use kuberewind_model::{Density, Seq};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DensityRequest {
    /// Into how many parts.
    pub buckets: u16,
    /// The first and the last operation.
    pub range: (Seq, Seq),
}

/// The minimap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Minimap {
    /// Counts of all operations, one per column.
    pub density: Vec<Density>,
    /// What they were asked for.
    pub asked: Option<DensityRequest>,
    /// The places that are zoomed to; everything where there are none.
    pub zoom: Option<Range<u64>>,
}
