//! Text out of a recording, made fit for people: nothing in it that a terminal would obey, its width in cells; and words
//! that were probably meant.

mod counted;
mod escapes;
mod nearest;
mod printable;
mod shell;
mod width;

pub use counted::{counted, grouped};
pub use escapes::without_escapes;
pub use nearest::nearest;
pub use printable::{is_plain, printable};
pub use shell::quoted;
pub use width::{fit, width};
