//! Standard output and standard error.

use std::io::{self, Write};

use crate::model::{Error, ErrorKind, Result};

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

/// A remark, to stderr, with everything escaped that a terminal would obey.
pub fn note(text: &str) {
    // Nobody is left to be told if stderr is gone.
    drop(writeln!(io::stderr(), "kuberewind: {}", crate::text::printable(text)));
}
