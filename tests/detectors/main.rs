//! Detectors: for each class a scenario with the problem and one with its healthy lookalike, real inputs, and properties of
//! any stream.

// Helpers of tests may fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]
// Stories pass what they write, such as `json!(…)`, as it is.
#![allow(clippy::needless_pass_by_value)]

mod any_stream;
mod audit;
mod demos;
mod kinds;
mod kube;
mod live;
mod loops;
mod metadata_level;
mod objects;
mod races;
mod real;
mod reports;
mod stored;
mod story;
mod traffic;
