//! The debugger without a terminal: keys in, screen out. What scripts, pictures and tests drive; every question is
//! answered before the next key is taken.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::model::{Error, ErrorKind, Result, Timestamp};
use crate::session::OpenRecording;

use super::draw::draw;
use super::effect::Effect;
use super::keys::Key;
use super::script::{Statement, parse};
use super::state::State;
use super::theme::Theme;
use super::update::{Msg, update};
use super::worker::{Answer, Request, Whereabouts, Worker};

/// The stage.
pub struct Stage {
    /// What the debugger knows and shows.
    pub state: State,
    worker: Worker,
    theme: Theme,
    /// What was given to the clipboard.
    pub copied: Vec<String>,
    /// Whether the user left.
    pub left: bool,
}

impl Stage {
    /// Opens a recording on a screen of `size` columns and rows.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn open(recording: OpenRecording, title: &str, size: (u16, u16), theme: Theme) -> Result<Stage> {
        let cursor = recording.cursor();
        let worker = Worker::new(recording);
        let mut state = State::new(worker.snapshot()?, title.to_owned(), format!("kuberewind {title}"));
        state.cursor = cursor;
        let mut stage = Stage { state, worker, theme, copied: Vec::new(), left: false };
        stage.send(Msg::Resize(size.0, size.1));
        Ok(stage)
    }

    /// Says where the recording lies, so that it can be asked in SQL.
    pub fn lies_at(&mut self, whereabouts: Whereabouts) {
        self.worker.whereabouts = Some(whereabouts);
    }

    /// Gives a message, and answers every question that follows from it.
    pub fn send(&mut self, message: Msg) {
        let mut waiting = std::collections::VecDeque::from(update(&mut self.state, message));
        while let Some(effect) = waiting.pop_front() {
            match effect {
                Effect::Ask(request) => {
                    for answer in self.answers(request) {
                        waiting.extend(update(&mut self.state, Msg::Answer(Box::new(answer))));
                    }
                }
                Effect::Stop(target) => self.worker.stop(target),
                Effect::Copy(text) => self.copied.push(text),
                Effect::Quit => self.left = true,
                Effect::Suspend | Effect::Redraw => {}
            }
        }
    }

    fn answers(&mut self, request: Request) -> Vec<Answer> {
        let mut answers: Vec<Answer> = self.worker.answer(request).into_iter().collect();
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
            match statement {
                Statement::Keys(keys) => keys.into_iter().for_each(|key| self.send(Msg::Key(key))),
                Statement::Type(text) => self.text(&text),
                statement => self.send(Msg::Run(statement)),
            }
        }
        Ok(())
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
        let (w, h) = self.state.size;
        let failed = |error| Error::new(ErrorKind::Io, "cannot draw").because(format!("{error:?}"));
        let mut terminal = Terminal::new(TestBackend::new(w, h)).map_err(failed)?;
        terminal.draw(|frame| draw(frame, frame.area(), &self.state, &self.theme)).map_err(failed)?;
        Ok(terminal.backend().buffer().clone())
    }

    /// The screen's characters, a line per row, without blanks at the ends.
    ///
    /// # Errors
    /// As [`Stage::screen`].
    pub fn glyphs(&self) -> Result<String> {
        let screen = self.screen()?;
        let area = screen.area;
        let mut text = String::new();
        for y in 0..area.height {
            let row: String = (0..area.width).filter_map(|x| screen.cell((x, y))).map(ratatui::buffer::Cell::symbol).collect();
            text.push_str(row.trim_end());
            text.push('\n');
        }
        Ok(text)
    }
}
