//! The two languages for selecting objects and operations: [CEL](cel) expressions over objects, and the [filter] of the
//! timeline.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

pub mod cel;
pub mod filter;
mod pointer;
mod syntax;

pub use syntax::SyntaxError;
