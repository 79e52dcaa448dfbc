//! How far a long question is, on stderr, and ctrl-c, which ends it.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use signal_hook::consts::SIGINT;

use crate::cli::Exit;
use kuberewind_model::{Error, ErrorKind, Result};

/// What takes less time than this shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written anew.
const EVERY: Duration = Duration::from_millis(100);
/// The exit code of a program that ctrl-c has ended.
pub const INTERRUPTED: Exit = Exit::Code(130);

/// What ctrl-c does. It is arranged once: what listens to a signal cannot be taken away again.
struct Interrupts {
    /// Set when somebody pressed it.
    stop: Arc<AtomicBool>,
    /// Whether it ends the program by itself.
    ends: Arc<AtomicBool>,
    /// How many questions are being asked.
    asked: usize,
}

static INTERRUPTS: Mutex<Option<Interrupts>> = Mutex::new(None);

impl Interrupts {
    /// One question more: ctrl-c only sets the flag that this gives.
    fn listen() -> io::Result<Arc<AtomicBool>> {
        let mut interrupts = INTERRUPTS.lock().unwrap_or_else(PoisonError::into_inner);
        if interrupts.is_none() {
            let (stop, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
            signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&ends))?;
            signal_hook::flag::register(SIGINT, Arc::clone(&stop))?;
            *interrupts = Some(Interrupts { stop, ends, asked: 0 });
        }
        let Some(known) = interrupts.as_mut() else { return Ok(Arc::default()) };
        if known.asked == 0 {
            known.stop.store(false, Ordering::Relaxed);
        }
        known.asked += 1;
        known.ends.store(false, Ordering::Relaxed);
        Ok(Arc::clone(&known.stop))
    }

    /// One question less; after the last of them ctrl-c ends the program again.
    fn done() {
        let mut interrupts = INTERRUPTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = interrupts.as_mut() {
            known.asked = known.asked.saturating_sub(1);
            known.ends.store(known.asked == 0, Ordering::Relaxed);
        }
    }
}

/// From now on somebody else says what ctrl-c does: the debugger, which has a terminal to give back first.
pub fn leave_interrupts() {
    if let Some(known) = INTERRUPTS.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        known.ends.store(false, Ordering::Relaxed);
    }
}

/// The progress of one question. Its line is wiped when it is dropped.
pub struct Progress {
    what: &'static str,
    stop: Arc<AtomicBool>,
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
        let stop =
            Interrupts::listen().map_err(|error| Error::new(ErrorKind::Io, "signals cannot be listened to").because(error))?;
        Ok(Progress { what, stop, begun: Instant::now(), written: None, terminal: io::stderr().is_terminal() })
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

    /// The same, for those who cannot say that it was broken off: the error says so to whoever ends the program.
    pub fn or_interrupted<T>(&self, result: Result<T>) -> Result<T> {
        let by_hand = |error: Error| {
            let stopped = error.kind() == ErrorKind::Interrupted && self.is_stopped();
            if stopped { error.because(io::Error::from(io::ErrorKind::Interrupted)) } else { error }
        };
        result.map_err(by_hand)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        Interrupts::done();
        if self.written.is_some() {
            drop(write!(io::stderr(), "\r\x1b[K"));
        }
    }
}
