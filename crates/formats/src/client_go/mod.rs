//! The HTTP traces that client-go logs at verbosity 8 or 9, joined to one entry for each request.

mod http_headers;
mod http_traces;
mod klog_values;
mod trace_line;

pub(super) use http_traces::HttpTraces;
