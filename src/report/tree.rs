//! Objects at a moment, each below the one that controls it.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::session::Source;
use crate::text::printable;
use kuberewind_model::json::scan::Metadata;
use kuberewind_model::{Lineage, Moment, ObjectId, Perspective, Result, VersionId};

/// Objects that are read at a time.
const WINDOW: usize = 1_000;
/// Objects of a tree; what comes after is counted.
const MOST: usize = 100_000;
/// How deep it is drawn. Owners go in circles in broken clusters only.
const DEPTH: usize = 16;

/// An object in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// How many controllers stand above it.
    pub depth: usize,
    /// Its name: `Deployment/shop/checkout`.
    pub name: String,
    /// Its uid, '' where it was never told.
    pub uid: String,
    /// The resourceVersion of the version that stands for it, '' for none.
    pub resource_version: String,
    /// How completely that is known.
    pub shape: &'static str,
    /// The operation that first showed that version.
    pub since: u64,
}

/// Objects in the order in which they are drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The objects, each directly after its controller or its controller's other objects.
    pub leaves: Vec<Leaf>,
    /// Whether there are more than were read.
    pub cut: bool,
}

struct Node {
    leaf: Leaf,
    owner: String,
    namespace: String,
}

/// Reads the objects present at a moment, of a namespace where one is named.
///
/// # Errors
/// When the recording cannot be read.
pub fn tree(source: &dyn Source, lineage: &Lineage, at: Moment, from: Perspective, namespace: Option<&str>) -> Result<Tree> {
    let mut nodes = Vec::new();
    let mut after = None;
    let mut cut = false;
    loop {
        let window = source.objects_at(lineage, at, from, after, WINDOW)?;
        let Some((last, _)) = window.last() else { break };
        after = Some(*last);
        for (object, version) in window {
            nodes.extend(node(source, object, version)?);
        }
        if nodes.len() >= MOST {
            cut = true;
            break;
        }
    }
    nodes.retain(|node| namespace.is_none_or(|wanted| node.namespace == wanted));
    nodes.sort_by(|one, other| one.leaf.name.cmp(&other.leaf.name));
    Ok(Tree { leaves: in_order(&nodes), cut })
}

fn node(source: &dyn Source, object: ObjectId, version: VersionId) -> Result<Option<Node>> {
    let (Some(object), Some(version)) = (source.object(object)?, source.version(version)?) else { return Ok(None) };
    let body = version.body.map(|body| source.body(body)).transpose()?.flatten();
    let owner = body.as_ref().and_then(|body| Metadata::read(body.as_bytes()).ok()).and_then(|found| found.controller);
    let leaf = Leaf {
        depth: 0,
        name: object.to_string(),
        uid: object.uid.to_string(),
        resource_version: version.resource_version.to_string(),
        shape: version.shape.as_str(),
        since: version.first_observed.0,
    };
    let owner = owner.map(|owner| owner.uid.into_owned()).unwrap_or_default();
    Ok(Some(Node { leaf, owner, namespace: object.key.namespace.to_string() }))
}

/// Walks from those that nobody controls to what they control.
fn in_order(nodes: &[Node]) -> Vec<Leaf> {
    let known: HashMap<&str, usize> = nodes.iter().enumerate().map(|(at, node)| (node.leaf.uid.as_str(), at)).collect();
    let mut below: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut tops = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        match known.get(node.owner.as_str()).filter(|owner| !node.owner.is_empty() && **owner != at) {
            Some(owner) => below.entry(*owner).or_default().push(at),
            None => tops.push(at),
        }
    }
    let mut leaves = Vec::with_capacity(nodes.len());
    let mut drawn = vec![false; nodes.len()];
    // Owners in a circle have no top: the first of them is taken for one.
    for top in tops.into_iter().chain(0..nodes.len()) {
        let mut left = vec![(top, 0)];
        while let Some((at, depth)) = left.pop() {
            let Some(node) = nodes.get(at).filter(|_| !drawn[at]) else { continue };
            drawn[at] = true;
            leaves.push(Leaf { depth, ..node.leaf.clone() });
            let inner = below.get(&at).into_iter().flatten().rev().map(|at| (*at, (depth + 1).min(DEPTH)));
            left.extend(inner);
        }
    }
    leaves
}

/// The tree as text.
#[must_use]
pub fn tree_text(tree: &Tree) -> String {
    let mut out = String::new();
    for leaf in &tree.leaves {
        let version = if leaf.resource_version.is_empty() { String::new() } else { format!("  rv {}", leaf.resource_version) };
        let shape = if leaf.shape == "full" { String::new() } else { format!("  ({})", leaf.shape) };
        let line = format!("{}{}{version}  #{}{shape}", "  ".repeat(leaf.depth), leaf.name, leaf.since);
        out.push_str(&format!("{}\n", printable(&line)));
    }
    if tree.cut {
        out.push_str(&format!("and more: only the first {MOST} objects were read\n"));
    }
    out
}

/// The tree as JSON.
#[must_use]
pub fn tree_json(tree: &Tree) -> Value {
    let leaf = |leaf: &Leaf| {
        json!({
            "object": leaf.name, "depth": leaf.depth, "uid": leaf.uid, "resource_version": leaf.resource_version,
            "shape": leaf.shape, "since": leaf.since,
        })
    };
    tree.leaves.iter().map(leaf).collect()
}
