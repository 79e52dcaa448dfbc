//! The end of the program: chooses the exit code and prints the error.

use std::io::{self, Write};
use std::process::ExitCode;

use kuberewind_model::Error;

/// The result of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Success: 0.
    Done,
    /// A negative answer (a difference, an absent object, a failed check): 1.
    Negative,
    /// Another exit code: 128 + signal, or the code of the recorded program.
    Code(u8),
}

impl Exit {
    /// Ended by ctrl-c.
    pub const INTERRUPTED: Exit = Exit::Code(130);
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

/// Converts the result of a command to the exit code. Prints an error to stderr (step and causes on one line, the hint on the
/// next) and returns 2. Prints nothing for a closed pipe and for ctrl-c.
pub fn finish(result: Result<Exit, Error>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            if let Some(exit) = quiet_exit(&error) {
                return exit.into();
            }
            let mut text = format!("kuberewind: {}\n", printable(&error.chain()));
            if let Some(hint) = error.hint_text() {
                // Further lines align with the first one: a caret points at the line above it.
                text.push_str(&format!("  hint: {}\n", printable(hint).replace('\n', "\n        ")));
            }
            // A closed stderr leaves no place to report this error.
            drop(io::stderr().write_all(text.as_bytes()));
            ExitCode::from(2)
        }
    }
}

/// Returns the exit for an error that is not printed: the reader of stdout closed the pipe, or the user pressed ctrl-c.
pub fn quiet_exit(error: &Error) -> Option<Exit> {
    let exits = [(io::ErrorKind::BrokenPipe, Exit::Done), (io::ErrorKind::Interrupted, Exit::INTERRUPTED)];
    exits.into_iter().find(|(kind, _)| is_caused_by(error, *kind)).map(|(_, exit)| exit)
}

fn is_caused_by(error: &Error, kind: io::ErrorKind) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        if source.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == kind) {
            return true;
        }
        cause = source.source();
    }
    false
}

/// Escapes control characters, which names of files and objects may contain. Keeps line breaks.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() && c != '\n' { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}
