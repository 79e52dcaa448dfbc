//! Rendering of objects as lines of text: YAML, JSON and diffs, and syntax highlighting of files inside ConfigMaps.
//!
//! Each renderer produces a [`Document`](document::Document). The command line, the exporters and the debugger's panes print it.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod align;
pub mod diff;
pub mod document;
mod edits;
pub mod highlight;
pub mod json;
mod position;
mod replacement;
pub mod summary;
pub mod yaml;
