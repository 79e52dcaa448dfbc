//! The debugger as a dialogue in plain text, for screen readers, pipes and simple terminals: one command per line, answered in
//! sentences. No frames, no colours, no redrawing.
//!
//! A command is a sequence of keys (`.`, `3]e`, `gd`), or anything that the `:` prompt takes: `next-write 3`, `:goto 412`,
//! `filter kind=deploy`.

mod input;
mod lanes;
mod objects;
mod words;

use std::io::{BufRead, Write};

use kuberewind_model::{Clock, Error, ErrorKind, Result, Seq};
use kuberewind_text::clean;

use super::doc::Tone;
use super::draw::help_lines;
use super::headless::Headless;
use super::keys::Key;
use super::state::Layer;
use super::update::Msg;
use super::view::{DocKind, Pane};

use input::Input;

/// Printed at the start and by `help`.
const INTRODUCTION: &str = "One command per line. A full stop steps forward, a comma back; an empty line repeats the last command. \
                            help lists the keys, view prints the view, rows the operations around the cursor, q quits.";
/// The number of operations that `rows` prints before and after the cursor.
const AROUND: u64 = 5;

/// The dialogue.
struct Plain<'a> {
    stage: Headless,
    clock: &'a dyn Clock,
    out: &'a mut dyn Write,
    /// The cursor and the focus at the last answer.
    announced: Option<(Seq, Pane)>,
    /// The last command.
    last: String,
}

/// Runs commands until the input ends or the user quits, and prints their results. Returns the stage.
///
/// # Errors
/// When reading the input or writing the output fails.
pub fn run(stage: Headless, clock: &dyn Clock, mut input: &mut dyn BufRead, out: &mut dyn Write) -> Result<Headless> {
    let mut plain = Plain { stage, clock, out, announced: None, last: ".".to_owned() };
    plain.stage.state.screen.ascii = true;
    plain.print(&words::opening(&plain.stage.state))?;
    plain.print(INTRODUCTION)?;
    plain.answer()?;
    let mut line = String::new();
    while !plain.stage.left {
        line.clear();
        let read = std::io::Read::take(&mut input, MAX_LINE)
            .read_line(&mut line)
            .map_err(|error| Error::new(ErrorKind::Io, "cannot read a command").because(error))?;
        if read == 0 {
            break;
        }
        plain.line(line.trim())?;
    }
    Ok(plain.stage)
}

/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 64 * 1024;

impl Plain<'_> {
    fn print(&mut self, text: &str) -> Result<()> {
        let failed = |error| Error::new(ErrorKind::Io, "cannot write to standard output").because(error);
        writeln!(self.out, "{text}").and_then(|()| self.out.flush()).map_err(failed)
    }

    fn line(&mut self, line: &str) -> Result<()> {
        self.stage.tick(self.clock.now());
        self.stage.state.screen.message = None;
        if matches!(self.stage.state.dialogs.layers.last(), Some(Layer::Prompt(_))) {
            // Remove a rejected text first.
            self.stage.keys("ctrl-u")?;
            self.stage.text(line);
            self.stage.send(Msg::Key(Key::plain(super::keys::Code::Enter)));
            return self.answer();
        }
        let line = if line.is_empty() { self.last.clone() } else { line.to_owned() };
        match input::parse(&line) {
            Ok(Input::Help(filter)) => self.help(&filter)?,
            Ok(Input::View) => self.view()?,
            Ok(Input::Rows) => self.rows()?,
            Ok(Input::Keys(keys)) => {
                for key in keys {
                    self.stage.send(Msg::Key(key));
                }
                self.answer()?;
            }
            Ok(Input::Run(statement)) => {
                self.stage.run(statement);
                self.answer()?;
            }
            Err(error) => {
                let hint = error.hint_text().map_or_else(String::new, |hint| format!("; {hint}"));
                self.print(&clean(&format!("{}{hint}", error.chain())))?;
            }
        }
        self.last = line;
        Ok(())
    }

    fn help(&mut self, filter: &str) -> Result<()> {
        self.print(INTRODUCTION)?;
        let state = &self.stage.state;
        for line in help_lines(&state.keys.map, state.panes.focus, filter) {
            let text = if line.keys.is_empty() { format!("{}:", line.doc) } else { format!("{}: {}", line.keys, line.doc) };
            self.print(&text)?;
        }
        Ok(())
    }

    /// Prints messages, and the current operation and its document if they have changed since the last answer.
    fn answer(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.stage.served).is_empty() {
            let state = &mut self.stage.state;
            state.server = None;
            state.say(Tone::Notice, format!("cannot serve without a screen; use kuberewind serve --at '{}'", state.cursor));
        }
        for text in std::mem::take(&mut self.stage.copied) {
            // Standard output replaces the clipboard.
            self.stage.state.screen.message = None;
            for line in text.lines() {
                self.print(&clean(line))?;
            }
        }
        if let Some((_, text)) = self.stage.state.screen.message.take() {
            self.print(&words::plain(&text))?;
        }
        if let Some(layer) = self.stage.state.dialogs.layers.last() {
            let text = match layer {
                Layer::Prompt(prompt) => words::prompt(prompt),
                _ => words::screen(&self.stage)?,
            };
            return self.print(&text);
        }
        let now = (self.stage.state.cursor, self.stage.state.panes.focus);
        let before = self.announced.replace(now);
        if before == Some(now) || self.stage.left {
            return Ok(());
        }
        if before.map(|(at, _)| at) != Some(now.0) {
            self.print(&words::operation(&self.stage.state))?;
        }
        match now.1 {
            Pane::Detail(DocKind::State) => self.print("the state has changed; view prints it"),
            Pane::Detail(kind) => self.document(kind, false),
            Pane::Timeline => self.document(DocKind::Diff, false),
            Pane::Objects => self.lines(&objects::lines(&self.stage.state)),
            Pane::Lanes => self.lines(&lanes::lines(&self.stage.state)),
        }
    }

    /// Prints the focused pane.
    fn view(&mut self) -> Result<()> {
        self.print(&words::operation(&self.stage.state))?;
        match self.stage.state.panes.focus {
            Pane::Timeline => self.rows(),
            Pane::Objects => self.lines(&objects::lines(&self.stage.state)),
            Pane::Lanes => self.lines(&lanes::lines(&self.stage.state)),
            Pane::Detail(kind) => self.document(kind, true),
        }
    }

    fn document(&mut self, kind: DocKind, whole: bool) -> Result<()> {
        let lines = match &self.stage.state.details[kind].doc {
            Some(doc) => words::document(&self.stage.state, Pane::Detail(kind).name(), doc, whole),
            None => vec!["not loaded yet".to_owned()],
        };
        self.lines(&lines)
    }

    fn lines(&mut self, lines: &[String]) -> Result<()> {
        lines.iter().try_for_each(|line| self.print(line))
    }

    fn rows(&mut self) -> Result<()> {
        let here = self.stage.state.index();
        for index in here.saturating_sub(AROUND)..=here.saturating_add(AROUND) {
            if let Some(row) = self.stage.state.timeline.row(index) {
                let mark = if index == here { "here: " } else { "" };
                let text = format!("{mark}{}", words::row(row));
                self.print(&text)?;
            }
        }
        Ok(())
    }
}
