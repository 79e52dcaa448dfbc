//! Writing a session.
//!
//! Nothing here waits, and nothing runs in the background: the owner of a writer calls [`Sink::take`](kuberewind_model::Sink::take)
//! for each event and [`Sink::flush`](kuberewind_model::Sink::flush) when there are no more, and at least every 50 ms while there are.

mod begin;
mod body_writer;
mod check_place;
mod clean_stored;
mod connection;
mod counters;
mod dictionaries;
mod gaps;
mod list_pages;
mod logs;
mod loss;
mod names;
mod objects;
mod observation_writer;
mod observations;
mod open_blocks;
mod open_lists;
mod open_spans;
mod open_watches;
mod operations;
mod options;
mod placement;
mod recovery;
mod ring;
mod rows;
mod segment;
mod segments;
mod session_writer;
mod spans;
mod transactions;
mod versions;
mod views;
mod watches;

pub use clean_stored::clean;
pub use options::{Branch, Keep, NewSession, WriterLimits};
pub use session_writer::SessionWriter;
