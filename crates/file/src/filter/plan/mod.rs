//! A filter, prepared to run over a whole recording.

mod cells;
mod dictionary;
mod evaluate;
mod leaf;
mod memo;
#[expect(clippy::module_inception, reason = "the file is named after the type that it holds")]
mod plan;
mod summary;

pub(super) use cells::{Cells, Column, Columns};
pub(super) use dictionary::Dictionary;
pub use plan::Plan;
pub(super) use summary::{BlockMatch, Summary};
