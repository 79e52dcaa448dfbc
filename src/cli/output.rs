//! Standard output and standard error.

use std::io::{self, Write};

use serde_json::Value;

use crate::cli::args::Format;
use crate::report::json_line;
use kuberewind_model::{Error, ErrorKind, Result};

/// Data, to stdout.
///
/// # Errors
/// Where stdout cannot be written; a closed pipe ends the program quietly (see [`super::exit`]).
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Error::new(ErrorKind::Io, "standard output cannot be written").because(error))
}

/// Many things, one after the other: lines for people, or for programs an array, or an object a line.
pub struct List {
    array: bool,
    items: u64,
}

impl List {
    /// None yet.
    pub fn new(format: Format) -> List {
        List { array: format == Format::Json, items: 0 }
    }

    /// One that has no end yet: objects are a line each.
    pub fn growing() -> List {
        List { array: false, items: 0 }
    }

    /// Lines.
    ///
    /// # Errors
    /// As [`print`].
    pub fn text(&mut self, lines: &str) -> Result<()> {
        print(lines)
    }

    /// An object.
    ///
    /// # Errors
    /// As [`print`].
    pub fn item(&mut self, item: &Value) -> Result<()> {
        if !self.array {
            return print(&format!("{}\n", json_line(item)));
        }
        let before = if self.items == 0 { "[\n" } else { ",\n" };
        self.items += 1;
        print(&format!("{before}{}", json_line(item)))
    }

    /// The end of it.
    ///
    /// # Errors
    /// As [`print`].
    pub fn end(self) -> Result<()> {
        match (self.array, self.items) {
            (false, _) => Ok(()),
            (true, 0) => print("[]\n"),
            (true, _) => print("\n]\n"),
        }
    }
}

/// A remark, to stderr, with everything escaped that a terminal would obey.
pub fn note(text: &str) {
    // Nobody is left to be told if stderr is gone.
    drop(writeln!(io::stderr(), "kuberewind: {}", crate::text::printable(text)));
}
