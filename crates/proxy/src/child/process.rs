//! A running child process.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::signals::SignalOrigin;
use super::tie;
use crate::exit_code::OWN_FAILURE;
use kuberewind_model::{Error, ErrorKind, Result};

/// The child's process group, which decides the signals of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProcessGroup {
    /// Our group, if standard input is a terminal: the child can read it, and ctrl-z stops both. The terminal's signals reach
    /// the child directly.
    Shared,
    /// A separate group: signals reach the child only if we pass them on.
    Own,
}

#[derive(Debug)]
pub struct ChildProcess {
    child: Child,
    group: ProcessGroup,
}

impl ChildProcess {
    /// Starts `command`, whose first word is the program's path, with `KUBECONFIG` set. With a launcher, it starts `LAUNCHER
    /// exec-tied PID -- COMMAND`, which ties the child's life to ours and then becomes the command.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(command: &[OsString], kubeconfig: &Path, launcher: Option<&Path>) -> Result<ChildProcess> {
        let group = if std::io::stdin().is_terminal() { ProcessGroup::Shared } else { ProcessGroup::Own };
        let words = tie::tied_command(command, launcher);
        let Some((program, arguments)) = words.split_first() else {
            return Err(Error::new(ErrorKind::Invalid, "name a program after --"));
        };
        let mut child = Command::new(program);
        child.args(arguments).env("KUBECONFIG", kubeconfig);
        child.stdin(Stdio::inherit()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if group == ProcessGroup::Own {
            child.process_group(0);
        }
        let child = child
            .spawn()
            .map_err(|error| Error::new(ErrorKind::Io, format!("cannot start {}", program.to_string_lossy())).because(error))?;
        Ok(ChildProcess { child, group })
    }

    /// The process id; `None` after its end.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Takes its standard output and error; `None` the second time.
    pub fn take_output(&mut self) -> (Option<tokio::process::ChildStdout>, Option<tokio::process::ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Passes a signal on, unless the terminal has sent it to the child already.
    ///
    /// # Errors
    /// The system refuses.
    pub fn pass_on(&self, signal: Signal, origin: SignalOrigin) -> Result<()> {
        if self.group == ProcessGroup::Shared && origin == SignalOrigin::Terminal {
            return Ok(());
        }
        // Without an id, the child has ended and was waited for. Another process may have its number now.
        let Some(pid) = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else { return Ok(()) };
        kill_process(pid, signal)
            .map_err(|error| Error::new(ErrorKind::Io, "cannot pass a signal on to the recorded program").because(error))
    }

    /// Waits for the end of the child.
    ///
    /// # Errors
    /// The system call fails.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait().await.map_err(|error| Error::new(ErrorKind::Io, "cannot wait for the recorded program").because(error))
    }
}

/// The exit code that a shell reports: the child's own, or 128 plus the signal that ended it.
#[must_use]
pub fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128_i32.saturating_add(signal)));
    code.and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(OWN_FAILURE)
}
