//! Keeps the house in order: arrows point down, no function calls itself, nothing forbidden slips in.

// In a test, a failure is a panic; the lint knows only functions that are tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cycles;
mod imports;
mod layers;
mod prose;
mod recursion;
mod source;
