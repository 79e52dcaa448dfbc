//! The longest and widest chains of a graph.

use super::graph::{Edge, Graph};

/// Limits of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainLimits {
    /// The most nodes per chain.
    pub depth: usize,
    /// The most chains.
    pub chains: usize,
}

impl Default for ChainLimits {
    fn default() -> ChainLimits {
        ChainLimits { depth: 32, chains: 10 }
    }
}

/// A chain of causes and effects. Its first node has no cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Indexes of its nodes in the graph.
    pub nodes: Vec<usize>,
    /// Indexes of the edges between them.
    pub edges: Vec<usize>,
    /// The number of nodes, including those above the limit.
    pub length: usize,
    /// The number of effects of its nodes.
    pub width: usize,
}

/// The longest chain from every node without a cause, ordered by length, then width.
///
/// Edges that go back in time (in a contradictory recording) are ignored, so every chain ends.
#[must_use]
pub fn chains(graph: &Graph, limits: ChainLimits) -> Vec<Chain> {
    let count = graph.nodes.len();
    let onward = |edge: &&Edge| edge.ends.0 < edge.ends.1;
    let mut effects: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut caused = vec![false; count];
    for (at, edge) in graph.edges.iter().enumerate().filter(|(_, edge)| onward(edge)) {
        effects[edge.ends.0].push(at);
        caused[edge.ends.1] = true;
    }
    // Nodes are ordered by time, so in reverse order every effect is processed before its cause.
    let mut length = vec![1_usize; count];
    let mut width = vec![0_usize; count];
    let mut along: Vec<Option<usize>> = vec![None; count];
    for node in (0..count).rev() {
        let best = effects[node].iter().copied().max_by_key(|at| {
            let to = graph.edges[*at].ends.1;
            (length[to], width[to], std::cmp::Reverse(to))
        });
        width[node] = effects[node].len();
        if let Some(edge) = best {
            let to = graph.edges[edge].ends.1;
            (length[node], along[node]) = (length[to] + 1, Some(edge));
            width[node] = width[node].saturating_add(width[to]);
        }
    }
    let mut roots: Vec<usize> = (0..count).filter(|node| !caused[*node] && along[*node].is_some()).collect();
    roots.sort_by_key(|root| (std::cmp::Reverse((length[*root], width[*root])), *root));
    roots.truncate(limits.chains);
    let follow = |root: usize| {
        let (mut nodes, mut edges) = (vec![root], Vec::new());
        while nodes.len() < limits.depth.max(1) {
            let Some(edge) = nodes.last().and_then(|last| along[*last]) else { break };
            edges.push(edge);
            nodes.push(graph.edges[edge].ends.1);
        }
        Chain { nodes, edges, length: length[root], width: width[root] }
    };
    roots.into_iter().map(follow).collect()
}
