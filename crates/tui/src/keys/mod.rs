//! Keys. Dispatch, help, hints and KEYBINDINGS.md use one table; presets and the user's file change it.

mod chord;
mod keymap;
mod overlay;
mod table;

pub use chord::{Code, Key, spelled};
pub use keymap::{BoundKeys, KeyOutcome, Keymap, Pending};
pub use table::{Binding, Context, Group, TABLE};
