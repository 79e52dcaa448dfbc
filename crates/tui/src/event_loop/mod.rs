//! The event loop: waits for an event, handles all waiting events, runs their effects, and draws one frame.

mod background_query;
mod effects;
mod events;
mod file_watch;
mod frames;
mod server;

use std::io::{Stdout, Write, stdout};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration as StdDuration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP};

use kuberewind_model::{Error, ErrorKind, Result};

use super::action::Action;
use super::doc::Tone;
use super::draw::draw;
use super::effect::Effect;
use super::headless::Headless;
use super::memory::Memory;
use super::options::{Exit, Options};
use super::protocol::Reply;
use super::state::State;
use super::terminal::Guard;
use super::theme::{Background, Theme};
use super::update::{Msg, update};
use super::worker::{self, Mailbox, Worker, WorkerPool};

use background_query::{BackgroundQuery, QUERY};
use events::{LoopEvent, TerminalReader};
use file_watch::FileWatch;
use frames::Frames;
use server::Servers;

/// The capacity of the event channel. A full channel blocks its senders.
const WAITING: usize = 1_024;
/// The most events between two frames.
const AT_ONCE: usize = 4_096;

type Screen = Terminal<CrosstermBackend<Frames<Stdout>>>;

fn screen() -> Result<Screen> {
    Terminal::new(CrosstermBackend::new(Frames::new(stdout()))).map_err(lost)
}

/// Asks the terminal for its background. The key reader finds the reply.
fn ask_background() -> BackgroundQuery {
    let mut out = stdout();
    // If the terminal is gone, the loop finds out.
    let _gone = out.write_all(QUERY.as_bytes()).and_then(|()| out.flush());
    BackgroundQuery::default()
}

struct Loop<'a> {
    state: State,
    theme: Theme,
    /// The name or path of the theme.
    theme_name: String,
    options: &'a Options,
    guard: Guard,
    terminal: Screen,
    files: FileWatch,
    mailbox: Arc<Mailbox>,
    pool: WorkerPool,
    servers: Servers,
    events: Receiver<LoopEvent>,
    /// For threads that the loop starts.
    sender: SyncSender<LoopEvent>,
    reading: Arc<TerminalReader>,
    /// True if the screen is outdated.
    stale: bool,
}

/// The initial state of the loop.
pub(super) struct Start {
    state: State,
    worker: Worker,
    theme: Theme,
    /// Effects to run first.
    effects: Vec<Effect>,
    /// True if the terminal's background decides about the theme.
    pub(super) asks_background: bool,
}

impl Start {
    pub(super) fn new(state: State, worker: Worker, theme: Theme) -> Start {
        Start { state, worker, theme, effects: Vec::new(), asks_background: false }
    }
}

impl From<Headless> for Start {
    fn from(stage: Headless) -> Start {
        let (state, worker, theme, effects) = stage.into_parts();
        Start { state, worker, theme, effects, asks_background: false }
    }
}

/// Runs until the user quits or a signal arrives. Every way out saves the position in the recording.
pub(super) fn run(start: Start, options: &Options) -> Result<Exit> {
    let Start { state, worker, theme, effects, asks_background } = start;
    let (sender, events) = sync_channel(WAITING);
    let mailbox = Arc::new(Mailbox::default());
    let reading = Arc::new(TerminalReader::default());
    let no_thread = |error| Error::new(ErrorKind::Io, "cannot start a thread").because(error);
    let replies = sender.clone();
    let main_worker = worker::spawn(worker, mailbox.clone(), move |reply: Reply| {
        // Sending fails only after the loop has ended.
        let _ended = replies.send(LoopEvent::Message(Msg::Reply(Box::new(reply))));
    })
    .map_err(no_thread)?;
    let signals = events::signals(sender.clone(), reading.clone())?;
    let guard = Guard::take(options.mouse)?;
    let terminal = screen()?;
    let query = asks_background.then(ask_background);
    let keys = events::keys(sender.clone(), reading.clone(), query).map_err(no_thread)?;
    let files = FileWatch::new(&theme, options.location.as_ref().map(|location| location.path.clone()));
    let pool = worker_pool(options, &sender);
    let (mail, reads) = (mailbox.clone(), reading.clone());
    let mut main = Loop {
        state,
        theme,
        theme_name: options.theme.clone(),
        options,
        guard,
        terminal,
        files,
        mailbox: mail,
        pool,
        servers: Servers::default(),
        events,
        sender,
        reading: reads,
        stale: true,
    };
    let exit = main.turn(effects);
    let remembered = Memory::of(&main.state);
    let Loop { guard, terminal, pool, servers, events, .. } = main;
    // Restores the terminal first. The drop of ratatui's terminal is skipped: if the terminal is gone, it prints an error, and
    // printing there panics.
    std::mem::forget(terminal);
    drop((guard, events));
    servers.end();
    pool.close();
    reading.end();
    mailbox.close();
    signals.close();
    // A panic in the thread was already reported.
    let _panicked = main_worker.join();
    if matches!(exit, Ok(Exit::Quit { .. })) {
        let _panicked = keys.join();
    } // After any other exit the terminal may be gone; then the key reader never returns from reading its end of file.
    if let Some(path) = &options.memory {
        // A failed write loses only the saved position.
        let _failed = remembered.write(path);
    }
    exit
}

