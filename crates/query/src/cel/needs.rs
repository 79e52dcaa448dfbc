//! The fields of an object that an expression reads.
//!
//! A chain of fields that starts at the object (`object.spec.replicas`, `object.metadata.labels["app"]`) is followed as far
//! as its steps are literals; anything below may be read. A numeric index ends a chain: the whole list is read, because its
//! length and order matter. The result may contain too much, never too little.

use std::collections::BTreeMap;

use cel::Program;
use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

use super::bounds::{byte_of, children};
use super::variables::{OBJECT, OLD_OBJECT};
use crate::syntax::SyntaxError;

/// The fields that are read, as a tree of steps from the root. A leaf is read as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    nodes: Vec<Node>,
    used: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    steps: BTreeMap<String, usize>,
    whole: bool,
}

/// A node of the tree.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    needs: &'a Needs,
    node: usize,
}

impl At<'_> {
    /// Returns true if everything below is read.
    pub(super) fn whole(&self) -> bool {
        self.needs.nodes.get(self.node).is_none_or(|node| node.whole)
    }

    /// Returns the node of a field, if it is read.
    pub(super) fn step(&self, key: &str) -> Option<Self> {
        let node = *self.needs.nodes.get(self.node)?.steps.get(key)?;
        Some(At { node, ..*self })
    }
}

impl Needs {
    fn new() -> Needs {
        Needs { nodes: vec![Node::default()], used: false }
    }

    /// The fields at these JSON pointers. A numeric step ends at its list or map.
    #[must_use]
    pub fn of_pointers(pointers: &[&str]) -> Needs {
        let mut needs = Needs::new();
        for pointer in pointers {
            let steps = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
            let named: Vec<String> = steps.take_while(|step| !step.bytes().all(|b| b.is_ascii_digit())).collect();
            needs.add(&named);
        }
        needs
    }

    fn add(&mut self, steps: &[String]) {
        self.used = true;
        let mut at = 0;
        for step in steps {
            if self.nodes[at].whole {
                return;
            }
            let next = self.nodes.len();
            at = *self.nodes[at].steps.entry(step.clone()).or_insert(next);
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        self.nodes[at].whole = true;
    }

    /// Returns true if anything is read.
    pub(super) fn is_used(&self) -> bool {
        self.used
    }

    pub(super) fn root(&self) -> At<'_> {
        At { needs: self, node: 0 }
    }

    /// Returns the fields as JSON pointers, each read as a whole.
    #[must_use]
    pub fn pointers(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut left = vec![(0, String::new())];
        while let Some((node, path)) = left.pop() {
            let Some(node) = self.nodes.get(node) else { continue };
            if node.whole {
                found.push(path);
                continue;
            }
            let steps = node.steps.iter().rev();
            left.extend(steps.map(|(key, next)| (*next, format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")))));
        }
        found
    }

    /// Returns true if a change of the field at `pointer` can alter the fields that are read: the field itself, a parent, a
    /// child, or a sibling (because their parent may have appeared or disappeared with it).
    #[must_use]
    pub fn can_see(&self, pointer: &str) -> bool {
        use crate::pointer::is_below;
        self.used
            && self.pointers().iter().any(|read| {
                let around = read.rsplit_once('/').map_or("", |(around, _)| around);
                is_below(read, pointer) || is_below(pointer, read) || (!around.is_empty() && is_below(pointer, around))
            })
    }
}

/// The fields that are read of the object and of the previous version.
pub(super) struct Found {
    pub(super) object: Needs,
    pub(super) old_object: Needs,
}

pub(super) fn find(source: &str, program: &Program) -> Result<Found, SyntaxError> {
    let mut found = Found { object: Needs::new(), old_object: Needs::new() };
    // Each node is paired with the loop variables in scope. The list may contain variables of an enclosing loop too many,
    // which at worst misses an unknown name.
    let mut left: Vec<(&IdedExpr, Vec<&str>)> = vec![(program.expression(), Vec::new())];
    while let Some((node, bound)) = left.pop() {
        if let Some((root, steps)) = chain(node)
            && !bound.contains(&root)
        {
            if OBJECT.contains(&root) {
                found.object.add(&steps);
            } else if root == OLD_OBJECT {
                found.old_object.add(&steps);
            } else if !is_type(root) {
                let at = program.source_info().offset_for(node.id).map_or(0, |(start, _)| start as usize);
                let at = source.find(root).unwrap_or_else(|| byte_of(source, at));
                let message = format!("`{root}` is unknown; there are object, self and oldObject");
                return Err(SyntaxError::new(message, source, at));
            }
        }
        let mut names = bound.clone();
        if let Expr::Comprehension(all) = &node.expr {
            names.extend([all.iter_var.as_str(), all.accu_var.as_str()]);
            names.extend(all.iter_var2.as_deref());
        }
        // The steps of a chain belong to it, but an index may be an expression.
        let mut inner = Some(node);
        while let Some(at) = inner {
            inner = None;
            match operand(at) {
                Some((below, index)) if chain(node).is_some() => {
                    left.extend(index.map(|index| (index, bound.clone())));
                    inner = Some(below);
                }
                _ => children(at, |child| left.push((child, names.clone()))),
            }
        }
    }
    Ok(found)
}

/// Returns true for the names of CEL's types.
fn is_type(name: &str) -> bool {
    matches!(name, "bool" | "bytes" | "double" | "int" | "list" | "map" | "null_type" | "string" | "type" | "uint" | "dyn")
}

/// Returns the operand of a step, and the index if it is an expression.
fn operand(node: &IdedExpr) -> Option<(&IdedExpr, Option<&IdedExpr>)> {
    match &node.expr {
        Expr::Select(select) => Some((&select.operand, None)),
        Expr::Call(call) if call.func_name == operators::INDEX && call.args.len() == 2 => {
            Some((&call.args[0], Some(&call.args[1])))
        }
        _ => None,
    }
}

/// Returns the root variable of a chain of fields, and its literal steps.
fn chain(node: &IdedExpr) -> Option<(&str, Vec<String>)> {
    let mut steps: Vec<Option<String>> = Vec::new();
    let mut at = node;
    loop {
        match &at.expr {
            Expr::Ident(name) => {
                let known = steps.into_iter().rev().map_while(|step| step).collect();
                return Some((name, known));
            }
            Expr::Select(select) => steps.push(Some(select.field.clone())),
            Expr::Call(call) if call.func_name == operators::INDEX && call.args.len() == 2 => {
                steps.push(match &call.args[1].expr {
                    Expr::Literal(LiteralValue::String(key)) => Some(key.inner().to_owned()),
                    _ => None,
                });
            }
            _ => return None,
        }
        at = operand(at)?.0;
    }
}
