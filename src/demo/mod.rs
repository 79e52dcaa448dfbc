//! Scenarios with real controllers: kube-rs operators against the API server in memory, recorded through the layer.
//!
//! No code in here writes an operation: what is in the recording was said by the controllers of `operators`.

mod manifests;
mod network;
mod operators;
mod run;
mod scenario;
mod stage;

pub use run::{CLUSTER, DemoOptions, Pace, run};
pub use scenario::{SCENARIOS, Scenario, find};
pub use stage::{Act, Stage};
