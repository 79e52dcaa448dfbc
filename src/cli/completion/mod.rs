//! Completion of command lines with the content of the recording that the line names.
//!
//! A shell script from `kuberewind completions` calls the program with `KUBEREWIND_COMPLETE` set and the words typed so far.
//! kubectl calls `kubectl_complete-rewind` with them. Both use the same table of commands. The arguments of the commands refer
//! to [`candidates`]; [`shell`] and [`kubectl`] answer with the finished table.

pub mod candidates;
pub mod kubectl;
mod line;
mod quoting;
pub mod shell;

pub use quoting::arguments;
