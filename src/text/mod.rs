//! Text helpers for all output: escaping for terminals, widths in cells, counts, shell quoting and suggestions for typos.

mod clean;
mod count;
mod nearest;
mod printable;
mod shell;
mod strip_escapes;
mod width;

pub use clean::{cells, clean};
pub use count::{counted, grouped};
pub use nearest::nearest;
pub use printable::printable;
pub use shell::shell_quote;
pub use strip_escapes::strip_escapes;
pub use width::{fit, width};
