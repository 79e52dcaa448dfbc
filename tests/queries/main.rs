//! Queries over recordings written by the real writer.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authors;
mod blame;
mod causality;
mod effects;
mod properties;
mod real;
mod refusal;
mod search;
mod stale;
mod tape;
mod text;
mod versions;
mod why;
