//! Ties the child's life to the recorder's: if the recorder is killed, the child receives SIGTERM, because its API is gone.
//!
//! The program starts itself again as `kuberewind exec-tied PID -- COMMAND`. That process asks the kernel for SIGTERM on the
//! recorder's death (`PR_SET_PDEATHSIG`, Linux only), checks that the recorder is still alive, and becomes the command: the
//! setting survives `execve`, so no process stays in between. On other systems the command starts directly; after a kill its
//! connections are refused.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::exit_code::{NOT_EXECUTABLE, NOT_FOUND, OWN_FAILURE};

/// The hidden subcommand.
pub const EXEC_TIED: &str = "exec-tied";

/// Returns the words that start `command` tied to this process; `command` itself without a launcher.
#[must_use]
pub fn tied_command(command: &[OsString], launcher: Option<&Path>) -> Vec<OsString> {
    let mut words = Vec::with_capacity(command.len() + 4);
    if let Some(launcher) = launcher.filter(|_| cfg!(target_os = "linux")) {
        words.push(launcher.as_os_str().to_owned());
        words.push(EXEC_TIED.into());
        words.push(std::process::id().to_string().into());
        words.push("--".into());
    }
    words.extend_from_slice(command);
    words
}

/// Becomes `command`, tied to the process `parent`. Returns the exit code only on failure.
#[must_use]
pub fn exec_tied(parent: u32, command: &[OsString]) -> u8 {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        if let Err(error) = set_parent_process_death_signal(Some(Signal::TERM)) {
            eprintln!("kuberewind: cannot tie the program to the recorder, it will outlive a killed recorder: {error}");
        }
        let still = getppid().is_some_and(|pid| u32::try_from(pid.as_raw_nonzero().get()).is_ok_and(|pid| pid == parent));
        if !still {
            eprintln!("kuberewind: the recorder ended before the program started");
            return OWN_FAILURE;
        }
    }
    let Some((program, arguments)) = command.split_first() else { return OWN_FAILURE };
    let error = Command::new(program).args(arguments).exec();
    eprintln!("kuberewind: cannot start {}: {error}", program.to_string_lossy());
    if error.kind() == std::io::ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE }
}
