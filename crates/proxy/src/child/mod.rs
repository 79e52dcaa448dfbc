//! The recorded child process: finding and starting it, its output, its signals and its exit code.

pub mod output;
pub mod process;
pub mod program;
pub mod signals;
pub mod tie;
