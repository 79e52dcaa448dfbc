//! ObservationWriter: at which operations an object was shown to a viewer, or changed for the world.
//!
//! The question "what did it have of this object at that moment" needs the last showing before the moment. An index
//! with an entry per showing would answer it, but filling it costs more than all else that is written: each operation
//! touches pages of its own, all over the index. So showings are collected, sorted by object and viewer, and written as
//! runs of up to [`RUN`] of them, a row each. Three places hold them, each younger than the one before:
//!
//! - `trail`: the long runs;
//! - `trail_recent`: short runs, a few thousand showings at a time, until they are folded into long ones;
//! - the tail: what came after `session.trailed` is in no run yet, and read from the operations themselves.
//!
//! Of a session that has ended cleanly all is in `trail`.

mod entry;
mod read;
mod run;
mod write;

pub(crate) use entry::{IndexEntry, ObservationRef, SeriesKey};
pub(crate) use read::{back, forth, last, read_recent, read_tail, up_to};
pub(crate) use run::decode;
pub(crate) use write::{RunTable, sort, write};
