//! Finds the entries in a record, whatever a log collector, an export or a batch has wrapped around them.
//!
//! A record is opened until an entry is found: an audit event, a watch event or object, an HTTP exchange, a trace or a log line.
//! An envelope is not recognised by its vendor. Any object, array or quoted text may hold entries.

mod dialect;
mod envelope;
mod leaf;
mod line;
mod opened;
mod prefixed;
mod sample;
mod shape;
mod span;
mod table;

pub(super) use dialect::Dialect;
pub(super) use envelope::time_of;
pub(super) use leaf::{Leaf, Leaves};
pub(super) use line::{has_leaf, leaves};
pub(super) use sample::of_sample;
