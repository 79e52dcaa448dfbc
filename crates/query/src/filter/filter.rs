//! Parsed filters.

use kuberewind_model::Operation;

use super::node::Node;
use super::parse;
use super::row::{self, Names};
use crate::syntax::SyntaxError;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    source: String,
    nodes: Vec<Node>,
}

impl Filter {
    /// Parses a filter. An empty one passes everything.
    ///
    /// # Errors
    /// For a syntax error, with its position.
    pub fn parse(source: &str) -> Result<Filter, SyntaxError> {
        Ok(Filter { source: source.to_owned(), nodes: parse::parse(source)? })
    }

    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns its steps in postfix order. Empty for a filter that passes everything.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns true if an operation passes.
    #[must_use]
    pub fn passes(&self, operation: &Operation, names: &dyn Names) -> bool {
        let mut stack: Vec<bool> = Vec::with_capacity(8);
        for node in &self.nodes {
            let holds = match node {
                Node::Not => !stack.pop().unwrap_or(false),
                Node::And | Node::Or => {
                    let (right, left) = (stack.pop().unwrap_or(true), stack.pop().unwrap_or(true));
                    if *node == Node::And { left && right } else { left || right }
                }
                Node::Has(property) => row::has(operation, *property, names),
                Node::Text(text) => row::holds_text(operation, text, names),
                Node::Test { field, operator, values } => row::test(operation, *field, *operator, values, names),
            };
            stack.push(holds);
        }
        stack.pop().unwrap_or(true)
    }

    /// A filter for rows that contain a text.
    #[must_use]
    pub fn text(text: &str) -> Filter {
        Filter { source: text.to_owned(), nodes: vec![Node::Text(text.to_lowercase())] }
    }

    /// Returns a filter that passes operations which both pass.
    #[must_use]
    pub fn and(&self, other: &Filter) -> Filter {
        let mut nodes = self.nodes.clone();
        nodes.extend(other.nodes.iter().cloned());
        if !self.nodes.is_empty() && !other.nodes.is_empty() {
            nodes.push(Node::And);
        }
        Filter { source: format!("({}) and ({})", self.source, other.source), nodes }
    }

    /// Returns true if it contains more than free text.
    #[must_use]
    pub fn tests_fields(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node, Node::Test { .. } | Node::Has(_)))
    }
}
