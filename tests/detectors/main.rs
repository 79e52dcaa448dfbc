//! Detectors: for each class a scenario with the problem and one with its healthy lookalike, real inputs, and properties of
//! any stream.

// Helpers of tests may fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod any_stream;
mod demos;
mod kube;
mod live;
mod loops;
mod metadata_level;
mod objects;
mod races;
mod real;
mod stored;
mod story;
mod traffic;
