//! Causality over a whole session and across actors: write → delivery → reconcile → write.
//!
//! Nodes are calls and reconciles. A write leads to the reconcile that its version triggered: *exact* if the trigger names uid
//! and resourceVersion or the delivery is recorded; *likely* if versions were coalesced, or if an owner reference connects the
//! delivered and the reconciled object. A reconcile leads to its writes.

mod build;
mod chains;
mod cycles;
mod graph;
mod index;
mod render;

use super::one_read::in_one_read;
use kuberewind_model::{History, Lineage, Result};

pub use chains::{Chain, ChainLimits, chains};
pub use cycles::{Cycle, Member, cycles};
pub use graph::{Edge, EdgeType, Graph, Node, NodeType, Window};
pub use render::{dot, mermaid};

/// Builds the graph of a lineage or a part of it. Memory grows with the writes, deliveries and reconciles up to the limit.
///
/// # Errors
/// The recording cannot be read.
pub fn causality(history: &dyn History, lineage: &Lineage, window: &Window) -> Result<Graph> {
    in_one_read(history, || build::build(history, lineage, window))
}
