//! The causality graph of a session as text: its cycles, then its longest chains.

use kuberewind_analysis::queries::causality::{Chain, ChainLimits, Cycle, Graph, Node, NodeType, chains, cycles};
use kuberewind_model::Certainty;
use kuberewind_text::{counted_len, printable};

/// Formats the cycles, then the longest and widest chains within the limits.
#[must_use]
pub fn causality_text(graph: &Graph, limits: ChainLimits) -> String {
    let ops = graph.nodes.iter().filter(|node| node.node_type == NodeType::Op).count();
    let mut out = format!(
        "{}, {}, {}\n",
        counted_len(ops, "write"),
        counted_len(graph.nodes.len() - ops, "reconcile"),
        counted_len(graph.edges.len(), "link")
    );
    if graph.more {
        out.push_str("… the graph is incomplete: the limit was reached\n");
    }
    for cycle in cycles(graph) {
        out.push_str(&cycle_text(&cycle));
    }
    for chain in chains(graph, limits) {
        out.push_str(&chain_text(graph, &chain));
    }
    out
}

fn cycle_text(cycle: &Cycle) -> String {
    let mut out = format!(
        "\ncycle, {}, {}, last {} → {}\n",
        counted_len(cycle.steps, "step"),
        cycle.certainty.as_str(),
        name(&cycle.last.0),
        name(&cycle.last.1)
    );
    for member in &cycle.members {
        out.push_str(&printable(&format!("  {} writes {}", member.actor, member.object)));
        out.push('\n');
    }
    out
}

fn chain_text(graph: &Graph, chain: &Chain) -> String {
    let mut out = format!("\nchain of {}, {} in all\n", chain.length, counted_len(chain.width, "effect"));
    for (at, index) in chain.nodes.iter().enumerate() {
        let Some(node) = graph.nodes.get(*index) else { continue };
        let edge = at.checked_sub(1).and_then(|before| graph.edges.get(*chain.edges.get(before)?));
        let arrow = if at == 0 { "  " } else { "→ " };
        out.push_str(&format!("  {arrow}{}", node_text(node)));
        if let Some(edge) = edge.filter(|edge| edge.certainty != Certainty::Exact) {
            out.push_str(&printable(&format!("   {}: {}", edge.certainty.as_str(), edge.evidence)));
        }
        out.push('\n');
    }
    if chain.nodes.len() < chain.length {
        out.push_str(&format!("  … {} more\n", chain.length - chain.nodes.len()));
    }
    out
}

fn node_text(node: &Node) -> String {
    let parts = [&node.kind, &node.ns, &node.name];
    let object = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("/");
    let text = match node.node_type {
        NodeType::Span => format!("{} reconcile {} of {object}", node.actor_id, name(&node.id)),
        NodeType::Op => format!("{} {} {} {object}", name(&node.id), node.actor_id, node.verb),
    };
    printable(&text).into_owned()
}

/// Formats a node id as `#412`, or as the name of a reconcile.
fn name(id: &str) -> String {
    let name = id.strip_prefix("op:").map(|number| format!("#{number}"));
    printable(&name.unwrap_or_else(|| id.trim_start_matches("span:").to_owned())).into_owned()
}
