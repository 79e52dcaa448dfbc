//! The index of observations: the operations at which a viewer observed an object, or at which the object changed for the
//! world.
//!
//! The query "which version did this viewer have at that moment" needs the last observation before the moment. A plain index
//! with an entry for each observation would answer it, but filling it costs more than all other writes together, because each
//! operation touches pages all over it. Instead, observations are collected, sorted by object and viewer, and written as runs
//! of up to 256, one row each. Three places hold them, from oldest to newest:
//!
//! - the table `trail` holds long runs;
//! - the table `trail_recent` holds short runs of a few thousand observations, until they are merged into long ones;
//! - observations after `session.trailed` are in no run yet. They are read from the operations themselves.
//!
//! When a session has ended cleanly, all of it is in `trail`.

mod entry;
mod read;
mod run;
mod write;

pub(crate) use entry::{IndexEntry, ObservationRef, SeriesKey};
pub(crate) use read::{back, forth, last, read_recent, read_tail, up_to};
pub(crate) use run::decode;
pub(crate) use write::{RunTable, sort, write};
