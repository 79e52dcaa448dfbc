//! Verification of a recording: completeness and consistency.

mod checks;
mod observation_index;
mod report;

pub use checks::verify;
pub use report::{VerifyFinding, VerifyReport};
