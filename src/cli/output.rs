//! Standard output and standard error.

use std::io::{self, Write};

use serde_json::Value;

use crate::cli::format::Format;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_report::json_line;

/// Prints data to stdout. A closed pipe is an error that ends the program quietly (see [`super::exit`]).
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Error::new(ErrorKind::Io, "cannot write to standard output").because(error))
}

/// Prints a message to stderr. Escapes everything that a terminal would interpret.
pub fn note(text: &str) {
    // A closed stderr leaves no place to report this error.
    drop(writeln!(io::stderr(), "kuberewind: {}", kuberewind_text::printable(text)));
}

/// Prints a list item by item: lines for people; a JSON array, or one JSON object on each line, for programs.
pub struct ListPrinter {
    array: bool,
    items: u64,
}

impl ListPrinter {
    /// JSON becomes an array.
    pub fn new(format: Format) -> ListPrinter {
        ListPrinter { array: format == Format::Json, items: 0 }
    }

    /// For a list without a known end: JSON becomes one object on each line.
    pub fn endless() -> ListPrinter {
        ListPrinter { array: false, items: 0 }
    }

    pub fn text(&mut self, lines: &str) -> Result<()> {
        print(lines)
    }

    pub fn json(&mut self, item: &Value) -> Result<()> {
        if !self.array {
            return print(&format!("{}\n", json_line(item)));
        }
        let before = if self.items == 0 { "[\n" } else { ",\n" };
        self.items += 1;
        print(&format!("{before}{}", json_line(item)))
    }

    /// Closes the array.
    pub fn finish(self) -> Result<()> {
        match (self.array, self.items) {
            (false, _) => Ok(()),
            (true, 0) => print("[]\n"),
            (true, _) => print("\n]\n"),
        }
    }
}
