//! What people write to say which objects and operations they mean: expressions over objects in [CEL](cel), Kubernetes'
//! own language for them, and the [filter] of the timeline.

// Internal to the workspace: names that explain themselves need no comment.
#![allow(missing_docs)]

pub mod cel;
pub mod filter;
mod pointer;
mod syntax;

pub use syntax::SyntaxError;
