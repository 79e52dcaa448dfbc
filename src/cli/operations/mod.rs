//! Reads, filters and prints the operations of a session.

pub mod filter;
pub mod follow;
pub mod print;
mod printer;
pub mod range;
