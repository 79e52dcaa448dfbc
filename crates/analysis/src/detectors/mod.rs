//! Detectors of problems.
//!
//! Each detector has a row in [`TABLE`] and a file. It handles the inputs it is interested in, in order, and reports findings.
//! Each keeps bounded state and drops what the tracker dropped, so that no detector accuses anyone across a gap.

mod access;
mod alternation;
mod back_in_time;
mod cadence;
mod churn;
mod condition_flip;
mod conflict_storm;
mod create_storm;
mod cycle;
mod defaulting_fight;
mod detector;
mod duplicates;
mod dying_write;
mod error_retry;
mod errors;
mod ever_changing;
mod failing_reconcile;
mod flapping_field;
mod grows;
mod hot_requeue;
mod hot_victim;
mod identical_reads;
mod input;
mod interest;
mod keys;
mod large_lists;
mod lifecycle;
mod list_order;
mod lost_update;
mod noop_apply;
mod periodic;
mod ping_pong;
mod pruned_field;
mod recreate;
mod refused_write;
mod relatively_slow;
mod repeated_window;
mod response_diff;
mod selector_fight;
mod self_trigger;
mod series;
mod server_words;
mod slow;
mod slow_loop;
mod slow_reconcile;
mod stale_write;
mod state_cycle;
mod steady_reaction;
mod stuck_deletion;
mod table;
mod traffic;
mod two_writers;
mod unknown_updates;
mod unrecorded_writer;
mod watch_restarts;
mod write_chain;
mod written;

pub use detector::Detector;
pub use input::Input;
pub use interest::Interest;
pub use table::{DETECTORS_VERSION, INVARIANT, INVARIANT_DOC, Specificity, TABLE, TableRow, by_name, kinds_of_findings};
