//! How the program ends: one place chooses the exit code and prints the error.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::cli::progress::INTERRUPTED;
use kuberewind_model::Error;

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done: 0.
    Done,
    /// The negative answer that was asked for (a difference, an absent object, a failed check): 1.
    Negative,
    /// Ended as something else did: a signal's 130 or 143, a child's own code.
    Code(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        match exit {
            Exit::Done => ExitCode::SUCCESS,
            Exit::Negative => ExitCode::from(1),
            Exit::Code(code) => ExitCode::from(code),
        }
    }
}

/// Turns a command's result into the exit code. An error is printed to stderr, step and causes on one line, the hint
/// on the next, and gives 2. A closed pipe ends quietly: whoever read had seen enough; and so does what ctrl-c broke off.
pub fn finish(result: Result<Exit, Error>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            if let Some(exit) = quietly(&error) {
                return exit.into();
            }
            let mut text = format!("kuberewind: {}\n", printable(&error.chain()));
            if let Some(hint) = error.hint_text() {
                // What goes on in further lines stands below its first one: carets point upwards.
                text.push_str(&format!("  hint: {}\n", printable(hint).replace('\n', "\n        ")));
            }
            // Nothing is left to tell if stderr is gone.
            drop(io::stderr().write_all(text.as_bytes()));
            ExitCode::from(2)
        }
    }
}

/// How an error ends the program that is none to tell.
pub fn quietly(error: &Error) -> Option<Exit> {
    let ends = [(io::ErrorKind::BrokenPipe, Exit::Done), (io::ErrorKind::Interrupted, INTERRUPTED)];
    ends.into_iter().find(|(kind, _)| is_because_of(error, *kind)).map(|(_, exit)| exit)
}

fn is_because_of(error: &Error, kind: io::ErrorKind) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        if source.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == kind) {
            return true;
        }
        cause = source.source();
    }
    false
}

/// Names of files and objects may hold anything: control characters are shown escaped.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() && c != '\n' { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}
