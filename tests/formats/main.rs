//! Files of other formats become recordings.

// A test reports a failure by a panic; the lint exempts only functions that are tests themselves.
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
