//! Exit codes of `record` other than the program's, as in `env` and `timeout`.

/// The recorder failed.
pub const OWN_FAILURE: u8 = 125;
/// The program cannot be executed.
pub const NOT_EXECUTABLE: u8 = 126;
/// The program was not found.
pub const NOT_FOUND: u8 = 127;
