//! The paths of a dump as sessions that share their common steps.

use std::collections::HashMap;

use kuberewind_model::{Seq, SessionNo};

/// A step in its context: the steps before it and its id.
type Node = (usize, String);

/// The steps that were written so far, as a tree.
#[derive(Default)]
pub(super) struct Written {
    /// (number of the node before, frame id) → number of the node.
    children: HashMap<Node, usize>,
    /// Per node: the session that wrote it, and its last operation.
    nodes: Vec<(SessionNo, Seq)>,
}

impl Written {
    /// The longest beginning of a path that was written: its length, and its last node.
    pub(super) fn common(&self, frames: &[String]) -> (usize, Option<usize>) {
        let mut node = None;
        for (at, frame) in frames.iter().enumerate() {
            match self.children.get(&(number(node), frame.clone())) {
                Some(next) => node = Some(*next),
                None => return (at, node),
            }
        }
        (frames.len(), node)
    }

    /// Where a node ends.
    pub(super) fn end(&self, node: usize) -> Option<(SessionNo, Seq)> {
        self.nodes.get(node).copied()
    }

    /// Adds a step after a node; returns its node.
    pub(super) fn add(&mut self, before: Option<usize>, frame: &str, end: (SessionNo, Seq)) -> usize {
        let node = self.nodes.len();
        self.nodes.push(end);
        self.children.insert((number(before), frame.to_owned()), node);
        node
    }
}

/// The root has the number 0.
fn number(node: Option<usize>) -> usize {
    node.map_or(0, |node| node + 1)
}