/// Creates the pool. Its threads start with their first request.
fn worker_pool(options: &Options, sender: &SyncSender<LoopEvent>) -> WorkerPool {
    let replies = sender.clone();
    WorkerPool::new(
        options.location.clone(),
        Arc::new(move |reply| {
            // Sending fails only after the loop has ended.
            let _ended = replies.send(LoopEvent::Message(Msg::Reply(Box::new(reply))));
        }),
    )
}

fn lost(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot draw on the terminal").because(error)
}

impl Loop<'_> {
    fn turn(&mut self, effects: Vec<Effect>) -> Result<Exit> {
        self.state.playback.now = self.options.clock.now();
        let size = self.terminal.size().map_err(lost)?;
        if let Some(exit) = self.take(Msg::Resize(size.width, size.height))? {
            return Ok(exit);
        }
        for effect in effects {
            if let Some(exit) = self.run_effect(effect)? {
                return Ok(exit);
            }
        }
        loop {
            if std::mem::take(&mut self.stale) && self.frame().is_err() {
                // The terminal is gone, so the error cannot be shown.
                return Ok(Exit::Signal(SIGHUP));
            }
            let wait = self.state.tick().unwrap_or(file_watch::EVERY);
            match self.events.recv_timeout(StdDuration::from_nanos(wait.0)) {
                Ok(arrival) => {
                    if let Some(exit) = self.handle(arrival)? {
                        return Ok(exit);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(self.quit()),
            }
            for _ in 0..AT_ONCE {
                let Ok(arrival) = self.events.try_recv() else { break };
                if let Some(exit) = self.handle(arrival)? {
                    return Ok(exit);
                }
            }
            if let Some(exit) = self.tick()? {
                return Ok(exit);
            }
        }
    }

    fn frame(&mut self) -> Result<()> {
        let (state, theme) = (&self.state, &self.theme);
        self.terminal.draw(|frame| draw(frame, frame.area(), state, theme)).map(drop).map_err(lost)
    }

    fn tick(&mut self) -> Result<Option<Exit>> {
        let now = self.options.clock.now();
        if self.files.is_due(now) {
            if super::terminal::is_gone() {
                return Ok(Some(Exit::Signal(SIGHUP)));
            }
            self.check_files();
        }
        if self.state.tick().is_some() { self.take(Msg::Tick(now)) } else { Ok(None) }
    }

    /// Reports changes of the watched files.
    fn check_files(&mut self) {
        if self.files.theme_changed() {
            let name = self.theme_name.clone();
            self.set_theme(&name);
        }
        if let Some((words, does)) = self.files.recording_changed() {
            let words = if does.is_empty() { words.to_owned() } else { self.state.hinted(words, &[(Action::Reload, does)]) };
            self.say(Tone::Notice, words);
        }
    }

    /// Changes the theme. If it cannot be loaded, the old one remains.
    fn set_theme(&mut self, name: &str) {
        match self.options.themes.load(name, self.options.depth) {
            Ok(theme) => {
                self.say(Tone::Muted, format!("the theme is {}", theme.name()));
                self.change_theme(name, theme);
            }
            Err(error) => self.say(Tone::Bad, error.chain()),
        }
    }

    /// Takes the theme for the terminal's background, unless the user has chosen another one meanwhile.
    fn adopt(&mut self, background: Background) {
        let name = self.options.pair.on(Some(background));
        if self.theme_name != self.options.theme || self.theme_name == name {
            return;
        }
        match self.options.themes.load(name, self.options.depth) {
            Ok(theme) => self.change_theme(name, theme),
            Err(error) => self.say(Tone::Bad, error.chain()),
        }
    }

    fn change_theme(&mut self, name: &str, theme: Theme) {
        self.files.theme_is(&theme);
        name.clone_into(&mut self.theme_name);
        self.theme = theme;
        self.stale = true;
    }

    fn say(&mut self, tone: Tone, words: impl Into<String>) {
        self.state.say(tone, words);
        self.stale = true;
    }

    fn handle(&mut self, arrival: LoopEvent) -> Result<Option<Exit>> {
        self.stale = true;
        match arrival {
            LoopEvent::Message(message) => self.take(message),
            LoopEvent::Background(background) => {
                self.adopt(background);
                Ok(None)
            }
            LoopEvent::Signal(SIGTSTP) => self.suspend().map(|()| None),
            // The process was stopped by a signal that cannot be handled: the shell has used the terminal.
            LoopEvent::Signal(SIGCONT) => self.take_back().map(|()| None),
            LoopEvent::Signal(signal) => Ok(Some(Exit::Signal(signal))),
            LoopEvent::Gone => Ok(Some(Exit::Signal(SIGHUP))),
        }
    }

    fn quit(&self) -> Exit {
        Exit::Quit { session: self.state.snapshot.session.session_id.clone(), at: self.state.cursor }
    }

    fn take(&mut self, message: Msg) -> Result<Option<Exit>> {
        self.stale = true;
        if self.state.tick().is_none() {
            // Without ticks, each message updates the time.
            self.state.playback.now = self.options.clock.now();
        }
        for effect in update(&mut self.state, message) {
            if let Some(exit) = self.run_effect(effect)? {
                return Ok(Some(exit));
            }
        }
        Ok(None)
    }
}
