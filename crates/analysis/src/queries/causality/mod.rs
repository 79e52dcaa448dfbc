//! What led to what over a whole session, across actors: write → watch delivery → reconcile → write.
//!
//! Nodes are calls and reconciles. A reconcile follows from the write whose version triggered it (*exact* where it names
//! uid and resourceVersion, or the delivery is recorded; *likely* where versions were coalesced on the way, or an owner
//! reference leads from what was delivered to what was reconciled), and leads to the writes that were made within it.

mod build;
mod chains;
mod cycles;
mod graph;
mod index;
mod render;

use kuberewind_model::{History, Lineage, Result};

pub use chains::{Chain, ChainLimits, chains};
pub use cycles::{Cycle, Member, cycles};
pub use graph::{Edge, EdgeType, Graph, Node, NodeType, Window};
pub use render::{dot, mermaid};

/// The causality of a lineage, or of a window of it. Memory grows with the writes, deliveries and reconciles in the
/// window, up to its limit.
///
/// # Errors
/// When the recording cannot be read.
pub fn causality(history: &dyn History, lineage: &Lineage, window: &Window) -> Result<Graph> {
    build::build(history, lineage, window)
}
