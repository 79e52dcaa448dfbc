//! The operators of the demo: plain kube-rs controllers that know nothing of a recorder.

pub mod backup;
pub mod checkout;
pub mod deployment;
pub mod hpa;
pub mod kubelet;
pub mod ledger;
pub mod replicaset;
