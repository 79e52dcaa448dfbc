//! Reads entries and writes them to the session, each kind with its own reader.

mod all;
mod exchange;
mod http_entry;
mod log;
mod open_spans;

pub(super) use all::Readers;
