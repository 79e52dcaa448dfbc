//! What people write to say which objects and operations they mean: expressions over objects in [CEL](cel), Kubernetes'
//! own language for them, and the [filter] of the timeline.

pub mod cel;
pub mod filter;
mod pointer;
mod syntax;

pub use syntax::SyntaxError;
