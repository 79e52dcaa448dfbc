//! Sources of events for the loop: keys and signals, each with its own thread.

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
use super::super::theme::Background;
use super::super::update::Msg;
use super::background_query::{BackgroundQuery, Taken};

/// How often the key reader checks whether it was paused or stopped.
const LOOK: StdDuration = StdDuration::from_millis(50);
/// How often to wait for the key reader or the signal handler: longer than each can take.
const PATIENCE: u32 = 40;

pub(super) enum LoopEvent {
    /// A message for `update`.
    Message(Msg),
    Signal(i32),
    /// The terminal's reply to the query for its background.
    Background(Background),
    /// The terminal cannot be read any more.
    Gone,
}

/// Controls the key reader and the handling of interrupts.
#[derive(Default)]
pub(super) struct TerminalReader {
    paused: AtomicBool,
    parked: AtomicBool,
    over: AtomicBool,
    interrupts_ignored: AtomicBool,
    /// True once the signal handler has seen the SIGCONT of [`TerminalReader::handle_interrupts`].
    caught_up: AtomicBool,
}

impl TerminalReader {
    /// Stops reading the terminal, and returns when the key reader has stopped.
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

    /// Continues reading the terminal.
    pub(super) fn go_on(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }

    /// Ends the key reader.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    /// Ignores interrupts while a child process, which also receives them, runs on the terminal.
    pub(super) fn ignore_interrupts(&self, another: bool) {
        self.interrupts_ignored.store(another, Ordering::SeqCst);
    }

    /// Handles interrupts again. Interrupts sent before this call are still ignored: the handler may lag behind, so the function
    /// sends SIGCONT and waits until the handler has seen it.
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

/// Starts the signal handler.
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

/// Starts the key reader. It first sends the terminal's size: until the first poll no size change is reported, so the size
/// that the loop has may be outdated. With a query, it finds the terminal's reply.
pub(super) fn keys(
    sender: SyncSender<LoopEvent>,
    reading: Arc<TerminalReader>,
    mut query: Option<BackgroundQuery>,
) -> std::io::Result<JoinHandle<()>> {
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
            for event in arrived(&mut query) {
                let last = matches!(event, LoopEvent::Gone);
                match sender.try_send(event) {
                    Ok(()) if !last => {}
                    // If 1,024 events are waiting, further keys are dropped: blocking here would delay the end.
                    Err(TrySendError::Full(_)) => {}
                    _ => return,
                }
            }
        }
    })
}

/// The next events of the terminal; none if nothing arrived for a while.
fn arrived(query: &mut Option<BackgroundQuery>) -> Vec<LoopEvent> {
    let event = match terminal_event::poll(LOOK) {
        Ok(false) => return messages(query.as_mut().map(BackgroundQuery::idle).unwrap_or_default()),
        Ok(true) => terminal_event::read(),
        Err(error) => Err(error),
    };
    match (event, query.as_mut()) {
        (Ok(event), None) => messages(vec![event]),
        (Ok(event), Some(waiting)) => match waiting.take(event) {
            Taken::Keys(events) => messages(events),
            Taken::Reply(background) => {
                *query = None;
                background.map(LoopEvent::Background).into_iter().collect()
            }
        },
        (Err(_), _) => vec![LoopEvent::Gone],
    }
}

fn messages(events: Vec<terminal_event::Event>) -> Vec<LoopEvent> {
    events.into_iter().filter_map(input::message).map(LoopEvent::Message).collect()
}
