//! The demo's operators: plain kube-rs controllers without any code for the recorder.

pub mod backup;
pub mod checkout;
pub mod hpa;
pub mod ledger;
pub mod workloads;
