//! The Kubernetes API in memory, seen from outside: raw requests, kube-rs clients and controllers, kubectl.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod controllers;
mod kubectl;
mod properties;
mod real_answers;
mod scenarios;
mod stories;
