//! The longest and widest chains of a graph.

use super::graph::{Edge, Graph};

/// How much to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainLimits {
    /// At most this many nodes of each chain.
    pub depth: usize,
    /// At most this many chains.
    pub chains: usize,
}

impl Default for ChainLimits {
    fn default() -> ChainLimits {
        ChainLimits { depth: 32, chains: 10 }
    }
}

/// A chain of causes and effects, from one that has no cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Places of its nodes in the graph.
    pub nodes: Vec<usize>,
    /// Places of the edges between them.
    pub edges: Vec<usize>,
    /// How many nodes it has in all, the ones beyond the limit counted.
    pub length: usize,
    /// How many effects its nodes have in all: how wide what comes of it is.
    pub width: usize,
}

/// The chains from every node without a cause along the longest way, longest first, then widest.
///
/// Edges that do not lead onward in time (a recording can contradict itself) are left out, so every chain ends.
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
    // Nodes are in the order of time: from the last to the first every effect is known before its cause.
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
