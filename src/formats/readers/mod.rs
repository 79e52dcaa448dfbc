//! Reads entries and writes them to the session, each kind with its own reader.

mod all;
mod exchange;
mod http_entry;
mod http_headers;
mod http_traces;
mod klog_values;
mod log;
mod open_spans;
mod trace_line;

pub(super) use all::Readers;
pub(super) use http_traces::HttpTraces;
