//! Detectors: for each class a story with the trouble and one with the healthy look-alike, the real inputs, and what
//! must hold for any stream.

// Helpers of tests may fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod any_stream;
mod demos;
mod kept;
mod kube;
mod live;
mod loops;
mod metadata_level;
mod objects;
mod races;
mod real;
mod story;
mod traffic;
