//! Demo scenarios: real kube-rs controllers against the in-memory API server, recorded through the tower layer.
//!
//! This crate writes no operation itself. All operations come from the controllers in `operators`.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

mod clock;
mod environment;
mod manifests;
mod network;
mod operators;
mod run;
mod scenario;

pub use environment::{ActorTask, Environment};
pub use run::{CLUSTER, DemoOptions, Pace, run};
pub use scenario::{SCENARIOS, Scenario, find};
