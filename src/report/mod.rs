//! Plain text and JSON for people and programs: what the subcommands print.

mod bookmarks;
mod json_out;
mod object;
mod operation;
mod sessions;
mod table;

pub use bookmarks::{bookmarks_json, bookmarks_text};
pub use json_out::{json_line, json_text};
pub use object::{absence, diff_json, diff_text, object_json, object_text};
pub use operation::{Names, OperationLine, operation_json};
pub use sessions::{sessions_json, sessions_text};
pub use table::Table;
