//! Black-box tests of the in-memory API server: raw requests, kube-rs clients and controllers, kubectl.

// Test helpers may panic like tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod controllers;
mod kubectl;
mod properties;
mod real_answers;
mod scenarios;
mod stories;
