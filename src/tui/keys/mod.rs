//! Keys: one table from which dispatch, help, hints and KEYBINDINGS.md are made.

mod chord;
mod keymap;
mod page;
mod table;

pub use chord::{Code, Key};
pub use keymap::{Fed, Keymap, Pending};
pub use page::keybindings;
pub(crate) use page::written;
pub use table::{Binding, Context, Group, TABLE};
