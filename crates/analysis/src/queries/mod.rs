//! Queries about the past, each answered for any moment from a [`History`](kuberewind_model::History).
//!
//! | query | returns |
//! |---|---|
//! | [`blame`] | the write that last set each field |
//! | [`change`] | the next or previous change of an object or a field |
//! | [`causality`] | causes and effects over a whole session |
//! | [`diff`] | the differences between two moments or versions |
//! | [`find`] | the moment at which an expression over an object becomes true |
//! | [`history`] | the versions of an object, with their authors and changes |
//! | [`invariant`] | where an expression over all objects of a kind does not hold |
//! | [`refusal`] | a refused write: its base, what it sent, what was written meanwhile, and its retry |
//! | [`stale`] | the versions that an actor had not observed |
//! | [`why`] | the causes of an operation or a field's value |
//!
//! Every answer has a certainty: exact, likely or guess. Unknown facts are reported as unknown.

mod author;
mod author_facts;
pub mod blame;
pub mod causality;
pub mod change;
mod change_index;
mod context;
pub mod diff;
mod evaluator;
pub mod find;
pub mod history;
pub mod invariant;
mod object_operations;
pub(crate) mod one_read;
pub mod refusal;
mod serialize;
pub mod stale;
mod transition;
pub mod view;
mod volatile_fields;
pub mod why;
mod world_versions;

pub use author::Author;
