//! Recording: what was said between clients and their API server, and what stands in the recording of it.

mod controllers;
mod cuts;
mod exchanges;
mod feed;
mod file;
mod guest;
mod json_scan;
mod lists;
mod secrets;
mod server;
mod sink;
mod watches;
