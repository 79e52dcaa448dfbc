//! The port through which the program reads a recording.

use kuberewind_file::filter::FilterScan;
use kuberewind_model::{FindingsCache, History, Notes};

/// A recording that answers queries, runs filters, and stores the user's notes and the findings of analysis.
pub trait Source: History + FilterScan + Notes + FindingsCache {}

impl<T: History + FilterScan + Notes + FindingsCache> Source for T {}
