//! Text out of a recording, made fit for people: nothing in it that a terminal would obey, and its width in cells.

mod printable;
mod width;

pub use printable::{is_plain, printable};
pub use width::{fit, width};
