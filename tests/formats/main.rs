//! Files of other formats become recordings.

// A test reports a failure by a panic; the lint exempts only functions that are tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod cached;
mod dialects;
mod encoders;
mod envelopes;
mod findings;
mod hostile;
mod http;
mod imported;
mod k8shark;
mod kamera;
mod kamera_dump;
mod kubestep;
mod logs;
mod objects;
mod real;
mod watches;
