//! Splits a file into records: lines, JSON values, rows of a table or YAML documents.
//!
//! At most one record is in memory, and at most [`MAX_RECORD`] bytes of it. Reading continues after a broken record.

mod csv;
mod document;
mod form;
mod json_tracker;
mod line_reader;
mod lines;
mod path_finder;
mod record;
mod split;
mod splitter;
mod yaml;

pub(super) use json_tracker::{JsonTracker, Progress as JsonProgress};
pub(super) use record::{MAX_RECORD, Record};
pub(super) use split::for_each;
