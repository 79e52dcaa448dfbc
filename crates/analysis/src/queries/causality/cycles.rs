//! Cycles: actors and objects that keep triggering each other.
//!
//! The graph has no cycles over time, so it is folded to pairs of actor and object, with an edge where a write led to a
//! reconcile that led to a write. The cycles are the strongly connected components (Tarjan 1972, with an explicit stack
//! instead of recursion).

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::graph::{EdgeType, Graph, Node};
use kuberewind_model::Certainty;

use super::super::serialize;

/// An actor and an object that it writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Member {
    pub actor: String,
    pub object: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cycle {
    /// Sorted by name.
    pub members: Vec<Member>,
    /// How often a write in the cycle led to another one.
    pub steps: usize,
    /// The lowest certainty of these steps.
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    /// The operations of the last step.
    pub last: (String, String),
}

/// An edge between members: number, lowest certainty, and last operations.
#[derive(Clone)]
struct MemberEdge {
    count: usize,
    certainty: Certainty,
    last: (usize, usize),
}

/// The cycles of a graph, those with the most steps first.
#[must_use]
pub fn cycles(graph: &Graph) -> Vec<Cycle> {
    let mut members: Vec<Member> = Vec::new();
    let mut places: HashMap<Member, usize> = HashMap::new();
    let mut steps: BTreeMap<(usize, usize), MemberEdge> = BTreeMap::new();
    let mut member = |node: &Node| {
        let member = member_of(node);
        *places.entry(member.clone()).or_insert_with(|| {
            members.push(member);
            members.len() - 1
        })
    };
    for (cause, effect, certainty) in write_to_write(graph) {
        let key = (member(&graph.nodes[cause]), member(&graph.nodes[effect]));
        let step = steps.entry(key).or_insert(MemberEdge { count: 0, certainty, last: (cause, effect) });
        step.count += 1;
        step.certainty = step.certainty.min(certainty);
        step.last = step.last.max((cause, effect));
    }
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); members.len()];
    for (from, to) in steps.keys() {
        next[*from].push(*to);
    }
    let component = components(&next);
    let mut found: BTreeMap<usize, Vec<MemberEdge>> = BTreeMap::new();
    for ((from, to), step) in &steps {
        if component[*from] == component[*to] {
            found.entry(component[*from]).or_default().push(step.clone());
        }
    }
    let mut cycles: Vec<Cycle> =
        found.into_iter().map(|(number, steps)| cycle(graph, &members, &component, number, &steps)).collect();
    cycles.sort_by(|one, other| (other.steps, &one.members).cmp(&(one.steps, &other.members)));
    cycles
}

fn cycle(graph: &Graph, all: &[Member], component: &[usize], number: usize, steps: &[MemberEdge]) -> Cycle {
    let mut members: Vec<Member> =
        all.iter().zip(component).filter(|(_, of)| **of == number).map(|(member, _)| member.clone()).collect();
    members.sort();
    let last = steps.iter().map(|step| step.last).max().unwrap_or_default();
    Cycle {
        members,
        steps: steps.iter().map(|step| step.count).sum(),
        certainty: steps.iter().map(|step| step.certainty).min().unwrap_or(Certainty::Guess),
        last: (graph.nodes[last.0].id.clone(), graph.nodes[last.1].id.clone()),
    }
}

fn member_of(node: &Node) -> Member {
    let parts = [&node.kind, &node.ns, &node.name];
    let object = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("/");
    Member { actor: node.actor_id.clone(), object }
}

/// Each write with the writes that it led to through a reconcile.
fn write_to_write(graph: &Graph) -> impl Iterator<Item = (usize, usize, Certainty)> + '_ {
    let mut made: HashMap<usize, Vec<(usize, Certainty)>> = HashMap::new();
    for edge in graph.edges.iter().filter(|edge| edge.edge_type == EdgeType::SpanToOp) {
        made.entry(edge.ends.0).or_default().push((edge.ends.1, edge.certainty));
    }
    graph.edges.iter().filter(|edge| edge.edge_type == EdgeType::OpToSpan).flat_map(move |edge| {
        let effects = made.get(&edge.ends.1).cloned().unwrap_or_default();
        effects.into_iter().map(|(effect, certainty)| (edge.ends.0, effect, certainty.min(edge.certainty)))
    })
}

/// The component number of each vertex.
fn components(next: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let count = next.len();
    let (mut index, mut low, mut component) = (vec![NEW; count], vec![0; count], vec![NEW; count]);
    let (mut open, mut path): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let (mut seen, mut done) = (0, 0);
    for root in 0..count {
        if index[root] != NEW {
            continue;
        }
        path.push((root, 0));
        while let Some((vertex, at)) = path.pop() {
            if at == 0 {
                (index[vertex], low[vertex]) = (seen, seen);
                seen += 1;
                open.push(vertex);
            } else if let Some(child) = next[vertex].get(at - 1)
                && component[*child] == NEW
            {
                low[vertex] = low[vertex].min(low[*child]);
            }
            if let Some(child) = next[vertex].get(at) {
                path.push((vertex, at + 1));
                if index[*child] == NEW {
                    path.push((*child, 0));
                }
                continue;
            }
            if low[vertex] == index[vertex] {
                while let Some(member) = open.pop() {
                    component[member] = done;
                    if member == vertex {
                        break;
                    }
                }
                done += 1;
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::components;

    #[test]
    fn finds_strongly_connected_components() {
        let found = components(&[vec![1], vec![2], vec![0, 3], vec![4], vec![], vec![5]]);
        assert_eq!(found[0], found[1]);
        assert_eq!(found[1], found[2]);
        assert!(found[3] != found[0] && found[4] != found[3] && found[5] != found[0]);
    }

    proptest! {
        /// Two vertices share a component exactly if each is reachable from the other.
        #[test]
        fn components_are_mutual_reach(edges in proptest::collection::vec((0..8_usize, 0..8_usize), 0..24)) {
            let mut next = vec![Vec::new(); 8];
            let mut reach = [[false; 8]; 8];
            for (from, to) in edges {
                next[from].push(to);
                reach[from][to] = true;
            }
            for (at, row) in reach.iter_mut().enumerate() {
                row[at] = true;
            }
            for through in 0..8 {
                for from in 0..8 {
                    for to in 0..8 {
                        reach[from][to] |= reach[from][through] && reach[through][to];
                    }
                }
            }
            let found = components(&next);
            for from in 0..8 {
                for to in 0..8 {
                    prop_assert_eq!(found[from] == found[to], reach[from][to] && reach[to][from]);
                }
            }
        }
    }
}
