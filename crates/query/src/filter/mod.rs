//! The filter of the timeline: `kind=deploy and (verb == patch or code >= 400) and not actor ~ hpa`.
//!
//! `f` in the debugger and `--filter` on the command line read the same language:
//!
//! ```text
//! filter  = either, { "or", either }         also ||
//! either  = term, { ["and"], term }          also &&; two terms side by side are both meant
//! term    = "not" term | "(" filter ")" | test | text            also !
//! test    = FIELD ( "==" | "!=" | "~" | "!~" | "<" | "<=" | ">" | ">=" ) VALUE | FIELD "in" "(" VALUE, … ")"
//!         | "has:" THING | FIELD ":" VALUE
//! ```
//!
//! A bare word is text that the row holds. A filter is kept in postfix order, so that evaluating it needs a stack of
//! booleans (or of bitmaps) and no recursion.

mod fields;
mod lex;
mod parse;
pub mod row;
#[cfg(test)]
mod tests;
mod values;

pub use fields::{Field, Property, completions};
pub use row::{Names, short_name};
pub use values::{Operator, Value};

use super::SyntaxError;
use kuberewind_model::Operation;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    source: String,
    nodes: Vec<Node>,
}

/// One step of a filter in postfix order: a test pushes its result, the others take theirs from the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A field compared with values: it holds if it does for any of them (`!=` and `!~`: for all).
    Test {
        /// Which field.
        field: Field,
        /// How.
        operator: Operator,
        /// With what: one value, or those of `in (…)`.
        values: Vec<Value>,
    },
    /// Something that an operation has or has not.
    Has(Property),
    /// Text that the row holds, in lower case.
    Text(String),
    /// Not the last one.
    Not,
    /// Both of the last two.
    And,
    /// One of the last two.
    Or,
}

impl Filter {
    /// Reads a filter. An empty one lets everything through.
    ///
    /// # Errors
    /// With the place of the mistake, for a caret.
    pub fn parse(source: &str) -> Result<Filter, SyntaxError> {
        Ok(Filter { source: source.to_owned(), nodes: parse::parse(source)? })
    }

    /// As it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its steps in postfix order; none for a filter that lets everything through.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether an operation passes.
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
}

impl Filter {
    /// What holds a text anywhere in its row.
    #[must_use]
    pub fn text(text: &str) -> Filter {
        Filter { source: text.to_owned(), nodes: vec![Node::Text(text.to_lowercase())] }
    }

    /// What passes both.
    #[must_use]
    pub fn and(&self, other: &Filter) -> Filter {
        let mut nodes = self.nodes.clone();
        nodes.extend(other.nodes.iter().cloned());
        if !self.nodes.is_empty() && !other.nodes.is_empty() {
            nodes.push(Node::And);
        }
        Filter { source: format!("({}) and ({})", self.source, other.source), nodes }
    }

    /// Whether it asks for more than texts anywhere.
    #[must_use]
    pub fn tests_fields(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node, Node::Test { .. } | Node::Has(_)))
    }
}
