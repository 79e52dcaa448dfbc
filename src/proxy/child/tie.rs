//! Ties the child's life to the recorder's: if the recorder is killed, the child is asked to end, as its API is gone.
//!
//! The program starts itself anew as `kuberewind exec-tied PID -- COMMAND`. That asks the kernel (Linux, `PR_SET_PDEATHSIG`) for SIGTERM
//! when the recorder dies, makes sure that it has not died already, and becomes the command: the setting survives `execve`, and
//! no process stands between. Elsewhere the command is started as it is: a child whose recorder was killed is told by refused connections.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The hidden subcommand.
pub const EXEC_TIED: &str = "exec-tied";

/// The words that start `command` tied to this process, or `command` itself without a launcher.
#[must_use]
pub fn tied(command: &[OsString], launcher: Option<&Path>) -> Vec<OsString> {
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

/// Becomes `command`, tied to the process `parent`. Returns only where that fails: the exit code to end with.
#[must_use]
pub fn exec_tied(parent: u32, command: &[OsString]) -> u8 {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        if let Err(error) = set_parent_process_death_signal(Some(Signal::TERM)) {
            eprintln!("kuberewind: the program will not be told if the recorder is killed: {error}");
        }
        let still = getppid().is_some_and(|pid| u32::try_from(pid.as_raw_nonzero().get()).is_ok_and(|pid| pid == parent));
        if !still {
            eprintln!("kuberewind: the recorder is gone before the program began");
            return crate::proxy::OWN_FAILURE;
        }
    }
    let Some((program, arguments)) = command.split_first() else { return crate::proxy::OWN_FAILURE };
    let error = Command::new(program).args(arguments).exec();
    eprintln!("kuberewind: cannot start {}: {error}", program.to_string_lossy());
    if error.kind() == std::io::ErrorKind::NotFound { crate::proxy::NOT_FOUND } else { crate::proxy::NOT_EXECUTABLE }
}
