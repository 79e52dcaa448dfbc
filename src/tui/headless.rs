//! The debugger without a terminal: keys in, screen out. What scripts, pictures and tests drive; every question is
//! answered before the next key is taken.

use ratatui::buffer::Buffer;

use crate::session::OpenRecording;
use kuberewind_model::{Error, ErrorKind, Result, Timestamp};

use super::clipboard::Clipboard;
use super::doc::Tone;
use super::effect::Effect;
use super::export;
use super::keys::Key;
use super::protocol::{Reply, Request, SlowRequest};
use super::screenshot::screenshot;
use super::script::{Statement, parse};
use super::state::State;
use super::theme::{Depth, Theme, Themes};
use super::update::{Msg, copy_message, update};
use super::worker::{RecordingLocation, Worker};

/// The most operations that the detectors look at on a stage.
const MAX_DETECTED: u64 = 10_000;

/// The stage.
pub struct Headless {
    /// What the debugger knows and shows.
    pub state: State,
    worker: Worker,
    theme: Theme,
    themes: Themes,
    depth: Depth,
    /// What was given to the clipboard.
    pub copied: Vec<String>,
    /// What was given to commands: the command, and its input.
    pub piped: Vec<(String, String)>,
    /// Whether the user left.
    pub left: bool,
}

impl Headless {
    /// Opens a recording on a screen of `size` columns and rows.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn open(recording: OpenRecording, title: &str, size: (u16, u16), theme: Theme) -> Result<Headless> {
        let cursor = recording.cursor();
        let worker = Worker::new(recording);
        let mut state = State::new(worker.snapshot()?, title.to_owned(), format!("kuberewind {title}"));
        state.cursor = cursor;
        Ok(Headless::of(state, worker, size, theme))
    }

    /// Goes on from a state.
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
            left: false,
        };
        stage.send(Msg::Resize(size.0, size.1));
        stage
    }

    /// The themes that can be named, and how many colours they have.
    #[must_use]
    pub fn themed(self, themes: Themes, depth: Depth) -> Headless {
        Headless { themes, depth, ..self }
    }

    /// State, worker and theme, and what was to be given away: to a real loop.
    #[must_use]
    pub fn into_parts(self) -> (State, Worker, Theme, Vec<Effect>) {
        let copies = self.copied.into_iter().map(|text| Effect::Copy { text, remark: String::new() });
        let pipes = self.piped.into_iter().map(|(command, text)| Effect::Pipe { command, text });
        let leaving = self.left.then_some(Effect::Quit);
        (self.state, self.worker, self.theme, copies.chain(pipes).chain(leaving).collect())
    }

    /// Says where the recording lies, so that it can be asked in SQL.
    pub fn set_location(&mut self, location: RecordingLocation) {
        self.worker.location = Some(location);
    }

    /// Gives a message, and answers every question that follows from it.
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

    /// The detectors take seconds over a large recording, and here everybody waits for them: of those they are not asked.
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

    /// Types keys, blanks between them: `3 . ] e`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for what is no key.
    pub fn keys(&mut self, keys: &str) -> Result<()> {
        let wrong = || Error::new(ErrorKind::Invalid, format!("{keys:?} are no keys")).hint("write j, ctrl-d, alt-Left, Space");
        for key in Key::parse_all(keys).ok_or_else(wrong)? {
            self.send(Msg::Key(key));
        }
        Ok(())
    }

    /// Carries out a script, a statement after the other; each is answered before the next one.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for what cannot be read. What cannot be done is said on the screen.
    pub fn script(&mut self, script: &str) -> Result<()> {
        for statement in parse(script)? {
            self.run(statement);
        }
        Ok(())
    }

    /// Carries out one statement.
    pub fn run(&mut self, statement: Statement) {
        match statement {
            Statement::Keys(keys) => keys.into_iter().for_each(|key| self.send(Msg::Key(key))),
            Statement::Type(text) => self.text(&text),
            statement => self.send(Msg::Run(statement)),
        }
    }

    /// Types a text, character by character.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Key(Key::plain(super::keys::Code::Char(c))));
        }
    }

    /// Time goes on.
    pub fn tick(&mut self, now: Timestamp) {
        self.send(Msg::Tick(now));
    }

    /// The screen.
    ///
    /// # Errors
    /// Never on a screen in memory; its type demands one.
    pub fn screen(&self) -> Result<Buffer> {
        screenshot(&self.state, &self.theme)
    }

    /// The same screen in another theme.
    ///
    /// # Errors
    /// As [`Headless::screen`].
    pub fn screen_in(&self, theme: &Theme) -> Result<Buffer> {
        screenshot(&self.state, theme)
    }

    /// The screen's characters, a line per row, without blanks at the ends.
    ///
    /// # Errors
    /// As [`Headless::screen`].
    pub fn glyphs(&self) -> Result<String> {
        Ok(export::glyphs(&self.screen()?))
    }

    /// The theme that the screen is drawn in.
    #[must_use]
    pub fn theme(&self) -> &Theme {
        &self.theme
    }
}
