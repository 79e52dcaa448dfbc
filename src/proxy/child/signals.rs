//! Signals that the recorder is sent, and where they come from.

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::Cause;
use tokio::sync::mpsc;

use kuberewind_model::{Error, ErrorKind, Result};

/// Signals that wait to be acted on; more than these at once say nothing new.
const WAITING: usize = 64;

/// Who sent a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The terminal (ctrl-c, ctrl-\, hanging up), which sends it to its whole foreground process group.
    Terminal,
    /// A process, to us alone.
    Process,
}

/// What a signal asks of the recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To pass it on to the child, or, without one, to end.
    PassOn(Signal, Origin),
    /// To record (SIGUSR1).
    Enable,
    /// Not to record (SIGUSR2).
    Disable,
}

/// Signals as they come.
#[derive(Debug)]
pub struct Signals {
    asked: mpsc::Receiver<Asked>,
    handle: Option<signal_hook::iterator::Handle>,
}

impl Signals {
    /// Takes over SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 of this process.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn of_process() -> Result<Signals> {
        let failed = |error: std::io::Error| Error::new(ErrorKind::Io, "cannot listen for signals").because(error);
        let mut all = SignalsInfo::<WithOrigin>::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]).map_err(failed)?;
        let handle = all.handle();
        let (tell, asked) = mpsc::channel(WAITING);
        let listen = move || {
            for told in &mut all {
                let origin = if told.cause == Cause::Kernel { Origin::Terminal } else { Origin::Process };
                let Some(asked) = meaning(told.signal, origin) else { continue };
                if tell.blocking_send(asked).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().name("kuberewind-signals".into()).spawn(listen).map_err(failed)?;
        Ok(Signals { asked, handle: Some(handle) })
    }

    /// Signals that are sent by hand: for programs that have handlers of their own.
    #[must_use]
    pub fn by_hand() -> (mpsc::Sender<Asked>, Signals) {
        let (tell, asked) = mpsc::channel(WAITING);
        (tell, Signals { asked, handle: None })
    }

    /// The next one; never, where none can come any more.
    pub async fn next(&mut self) -> Asked {
        match self.asked.recv().await {
            Some(asked) => asked,
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

fn meaning(signal: i32, origin: Origin) -> Option<Asked> {
    match signal {
        SIGUSR1 => Some(Asked::Enable),
        SIGUSR2 => Some(Asked::Disable),
        other => Signal::from_named_raw(other).map(|signal| Asked::PassOn(signal, origin)),
    }
}
