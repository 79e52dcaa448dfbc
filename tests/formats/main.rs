//! Other formats: files go in, recordings come out.

// In a test, a failure is told by a panic; the lint knows only functions that are tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod cached;
mod envelopes;
mod hostile;
mod imported;
mod k8shark;
mod kamera;
mod kubestep;
mod real;
mod watches;
