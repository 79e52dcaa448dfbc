//! The loop: wait, take everything that waits, update, carry out, draw once.

use std::io::{Stdout, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration as StdDuration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::terminal::{Clear, ClearType};
use crossterm::{event, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::model::{Clock, Error, ErrorKind, Result};

use super::desks::Desks;
use super::doc::Tone;
use super::draw::draw;
use super::effect::Effect;
use super::input;
use super::options::Exit;
use super::state::State;
use super::terminal::Guard;
use super::theme::Theme;
use super::update::{Msg, update};
use super::worker::{self, Answer, Mailbox, Request, Whereabouts, Worker};

/// Messages that may wait: keys pressed during one frame, and answers. A full channel makes its senders wait.
const WAITING: usize = 1_024;
/// The most messages between two frames.
const AT_ONCE: usize = 4_096;
/// How often the reader of keys looks whether it is still wanted.
const LOOK: StdDuration = StdDuration::from_millis(50);

enum Arrival {
    Message(Msg),
    Signal(i32),
    /// The terminal cannot be read any more.
    Gone,
}

/// Everything the loop holds.
struct Loop<'a> {
    state: State,
    theme: &'a Theme,
    clock: Arc<dyn Clock>,
    guard: Guard,
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mailbox: Arc<Mailbox>,
    desks: Desks,
    arrivals: Receiver<Arrival>,
    reading: Arc<Reading>,
}

/// Whether keys are read, and whether the program is being left.
#[derive(Default)]
struct Reading {
    paused: AtomicBool,
    over: AtomicBool,
}

/// Runs until the user leaves or a signal comes.
pub(super) fn run(
    state: State,
    theme: &Theme,
    worker: Worker,
    whereabouts: Option<Whereabouts>,
    clock: Arc<dyn Clock>,
    mouse: bool,
) -> Result<Exit> {
    let (sender, arrivals) = sync_channel(WAITING);
    let mailbox = Arc::new(Mailbox::default());
    let no_thread = |error| Error::new(ErrorKind::Io, "cannot start a thread").because(error);
    let tell = sender.clone();
    let working = worker::spawn(worker, mailbox.clone(), move |answer: Answer| {
        // Nobody listens only when the loop has ended, and then nobody wants to know.
        let _ended = tell.send(Arrival::Message(Msg::Answer(Box::new(answer))));
    })
    .map_err(no_thread)?;
    let tell = sender.clone();
    let desks = Desks::new(
        whereabouts,
        Arc::new(move |answer| {
            let _ended = tell.send(Arrival::Message(Msg::Answer(Box::new(answer))));
        }),
    );
    let signals = signals(sender.clone())?;
    let guard = Guard::take(mouse)?;
    let terminal = Terminal::new(CrosstermBackend::new(stdout())).map_err(lost)?;
    let reading = Arc::new(Reading::default());
    let keys = keys(sender, reading.clone()).map_err(no_thread)?;
    let mut main =
        Loop { state, theme, clock, guard, terminal, mailbox: mailbox.clone(), desks, arrivals, reading: reading.clone() };
    let exit = main.turn();
    let Loop { guard, desks, arrivals, .. } = main;
    drop((guard, arrivals));
    desks.close();
    reading.over.store(true, Ordering::SeqCst);
    mailbox.close();
    signals.close();
    // A thread that panicked has said so; there is nothing more to do about it here.
    let _said = (working.join(), keys.join());
    exit
}

fn lost(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot draw on the terminal").because(error)
}

fn signals(sender: SyncSender<Arrival>) -> Result<signal_hook::iterator::Handle> {
    let failed = |error| Error::new(ErrorKind::Io, "cannot watch for signals").because(error);
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT]).map_err(failed)?;
    let handle = signals.handle();
    let watch = move || {
        for signal in signals.forever() {
            if sender.send(Arrival::Signal(signal)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("kuberewind-signals".to_owned()).spawn(watch).map_err(failed)?;
    Ok(handle)
}

/// Reads the terminal. While suspended it keeps its hands off it.
fn keys(sender: SyncSender<Arrival>, reading: Arc<Reading>) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("kuberewind-keys".to_owned()).spawn(move || {
        while !reading.over.load(Ordering::SeqCst) {
            if reading.paused.load(Ordering::SeqCst) {
                thread::park_timeout(LOOK);
                continue;
            }
            let read = match event::poll(LOOK) {
                Ok(false) => continue,
                Ok(true) => event::read(),
                Err(error) => Err(error),
            };
            let arrival = match read {
                Ok(event) => input::message(event).map(Arrival::Message),
                Err(_) => Some(Arrival::Gone),
            };
            let Some(arrival) = arrival else { continue };
            let last = matches!(arrival, Arrival::Gone);
            match sender.try_send(arrival) {
                Ok(()) if !last => {}
                // Keys pressed faster than can be drawn for a thousand messages are dropped: waiting would hold up the end.
                Err(TrySendError::Full(_)) => {}
                _ => return,
            }
        }
    })
}

impl Loop<'_> {
    fn turn(&mut self) -> Result<Exit> {
        self.state.now = self.clock.now();
        let size = self.terminal.size().map_err(lost)?;
        if let Some(exit) = self.take(Msg::Resize(size.width, size.height))? {
            return Ok(exit);
        }
        loop {
            self.frame()?;
            let first = match self.state.tick() {
                None => self.arrivals.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(tick) => self.arrivals.recv_timeout(StdDuration::from_nanos(tick.0)),
            };
            match first {
                Ok(arrival) => {
                    if let Some(exit) = self.arrived(arrival)? {
                        return Ok(exit);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(self.quit()),
            }
            for _ in 0..AT_ONCE {
                let Ok(arrival) = self.arrivals.try_recv() else { break };
                if let Some(exit) = self.arrived(arrival)? {
                    return Ok(exit);
                }
            }
            if self.state.tick().is_some() {
                let now = self.clock.now();
                if let Some(exit) = self.take(Msg::Tick(now))? {
                    return Ok(exit);
                }
            }
        }
    }

    fn frame(&mut self) -> Result<()> {
        let (state, theme) = (&self.state, self.theme);
        self.terminal.draw(|frame| draw(frame, frame.area(), state, theme)).map(drop).map_err(lost)
    }

    fn arrived(&mut self, arrival: Arrival) -> Result<Option<Exit>> {
        match arrival {
            Arrival::Message(message) => self.take(message),
            Arrival::Signal(signal) => Ok(Some(Exit::Signal(signal))),
            Arrival::Gone => Ok(Some(Exit::Signal(SIGHUP))),
        }
    }

    fn quit(&self) -> Exit {
        Exit::Quit { session: self.state.snapshot.session.session_id.clone(), at: self.state.cursor }
    }

    fn take(&mut self, message: Msg) -> Result<Option<Exit>> {
        if self.state.tick().is_none() {
            // Without ticks the time is looked up when something happens.
            self.state.now = self.clock.now();
        }
        for effect in update(&mut self.state, message) {
            match effect {
                Effect::Ask(Request::Beside(session, question)) => self.desks.put(session, question),
                Effect::Ask(request) => self.mailbox.put(request),
                Effect::Stop(target) => self.mailbox.stop(target),
                Effect::Quit => return Ok(Some(self.quit())),
                Effect::Redraw => self.anew()?,
                Effect::Suspend => self.suspend()?,
                Effect::Copy(text) => {
                    if let Err(error) = execute!(stdout(), CopyToClipboard::to_clipboard_from(text)) {
                        self.state.say(Tone::Bad, format!("the terminal took nothing: {error}"));
                    }
                }
            }
        }
        Ok(None)
    }

    fn suspend(&mut self) -> Result<()> {
        self.reading.paused.store(true, Ordering::SeqCst);
        let back = self.guard.suspend();
        self.reading.paused.store(false, Ordering::SeqCst);
        back?;
        self.anew()
    }

    /// Forgets what is on the screen, so that the next frame draws all of it. Not by `Terminal::clear`: that asks the
    /// terminal where the cursor is, and the answer would go to the reader of keys.
    fn anew(&mut self) -> Result<()> {
        execute!(stdout(), Clear(ClearType::All)).map_err(lost)?;
        self.terminal = Terminal::new(CrosstermBackend::new(stdout())).map_err(lost)?;
        Ok(())
    }
}
