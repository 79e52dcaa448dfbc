//! Renders the graph as Graphviz DOT and as Mermaid.

use std::fmt::Write;

use super::graph::{Graph, Node, NodeType};
use kuberewind_model::Certainty;

/// A DOT digraph for `dot -Tsvg`. Calls are boxes, reconciles rounded boxes; uncertain edges are dashed or dotted.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut text = String::from("digraph causality {\n  rankdir=LR;\n  node [fontname=\"monospace\"];\n");
    for (at, node) in graph.nodes.iter().enumerate() {
        let style = if node.node_type == NodeType::Span { "box, style=rounded" } else { "box" };
        line(&mut text, format_args!("  n{at} [shape={style}, label=\"{}\"];", label(node, dot_text)));
    }
    for edge in &graph.edges {
        let style = match edge.certainty {
            Certainty::Exact => "solid",
            Certainty::Likely => "dashed",
            Certainty::Guess => "dotted",
        };
        let (from, to) = edge.ends;
        line(&mut text, format_args!("  n{from} -> n{to} [style={style}, tooltip=\"{}\"];", dot_text(&edge.evidence)));
    }
    text.push_str("}\n");
    text
}

/// A Mermaid flowchart for Markdown.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for (at, node) in graph.nodes.iter().enumerate() {
        let (open, close) = if node.node_type == NodeType::Span { ("([", "])") } else { ("[", "]") };
        line(&mut text, format_args!("  n{at}{open}\"{}\"{close}", label(node, mermaid_text)));
    }
    for edge in &graph.edges {
        let arrow = if edge.certainty == Certainty::Exact { "-->" } else { "-.->" };
        let label = if edge.certainty == Certainty::Exact { String::new() } else { format!("|{}|", edge.certainty.as_str()) };
        line(&mut text, format_args!("  n{} {arrow}{label} n{}", edge.ends.0, edge.ends.1));
    }
    text
}

fn line(text: &mut String, label: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    if writeln!(text, "{label}").is_err() {
        text.push('\n');
    }
}

fn label(node: &Node, escape: fn(&str) -> String) -> String {
    let object = [&node.kind, &node.ns, &node.name].into_iter().filter(|part| !part.is_empty()).map(String::as_str);
    let what = if node.node_type == NodeType::Span { "reconcile" } else { &node.verb };
    let id = node.id.replacen("op:", "#", 1).replacen("span:", "", 1);
    escape(&format!("{id} {} {what} {}", node.actor_id, object.collect::<Vec<_>>().join("/")))
}

/// Names come from recordings, so they must not end the text or be read as syntax.
fn dot_text(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            c if c.is_control() => vec!['?'],
            c => vec![c],
        })
        .collect()
}

fn mermaid_text(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_alphanumeric() || " ./:_-".contains(c) => c.to_string(),
            c if c.is_control() => "?".to_owned(),
            c => format!("#{};", u32::from(c)),
        })
        .collect()
}
