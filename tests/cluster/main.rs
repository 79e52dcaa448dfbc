//! Black-box tests of the in-memory API server: raw requests, kube-rs clients and controllers, kubectl.

// Test helpers may panic like tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Stories pass what they write, such as `json!(…)`, as it is.
#![allow(clippy::needless_pass_by_value)]

mod api;
mod battery;
mod controllers;
mod controllers_jobs;
mod controllers_kubectl;
mod controllers_real;
mod controllers_stage;
mod controllers_workloads;
mod forks;
mod goop;
mod goop_build;
mod kubectl;
mod properties;
mod real_answers;
mod requests;
mod scenarios;
mod stories;
