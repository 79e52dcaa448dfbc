//! Text helpers for all output: escaping for terminals, widths in cells, counts, shell quoting and suggestions for typos.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod clean;
mod count;
mod nearest;
mod printable;
mod shell;
mod strip_escapes;
mod width;

pub use clean::{cells, clean};
pub use count::{counted, counted_len, grouped};
pub use nearest::nearest;
pub use printable::printable;
pub use shell::shell_quote;
pub use strip_escapes::strip_escapes;
pub use width::{fit, width};
