//! Records any operator, in any language, without touching its code: a reverse proxy to the API server and the child that uses it.

pub mod actors;
pub mod child;
pub mod console;
pub mod credentials;
pub mod gateway;
pub mod keeping;
pub mod kubeconfig;
pub mod logs;
pub mod loops;
pub mod notices;
pub mod peers;
pub mod reconciles;
pub mod record;
pub mod rotation;

pub use record::{Outcome, Prepared, RecordOptions, prepare};

/// Exit code of a failure of our own, as `env` and `timeout` have it.
pub const OWN_FAILURE: u8 = 125;
/// Exit code where the program cannot be executed.
pub const NOT_EXECUTABLE: u8 = 126;
/// Exit code where there is no such program.
pub const NOT_FOUND: u8 = 127;
