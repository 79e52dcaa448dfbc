//! Keys: one table from which dispatch, help, hints and KEYBINDINGS.md are made; presets and the user's file change it.

mod chord;
mod keymap;
mod overlay;
mod table;

pub use chord::{Code, Key, spelled};
pub use keymap::{Bound, Fed, Keymap, Pending};
pub use table::{Binding, Context, Group, TABLE};
