//! The debugger without a terminal, for scripts, screenshots and tests: keys in, screen out. It handles every request before
//! the next key.

use ratatui::buffer::Buffer;

use kuberewind_model::{Error, ErrorKind, Result, Timestamp};
use kuberewind_session::OpenRecording;

use super::clipboard::Clipboard;
use super::doc::Tone;
use super::effect::Effect;
use super::export;
use super::keys::Key;
use super::moment_server::ServerRequest;
use super::protocol::{Reply, Request, SlowRequest};
use super::screenshot::screenshot;
use super::script::{Statement, parse};
use super::state::State;
use super::theme::{Depth, Theme, Themes};
use super::update::{Msg, copy_message, update};
use super::worker::{RecordingLocation, Worker};

/// The detectors run only for recordings with at most this many operations.
const MAX_DETECTED: u64 = 10_000;

pub struct Headless {
    pub state: State,
    worker: Worker,
    theme: Theme,
    themes: Themes,
    depth: Depth,
    /// The texts that were copied.
    pub copied: Vec<String>,
    /// Commands and their standard input.
    pub piped: Vec<(String, String)>,
    /// Requests for the API server.
    pub served: Vec<ServerRequest>,
    /// True after the user quit.
    pub left: bool,
}

impl Headless {
    /// Opens a recording on a screen of `size` columns and rows.
    ///
    /// # Errors
    /// If the recording cannot be read.
    pub fn open(recording: OpenRecording, title: &str, size: (u16, u16), theme: Theme) -> Result<Headless> {
        let cursor = recording.cursor();
        let worker = Worker::new(recording);
        let mut state = State::new(worker.snapshot()?, title.to_owned(), format!("kuberewind {title}"));
        state.cursor = cursor;
        Ok(Headless::of(state, worker, size, theme))
    }

    /// Continues with an existing state.
    #[must_use]
    pub fn of(state: State, worker: Worker, size: (u16, u16), theme: Theme) -> Headless {
        let mut stage = Headless {
            state,
            worker,
            theme,
            themes: Themes::default(),
            depth: Depth::True,
            copied: Vec::new(),
            piped: Vec::new(),
            served: Vec::new(),
            left: false,
        };
        stage.send(Msg::Resize(size.0, size.1));
        stage
    }

    /// Sets the available themes and the colour depth.
    #[must_use]
    pub fn themed(self, themes: Themes, depth: Depth) -> Headless {
        Headless { themes, depth, ..self }
    }

    /// Returns state, worker and theme, and the effects that are left for the event loop.
    #[must_use]
    pub fn into_parts(self) -> (State, Worker, Theme, Vec<Effect>) {
        let copies = self.copied.into_iter().map(|text| Effect::Copy { text, remark: String::new() });
        let pipes = self.piped.into_iter().map(|(command, text)| Effect::Pipe { command, text });
        let served = self.served.into_iter().map(Effect::Serve);
        let leaving = self.left.then_some(Effect::Quit);
        (self.state, self.worker, self.theme, copies.chain(pipes).chain(served).chain(leaving).collect())
    }

    /// Sets the recording's file, which SQL queries need.
    pub fn set_location(&mut self, location: RecordingLocation) {
        self.worker.location = Some(location);
    }

    /// Updates the state with a message and handles all resulting requests.
    pub fn send(&mut self, message: Msg) {
        let mut waiting = std::collections::VecDeque::from(update(&mut self.state, message));
        while let Some(effect) = waiting.pop_front() {
            match effect {
                Effect::Ask(request) => {
                    for answer in self.answers(request) {
                        waiting.extend(update(&mut self.state, Msg::Reply(Box::new(answer))));
                    }
                }
                Effect::Stop(target) => self.worker.stop(target),
                Effect::Copy { text, remark } => {
                    let clipboard = Clipboard::default();
                    let words = copy_message(&clipboard.message(&clipboard.plan(text.len()), text.len()), &text, &remark);
                    waiting.extend(update(&mut self.state, Msg::Show(Tone::Plain, words)));
                    self.copied.push(text);
                }
                Effect::Pipe { command, text } => self.piped.push((command, text)),
                Effect::Serve(request) => self.served.push(request),
                Effect::Export { path, content } => {
                    let (tone, words) = match export::to_file(&self.state, &self.theme, &path, content.as_ref()) {
                        Ok(words) => (Tone::Plain, words),
                        Err(error) => (Tone::Bad, error.chain()),
                    };
                    waiting.extend(update(&mut self.state, Msg::Show(tone, words)));
                }
                Effect::Theme(name) => match self.themes.load(&name, self.depth) {
                    Ok(theme) => self.theme = theme,
                    Err(error) => waiting.extend(update(&mut self.state, Msg::Show(Tone::Bad, error.chain()))),
                },
                Effect::Quit => self.left = true,
                Effect::Suspend | Effect::Redraw => {}
            }
        }
    }

    /// Handles a request, except for findings of a large recording: the detectors would block for seconds.
    fn answers(&mut self, request: Request) -> Vec<Reply> {
        if matches!(request, Request::Slow(_, SlowRequest::Findings)) && self.state.snapshot.lineage.len() > MAX_DETECTED {
            return Vec::new();
        }
        let mut answers: Vec<Reply> = self.worker.handle(request).into_iter().collect();
        while self.worker.is_scanning() {
            answers.extend(self.worker.scan_on());
        }
        answers
    }

    /// Types keys separated by blanks: `3 . ] e`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for an unknown key.
    pub fn keys(&mut self, keys: &str) -> Result<()> {
        let wrong = || Error::new(ErrorKind::Invalid, format!("{keys:?} are no keys")).hint("write j, ctrl-d, alt-Left, Space");
        for key in Key::parse_all(keys).ok_or_else(wrong)? {
            self.send(Msg::Key(key));
        }
        Ok(())
    }

    /// Runs a script. Each statement is complete before the next one starts.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the script cannot be parsed. Other errors appear on the screen.
    pub fn script(&mut self, script: &str) -> Result<()> {
        for statement in parse(script)? {
            self.run(statement);
        }
        Ok(())
    }

    pub fn run(&mut self, statement: Statement) {
        match statement {
            Statement::Keys(keys) => keys.into_iter().for_each(|key| self.send(Msg::Key(key))),
            Statement::Type(text) => self.text(&text),
            statement => self.send(Msg::Run(statement)),
        }
    }

    /// Types a text character by character.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Key(Key::plain(super::keys::Code::Char(c))));
        }
    }

    pub fn tick(&mut self, now: Timestamp) {
        self.send(Msg::Tick(now));
    }

    /// Renders the screen.
    ///
    /// # Errors
    /// Drawing to memory does not fail; the error type comes from ratatui.
    pub fn screen(&self) -> Result<Buffer> {
        screenshot(&self.state, &self.theme)
    }

    /// Renders the screen with another theme.
    ///
    /// # Errors
    /// As [`Headless::screen`].
    pub fn screen_in(&self, theme: &Theme) -> Result<Buffer> {
        screenshot(&self.state, theme)
    }

    /// The characters of the screen, one line per row, without trailing blanks.
    ///
    /// # Errors
    /// As [`Headless::screen`].
    pub fn glyphs(&self) -> Result<String> {
        Ok(export::glyphs(&self.screen()?))
    }

    #[must_use]
    pub fn theme(&self) -> &Theme {
        &self.theme
    }
}
