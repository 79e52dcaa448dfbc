//! Questions about the context, each answered for any moment from a [`History`](kuberewind_model::History), a file each.
//!
//! | question | answers |
//! |---|---|
//! | [`blame`] | which write last set each field |
//! | [`change`] | when an object, or one field of it, changes next or changed last |
//! | [`causality`] | what led to what over a whole session |
//! | [`diff`] | what differs between two moments or versions |
//! | [`find`] | when an expression over an object becomes true |
//! | [`history`] | the versions of an object, with their writers and what they changed |
//! | [`invariant`] | where an expression over all objects of a kind did not hold |
//! | [`stale`] | what an actor had not been shown |
//! | [`why`] | the chain of causes of an operation or of a field's value |
//!
//! Every answer says how sure it is: exact, likely or guess; what is not known is said to be unknown.

mod author;
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
mod serialize;
pub mod stale;
mod transition;
mod volatile_fields;
pub mod why;
mod world_versions;

pub use author::Author;
