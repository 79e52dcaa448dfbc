//! Finds the program at the client end of a connection. Several programs may run below the recorded one (`record -- sh -c 'a
//! & b & wait'`), and not every client names itself.
//!
//! On Linux the answer is exact: the two addresses of a connection give the inode of a socket (`/proc/net/tcp`), and the
//! inode gives the process that owns it (`/proc/PID/fd`). Only the recorded program and its descendants are searched, one
//! connection at a time, and not on the path of the call: the recording of the call waits for the name. Only the program's
//! name is recorded. Two running programs with one name get different names. On other systems the program is unknown.

mod client_process;
mod lookup;
mod process_names;
mod recorded_program;
#[cfg(target_os = "linux")]
mod search;
#[cfg(not(target_os = "linux"))]
#[path = "search_unsupported.rs"]
mod search;

pub use lookup::ClientPrograms;
pub use recorded_program::RecordedProgram;
