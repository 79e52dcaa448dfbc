//! Effects outside the state: terminal, clipboard, files, other programs.

use std::io::{self, BufRead, Write, stdout};
use std::path::Path;
use std::process::{Command, Stdio};

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;
use crossterm::terminal::{Clear, ClearType};

use kuberewind_model::Result;

use super::super::clipboard::{run_program, write_private};
use super::super::doc::Tone;
use super::super::effect::Effect;
use super::super::export;
use super::super::moment_server::ServerRequest;
use super::super::options::Exit;
use super::super::protocol::{Request, Target};
use super::super::update::{Msg, copy_message};
use super::events::LoopEvent;
use super::{Loop, lost, screen, worker_pool};

impl Loop<'_> {
    pub(super) fn run_effect(&mut self, effect: Effect) -> Result<Option<Exit>> {
        match effect {
            Effect::Ask(Request::Slow(session, request)) => self.pool.put(session, request),
            Effect::Ask(Request::Reload) => self.reload(),
            Effect::Ask(request) => self.mailbox.put(request),
            Effect::Stop(Target::Query) => self.pool.stop_query(),
            Effect::Stop(target) => self.mailbox.stop(target),
            Effect::Quit => return Ok(Some(self.quit())),
            Effect::Redraw => self.anew()?,
            Effect::Suspend => self.suspend()?,
            Effect::Copy { text, remark } => self.copy(text, &remark),
            Effect::Serve(request) => self.serve(request),
            Effect::Theme(name) => self.set_theme(&name),
            Effect::Export { path, content } => match export::to_file(&self.state, &self.theme, &path, content.as_ref()) {
                Ok(words) => self.say(Tone::Plain, words),
                Err(error) => self.say(Tone::Bad, error.chain()),
            },
            Effect::Pipe { command, text } => self.pipe(&command, &text)?,
        }
        Ok(None)
    }

    /// Replaces the worker pool: its workers have the old file open, and another file may have replaced it.
    fn reload(&mut self) {
        let new = worker_pool(self.options, &self.sender);
        let old = std::mem::replace(&mut self.pool, new);
        // Closing blocks until the workers have sent their replies, which this loop must receive. So another thread closes the pool.
        let _closing = std::thread::Builder::new().name("kuberewind-pool".to_owned()).spawn(move || old.close());
        self.mailbox.put(Request::Reload);
    }

    /// Starts, moves or stops the API server.
    fn serve(&mut self, request: ServerRequest) {
        let Some(servers) = &self.options.servers else {
            self.state.server = None;
            return self.say(Tone::Bad, "there is no server for this recording");
        };
        if let Err(error) = self.servers.take(request, servers, &self.sender) {
            self.state.server = None;
            self.say(Tone::Bad, format!("cannot start a thread: {error}"));
        }
    }

    /// Copies a text to all destinations of its plan and reports what is known about each.
    fn copy(&mut self, text: String, remark: &str) {
        let clipboard = &self.options.clipboard;
        let plan = clipboard.plan(text.len());
        let words = copy_message(&clipboard.message(&plan, text.len()), &text, remark);
        if plan.terminal
            && let Err(error) = execute!(stdout(), CopyToClipboard::to_clipboard_from(&text))
        {
            return self.say(Tone::Bad, format!("the terminal rejected the text: {error}"));
        }
        if let Some(file) = &plan.file
            && let Err(error) = write_private(file, text.as_bytes(), false)
        {
            return self.say(Tone::Bad, error.chain());
        }
        let Some(program) = plan.program else { return self.say(Tone::Plain, words) };
        // A separate thread, because a program that hangs must not block the screen.
        let sender = self.sender.clone();
        let handing = std::thread::Builder::new().name("kuberewind-copy".to_owned()).spawn(move || {
            let (tone, words) = match run_program(&program, &text) {
                Ok(()) => (Tone::Plain, words),
                Err(error) => (Tone::Bad, error.chain()),
            };
            // Sending fails only after the loop has ended.
            let _ended = sender.send(LoopEvent::Message(Msg::Show(tone, words)));
        });
        if let Err(error) = handing {
            self.say(Tone::Bad, format!("cannot start a thread: {error}"));
        }
    }

    /// Runs a shell command on the terminal with the text as its standard input, then takes the terminal back.
    fn pipe(&mut self, command: &str, text: &str) -> Result<()> {
        self.reading.pause();
        self.reading.ignore_interrupts(true);
        self.guard.give_back();
        let outcome = run_shell(command, text);
        let words = match &outcome {
            Ok(status) if status.success() => "the command has ended".to_owned(),
            Ok(status) => format!("the command has ended: {status}"),
            Err(error) => format!("the command could not be run: {error}"),
        };
        wait_for_enter(&words);
        self.reading.handle_interrupts();
        let back = self.guard.take_again();
        self.reading.go_on();
        back?;
        self.say(if outcome.is_ok_and(|status| status.success()) { Tone::Muted } else { Tone::Notice }, words);
        self.anew()
    }

    pub(super) fn suspend(&mut self) -> Result<()> {
        self.reading.pause();
        // The stop and the continue signal are for this process.
        self.reading.ignore_interrupts(true);
        let back = self.guard.suspend();
        self.reading.ignore_interrupts(false);
        self.reading.go_on();
        back?;
        self.anew()
    }

    pub(super) fn take_back(&mut self) -> Result<()> {
        self.guard.take_again()?;
        self.anew()
    }

    /// Redraws the whole screen with the next frame. `Terminal::clear` is not used: it queries the cursor position, and the key
    /// reader would receive the reply.
    fn anew(&mut self) -> Result<()> {
        execute!(stdout(), Clear(ClearType::All)).map_err(lost)?;
        self.terminal = screen()?;
        let size = self.terminal.size().map_err(lost)?;
        self.state.screen.size = (size.width, size.height);
        self.stale = true;
        Ok(())
    }
}

/// Runs a command with the user's shell on the terminal, with a text as its standard input.
fn run_shell(command: &str, text: &str) -> io::Result<std::process::ExitStatus> {
    let shell = std::env::var_os("SHELL").filter(|shell| Path::new(shell).is_absolute()).unwrap_or_else(|| "/bin/sh".into());
    let mut child = Command::new(shell).arg("-c").arg(command).stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take()
        && let Err(error) = input.write_all(text.as_bytes())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        // Without waiting, the process would remain as a zombie.
        child.wait()?;
        return Err(error);
    }
    child.wait()
}

/// Waits until the user has read the output.
fn wait_for_enter(words: &str) {
    // If the terminal is gone, do not wait.
    let shown = write!(stdout(), "\n[{words}; Enter goes back to kuberewind] ").and_then(|()| stdout().flush());
    if shown.is_ok() {
        let _line = io::stdin().lock().read_line(&mut String::new());
    }
}
