//! The demo's operators: plain kube-rs controllers without any code for the recorder.

pub mod backup;
pub mod checkout;
pub mod deployment;
pub mod hpa;
pub mod kubelet;
pub mod ledger;
pub mod replicaset;
