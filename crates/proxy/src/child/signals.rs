//! The signals that the recorder receives, and their origin.

use std::sync::Arc;

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::Cause;
use tokio::sync::mpsc;

use kuberewind_model::{Error, ErrorKind, Result};

/// Pending signals; further ones are dropped.
const QUEUE: usize = 64;

/// The sender of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalOrigin {
    /// The terminal (ctrl-c, ctrl-
    /// , hangup), which signals its whole foreground process group.
    Terminal,
    /// A process, which signals only us.
    Process,
}

/// The action that a signal requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalAction {
    /// Pass the signal on to the child or, without a child, end.
    PassOn(Signal, SignalOrigin),
    /// Start to record (SIGUSR1).
    Enable,
    /// Stop recording (SIGUSR2).
    Disable,
}

/// Received signals.
#[derive(Debug)]
pub struct Signals {
    actions: mpsc::Receiver<SignalAction>,
    handle: Option<signal_hook::iterator::Handle>,
}

impl Signals {
    /// Handles SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 of this process.
    ///
    /// # Errors
    /// The system refuses.
    pub fn install() -> Result<Signals> {
        let failed = |error: std::io::Error| Error::new(ErrorKind::Io, "cannot listen for signals").because(error);
        // At the limit of a file's size (`ulimit -f`) a write fails like on a full disk, instead of ending the process. A handler is
        // reset in the child, an ignored signal would not be.
        signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::default()).map_err(failed)?;
        let mut all = SignalsInfo::<WithOrigin>::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]).map_err(failed)?;
        let handle = all.handle();
        let (sender, actions) = mpsc::channel(QUEUE);
        let listen = move || {
            for signal in &mut all {
                let origin = if signal.cause == Cause::Kernel { SignalOrigin::Terminal } else { SignalOrigin::Process };
                let Some(action) = action_of(signal.signal, origin) else { continue };
                if sender.blocking_send(action).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().name("kuberewind-signals".into()).spawn(listen).map_err(failed)?;
        Ok(Signals { actions, handle: Some(handle) })
    }

    /// Returns a sender in place of signal handlers, for programs with their own handlers.
    #[must_use]
    pub fn manual() -> (mpsc::Sender<SignalAction>, Signals) {
        let (sender, actions) = mpsc::channel(QUEUE);
        (sender, Signals { actions, handle: None })
    }

    /// The next signal; pending forever after the last sender is gone.
    pub async fn next(&mut self) -> SignalAction {
        match self.actions.recv().await {
            Some(action) => action,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.close();
        }
    }
}

fn action_of(signal: i32, origin: SignalOrigin) -> Option<SignalAction> {
    match signal {
        SIGUSR1 => Some(SignalAction::Enable),
        SIGUSR2 => Some(SignalAction::Disable),
        other => Signal::from_named_raw(other).map(|signal| SignalAction::PassOn(signal, origin)),
    }
}
