//! Objects as lines of text: YAML, JSON, diffs, and the highlighting of documents inside strings.
//!
//! A [`Document`](document::Document) is what all of them produce; printers, exporters and the debugger's panes read it.

mod align;
pub mod diff;
pub mod document;
pub mod highlight;
pub mod pretty;
mod replaced;
pub mod yaml;
