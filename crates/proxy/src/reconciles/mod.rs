//! Finds the reconcile of each call: by the child's log, else inferred from the traffic.
//!
//! This stage runs between capture and the file. Requests do not name their reconcile, and a log line may arrive after the
//! calls that it announces. So a call gets its reconcile here, when its result is known.

mod actor_name;
mod actor_state;
mod answered_calls;
mod answers;
mod controllers;
mod delay_queue;
mod delivery;
mod in_order;
mod inference;
mod inferred_start;
mod known_objects;
mod log_evidence;
mod log_match;
mod logged_reconciles;
mod open_reconcile;
mod owners;
mod programs;
mod reconciled_kinds;
mod relation;
mod span_source;
mod stage;
mod target;
mod timing;

pub use span_source::SpanSource;
pub use stage::{ReconcileStage, WithReconciles};
