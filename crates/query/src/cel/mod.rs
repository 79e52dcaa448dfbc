//! CEL over objects: compiled once, evaluated over many versions.
//!
//! The language only loops over lists and maps, and has no recursion. Nested loops and growing texts are limited by
//! `bounds`. The fields that an expression reads are known in advance ([`Needs`]): only these are parsed, and a version in
//! which they are unchanged needs no evaluation.

mod bounds;
mod expression;
mod mistakes;
mod needs;
mod prune;
#[cfg(test)]
mod tests;
mod value;
mod variables;

pub use expression::{Expression, Verdict};
pub use needs::Needs;
