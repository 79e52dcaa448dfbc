//! Results of queries as text and JSON, for the command line, the exporters and the debugger.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod blame;
mod bookmarks;
mod causality;
mod compare;
mod document;
mod find;
pub mod findings;
mod history;
mod json;
pub mod junit;
mod lanes;
mod logs;
mod object;
mod operation;
mod refusal;
pub mod sarif;
pub mod scan;
mod sessions;
mod stale;
mod table;
mod tree;
mod why;

pub use blame::blame_text;
pub use bookmarks::{bookmarks_json, bookmarks_text};
pub use causality::causality_text;
pub use compare::{comparison_json, comparison_text};
pub use find::{find_text, invariant_text};
pub use history::{author, change_text, field_change, history_text};
pub use json::{json_line, json_of, json_text};
pub use lanes::Lanes;
pub use logs::{LogText, log_json};
pub use object::{absence, diff_json, diff_text, object_json, object_text};
pub use operation::{Names, OperationLine, operation_facts, operation_json, operation_text, warnings, webhooks};
pub use refusal::{end_of_attempts, refused_write_text};
pub use sessions::{sessions_json, sessions_text};
pub use stale::stale_text;
pub use table::Table;
pub use tree::{tree, tree_json, tree_text};
pub use why::{effects_text, why_text};
