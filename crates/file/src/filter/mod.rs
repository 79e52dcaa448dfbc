//! Filters over a recording: summaries first, then the integer columns of the operations that the summaries leave open.

mod names;
mod plan;
mod port;
mod scan;
mod texts;

pub use plan::Plan;
pub use port::{FilterScan, Matches, SearchProgress};
