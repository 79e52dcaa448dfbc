//! What arrives at the loop: keys, signals, answers; each from a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::Duration as StdDuration;

use crossterm::{event as terminal_event, terminal};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};

use kuberewind_model::{Error, ErrorKind, Result};

use super::super::input;
use super::super::update::Msg;

/// How often the reader of keys looks whether it is still wanted.
const LOOK: StdDuration = StdDuration::from_millis(50);
/// How often it is waited for until it has its hands off the terminal: longer than it can take.
const PATIENCE: u32 = 40;

/// One of them.
pub(super) enum LoopEvent {
    /// Something for the state.
    Message(Msg),
    /// A signal.
    Signal(i32),
    /// The terminal cannot be read any more.
    Gone,
}

/// Whether keys are read, and whether the program is being left.
#[derive(Default)]
pub(super) struct TerminalReader {
    paused: AtomicBool,
    parked: AtomicBool,
    over: AtomicBool,
    interrupts_ignored: AtomicBool,
    /// Whether the listener has come to the SIGCONT that [`TerminalReader::handle_interrupts`] sends.
    caught_up: AtomicBool,
}

impl TerminalReader {
    /// Somebody else reads the terminal from now on; back only when nothing here does any more.
    pub(super) fn pause(&self) {
        self.parked.store(false, Ordering::SeqCst);
        self.paused.store(true, Ordering::SeqCst);
        for _ in 0..PATIENCE {
            if self.parked.load(Ordering::SeqCst) || self.over.load(Ordering::SeqCst) {
                return;
            }
            thread::park_timeout(LOOK / 10);
        }
    }

    /// Keys are read again.
    pub(super) fn go_on(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }

    /// The end.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    /// Whether ctrl-c is meant for a program that was started from here, which gets it as well.
    pub(super) fn ignore_interrupts(&self, another: bool) {
        self.interrupts_ignored.store(another, Ordering::SeqCst);
    }

    /// Interrupts are meant for the debugger again, but for those that came until now: the listener may be behind. It has
    /// passed them over when it comes to a signal that is sent after them and means nothing.
    pub(super) fn handle_interrupts(&self) {
        self.caught_up.store(false, Ordering::SeqCst);
        if kill_process(getpid(), Signal::CONT).is_ok() {
            for _ in 0..PATIENCE {
                if self.caught_up.load(Ordering::SeqCst) {
                    break;
                }
                thread::park_timeout(LOOK / 10);
            }
        }
        self.interrupts_ignored.store(false, Ordering::SeqCst);
    }
}

/// Listens for signals.
pub(super) fn signals(sender: SyncSender<LoopEvent>, reading: Arc<TerminalReader>) -> Result<signal_hook::iterator::Handle> {
    let failed = |error| Error::new(ErrorKind::Io, "cannot watch for signals").because(error);
    let wanted = [SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT];
    let mut signals = signal_hook::iterator::Signals::new(wanted).map_err(failed)?;
    let handle = signals.handle();
    let watch = move || {
        for signal in signals.forever() {
            let ignored = reading.interrupts_ignored.load(Ordering::SeqCst) && matches!(signal, SIGINT | SIGTSTP | SIGCONT);
            if signal == SIGCONT {
                reading.caught_up.store(true, Ordering::SeqCst);
            }
            if !ignored && sender.send(LoopEvent::Signal(signal)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("kuberewind-signals".to_owned()).spawn(watch).map_err(failed)?;
    Ok(handle)
}

/// Reads the terminal. While paused it keeps its hands off it. Begins with the terminal's size: until the first question
/// nobody listens for its changes, and the one that the loop began with may be an old one by now.
pub(super) fn keys(sender: SyncSender<LoopEvent>, reading: Arc<TerminalReader>) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("kuberewind-keys".to_owned()).spawn(move || {
        if terminal_event::poll(StdDuration::ZERO).is_ok()
            && let Ok((columns, rows)) = terminal::size()
            && sender.send(LoopEvent::Message(Msg::Resize(columns, rows))).is_err()
        {
            return;
        }
        while !reading.over.load(Ordering::SeqCst) {
            if reading.paused.load(Ordering::SeqCst) {
                reading.parked.store(true, Ordering::SeqCst);
                thread::park_timeout(LOOK);
                continue;
            }
            let read = match terminal_event::poll(LOOK) {
                Ok(false) => continue,
                Ok(true) => terminal_event::read(),
                Err(error) => Err(error),
            };
            let event = match read {
                Ok(event) => input::message(event).map(LoopEvent::Message),
                Err(_) => Some(LoopEvent::Gone),
            };
            let Some(event) = event else { continue };
            let last = matches!(event, LoopEvent::Gone);
            match sender.try_send(event) {
                Ok(()) if !last => {}
                // Keys pressed faster than can be drawn for a thousand messages are dropped: waiting would hold up the end.
                Err(TrySendError::Full(_)) => {}
                _ => return,
            }
        }
    })
}
