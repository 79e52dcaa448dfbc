//! KubeStep's databases.
//!
//! Information that such a file lacks is not made up: statuses, selectors and the completeness of lists stay unknown. Missing columns and
//! NULLs read as empty. Operations are numbered anew from 1, in the order of their sequence numbers.

mod checks;
mod convert;
mod import;
mod rows;

pub(super) use import::{import, recognises, verify};
