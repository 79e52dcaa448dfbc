//! Parses the log lines of operators: zap, klog and `tracing`, each as text and as JSON.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod controller;
mod controller_runtime;
mod fields;
mod go_duration;
mod klog;
mod level;
mod line;
mod message;
mod parse;
mod syncing;
mod time;
mod tracing_json;
mod tracing_text;
mod zap;

pub use controller::controller_of;
pub use line::{ParsedLine, ReconcileMention, ReconcilePhase};
pub use message::message;
pub use parse::{parse, program_of};
