//! The debugger without a screen: a line in, the answer out, in words. For screen readers, for pipes, and for terminals
//! that can do no more. No frames, no colours, nothing that moves.
//!
//! Every key of the table works here as well: `.`, `3]e`, `gd`; so do the actions by their names, and what `:` takes:
//! `next-write 3`, `:goto 412`, `filter kind=deploy`.

mod grounds;
mod input;
mod words;

use std::io::{BufRead, Write};

use kuberewind_model::{Clock, Error, ErrorKind, Result, Seq};

use super::draw::{clean, help_lines};
use super::headless::Headless;
use super::keys::Key;
use super::state::Layer;
use super::update::Msg;
use super::view::{DocKind, Pane};

use input::Said;

/// What is asked at the start, and again by `help`.
const INTRODUCTION: &str = "One command to a line. A full stop steps forth, a comma back; an empty line does the last again. \
                            help lists the keys, view prints the view, rows the operations around, q quits.";
/// How many operations `rows` prints before and after the cursor.
const AROUND: u64 = 5;

/// The session.
struct Plain<'a> {
    stage: Headless,
    clock: &'a dyn Clock,
    out: &'a mut dyn Write,
    /// Where the cursor was, and which view had the focus, when they were told last.
    told: Option<(Seq, Pane)>,
    last: String,
}

/// Reads commands until the input ends or the user leaves, and prints what comes of them. Gives the stage back.
///
/// # Errors
/// Where the input cannot be read or the output not be written.
pub fn run(stage: Headless, clock: &dyn Clock, mut input: &mut dyn BufRead, out: &mut dyn Write) -> Result<Headless> {
    let mut plain = Plain { stage, clock, out, told: None, last: ".".to_owned() };
    plain.stage.state.screen.ascii = true;
    plain.say(&words::opening(&plain.stage.state))?;
    plain.say(INTRODUCTION)?;
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

/// The longest line that is read.
const MAX_LINE: u64 = 64 * 1024;

impl Plain<'_> {
    fn say(&mut self, text: &str) -> Result<()> {
        let failed = |error| Error::new(ErrorKind::Io, "standard output cannot be written").because(error);
        writeln!(self.out, "{text}").and_then(|()| self.out.flush()).map_err(failed)
    }

    fn line(&mut self, line: &str) -> Result<()> {
        self.stage.tick(self.clock.now());
        self.stage.state.screen.message = None;
        if matches!(self.stage.state.dialogs.layers.last(), Some(Layer::Prompt(_))) {
            // What was refused is not typed on.
            self.stage.keys("ctrl-u")?;
            self.stage.text(line);
            self.stage.send(Msg::Key(Key::plain(super::keys::Code::Enter)));
            return self.answer();
        }
        let line = if line.is_empty() { self.last.clone() } else { line.to_owned() };
        match input::read(&line) {
            Ok(Said::Help(filter)) => self.help(&filter)?,
            Ok(Said::View) => self.view()?,
            Ok(Said::Rows) => self.rows()?,
            Ok(Said::Keys(keys)) => {
                for key in keys {
                    self.stage.send(Msg::Key(key));
                }
                self.answer()?;
            }
            Ok(Said::Run(statement)) => {
                self.stage.run(statement);
                self.answer()?;
            }
            Err(error) => {
                let hint = error.hint_text().map_or_else(String::new, |hint| format!("; {hint}"));
                self.say(&clean(&format!("{}{hint}", error.chain())))?;
            }
        }
        self.last = line;
        Ok(())
    }

    fn help(&mut self, filter: &str) -> Result<()> {
        self.say(INTRODUCTION)?;
        let state = &self.stage.state;
        for line in help_lines(&state.keys.map, state.panes.focus, filter) {
            let text = if line.keys.is_empty() { format!("{}:", line.doc) } else { format!("{}: {}", line.keys, line.doc) };
            self.say(&text)?;
        }
        Ok(())
    }

    /// What changed since the last answer: a word, the operation, what the nearest document says of it.
    fn answer(&mut self) -> Result<()> {
        for text in std::mem::take(&mut self.stage.copied) {
            // Here the output is the clipboard.
            self.stage.state.screen.message = None;
            for line in text.lines() {
                self.say(&clean(line))?;
            }
        }
        if let Some((_, text)) = self.stage.state.screen.message.take() {
            self.say(&words::plain(&text))?;
        }
        if let Some(layer) = self.stage.state.dialogs.layers.last() {
            let text = match layer {
                Layer::Prompt(prompt) => words::prompt(prompt),
                _ => words::screen(&self.stage)?,
            };
            return self.say(&text);
        }
        let now = (self.stage.state.cursor, self.stage.state.panes.focus);
        let before = self.told.replace(now);
        if before == Some(now) || self.stage.left {
            return Ok(());
        }
        if before.map(|(at, _)| at) != Some(now.0) {
            self.say(&words::operation(&self.stage.state))?;
        }
        match now.1 {
            Pane::Detail(DocKind::State) => self.say("the state is another one now; view prints it"),
            Pane::Detail(kind) => self.document(kind, false),
            Pane::Timeline => self.document(DocKind::Diff, false),
            Pane::Objects => self.lines(&grounds::tree(&self.stage.state)),
            Pane::Lanes => self.lines(&grounds::lanes(&self.stage.state)),
        }
    }

    /// All of the view that has the focus.
    fn view(&mut self) -> Result<()> {
        self.say(&words::operation(&self.stage.state))?;
        match self.stage.state.panes.focus {
            Pane::Timeline => self.rows(),
            Pane::Objects => self.lines(&grounds::tree(&self.stage.state)),
            Pane::Lanes => self.lines(&grounds::lanes(&self.stage.state)),
            Pane::Detail(kind) => self.document(kind, true),
        }
    }

    fn document(&mut self, kind: DocKind, whole: bool) -> Result<()> {
        let lines = match &self.stage.state.details[kind].doc {
            Some(doc) => words::document(&self.stage.state, Pane::Detail(kind).name(), doc, whole),
            None => vec!["nothing is known of it".to_owned()],
        };
        self.lines(&lines)
    }

    fn lines(&mut self, lines: &[String]) -> Result<()> {
        lines.iter().try_for_each(|line| self.say(line))
    }

    fn rows(&mut self) -> Result<()> {
        let here = self.stage.state.index();
        for index in here.saturating_sub(AROUND)..=here.saturating_add(AROUND) {
            if let Some(row) = self.stage.state.timeline.row(index) {
                let mark = if index == here { "here: " } else { "" };
                let text = format!("{mark}{}", words::row(row));
                self.say(&text)?;
            }
        }
        Ok(())
    }
}
