//! The recorded process: found, started, tied to the recorder, its output kept, its signals passed on, its exit code returned.

pub mod output;
pub mod program;
pub mod signals;
pub mod tie;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use kuberewind_model::{Error, ErrorKind, Result};
use signals::Origin;

/// How the child shares the terminal with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Standard input is a terminal: same process group, so that the child may read it and ctrl-z stops both.
    /// What the terminal sends reaches the child without us.
    Shared,
    /// A process group of its own: what reaches us does not reach the child unless passed on.
    Own,
}

/// A running child.
#[derive(Debug)]
pub struct Recorded {
    child: Child,
    group: Group,
}

impl Recorded {
    /// Starts `command` (its first word the program as found) with `KUBECONFIG` set. With a launcher, `LAUNCHER exec-tied PID -- COMMAND`
    /// is started, which ties the child's life to ours and becomes the child.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(command: &[OsString], kubeconfig: &Path, launcher: Option<&Path>) -> Result<Recorded> {
        let group = if std::io::stdin().is_terminal() { Group::Shared } else { Group::Own };
        let words = tie::tied(command, launcher);
        let Some((program, arguments)) = words.split_first() else {
            return Err(Error::new(ErrorKind::Invalid, "no program was named after --"));
        };
        let mut started = Command::new(program);
        started.args(arguments).env("KUBECONFIG", kubeconfig);
        started.stdin(Stdio::inherit()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if group == Group::Own {
            started.process_group(0);
        }
        let child = started
            .spawn()
            .map_err(|error| Error::new(ErrorKind::Io, format!("cannot start {}", program.to_string_lossy())).because(error))?;
        Ok(Recorded { child, group })
    }

    /// Its number, until it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its standard output and error, once.
    pub fn output(&mut self) -> (Option<tokio::process::ChildStdout>, Option<tokio::process::ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Passes a signal on, unless the terminal has sent it to the child already.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn pass_on(&self, signal: Signal, origin: Origin) -> Result<()> {
        if self.group == Group::Shared && origin == Origin::Terminal {
            return Ok(());
        }
        // No id: it has ended and was waited for, so that its number cannot be another process' by now.
        let Some(pid) = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else { return Ok(()) };
        kill_process(pid, signal)
            .map_err(|error| Error::new(ErrorKind::Io, "cannot pass a signal on to the recorded program").because(error))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Where the system cannot tell.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        self.child.wait().await.map_err(|error| Error::new(ErrorKind::Io, "cannot wait for the recorded program").because(error))
    }
}

/// The exit code that a shell would give for it: its own, or 128 + the signal that ended it.
#[must_use]
pub fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128_i32.saturating_add(signal)));
    code.and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(super::OWN_FAILURE)
}
