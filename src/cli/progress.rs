//! How far a long question is, on stderr, and ctrl-c, which ends it.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::SIGINT;

use crate::cli::Exit;
use crate::model::{Error, ErrorKind, Result};

/// What takes less time than this shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written anew.
const EVERY: Duration = Duration::from_millis(100);
/// The exit code of a program that ctrl-c has ended.
pub const INTERRUPTED: Exit = Exit::Code(130);

/// The progress of one question. Its line is wiped when it is dropped.
pub struct Progress {
    what: &'static str,
    stop: Arc<AtomicBool>,
    /// From then on ctrl-c ends the program again.
    over: Arc<AtomicBool>,
    begun: Instant,
    written: Option<Instant>,
    terminal: bool,
}

impl Progress {
    /// Begins now; until it is dropped ctrl-c does not end the program by itself.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub fn of(what: &'static str) -> Result<Progress> {
        let (stop, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&over))
            .and_then(|_| signal_hook::flag::register(SIGINT, Arc::clone(&stop)))
            .map_err(|error| Error::new(ErrorKind::Io, "signals cannot be listened to").because(error))?;
        Ok(Progress { what, stop, over, begun: Instant::now(), written: None, terminal: io::stderr().is_terminal() })
    }

    /// Whether somebody pressed ctrl-c.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Tells how much is done, and whether to go on.
    pub fn tell(&mut self, done: u64, of: u64) -> ControlFlow<()> {
        if self.is_stopped() {
            return ControlFlow::Break(());
        }
        let now = Instant::now();
        let due = now.duration_since(self.begun) >= PATIENCE && self.written.is_none_or(|at| now.duration_since(at) >= EVERY);
        if self.terminal && due {
            self.written = Some(now);
            let percent = u128::from(done.min(of)) * 100 / u128::from(of.max(1));
            // Nobody is left to be told if stderr is gone.
            drop(write!(io::stderr(), "\r\x1b[K{} {percent}%, {done} of {of}; ctrl-c ends it", self.what));
        }
        ControlFlow::Continue(())
    }

    /// What came of the question; `None` where ctrl-c broke it off.
    ///
    /// # Errors
    /// With any other error.
    pub fn unless_stopped<T>(&self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Err(error) if error.kind() == ErrorKind::Interrupted && self.is_stopped() => Ok(None),
            other => other.map(Some),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if self.written.is_some() {
            drop(write!(io::stderr(), "\r\x1b[K"));
        }
    }
}
