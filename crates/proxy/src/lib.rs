//! Records any operator without changing its code: a reverse proxy for the API server, and the child process that uses it.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

pub mod child;
pub mod client_programs;
pub mod console;
pub mod keeping;
pub mod kubeconfig;
pub mod loops;
pub mod notices;
pub mod reconciles;
pub mod record;
pub mod recording;
pub mod rotation;

mod actors;
mod credentials;
mod exit_code;
mod gateway;
mod log_reconciles;

pub use exit_code::{NOT_EXECUTABLE, NOT_FOUND, OWN_FAILURE};
pub use record::{Outcome, Prepared, RecordOptions, prepare};
