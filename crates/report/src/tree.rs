//! The objects of a moment as a tree, each below its controller, as text and JSON.

use std::collections::HashMap;

use serde_json::{Value, json};

use kuberewind_model::json::scan::Metadata;
use kuberewind_model::{History, Lineage, Moment, ObjectId, Perspective, Result, VersionId};
use kuberewind_text::printable;

/// The number of objects that are read at once.
const WINDOW: usize = 1_000;
/// The most objects in a tree.
const MAX_OBJECTS: usize = 100_000;
/// The deepest indentation, for clusters whose owner references form a cycle.
const MAX_DEPTH: usize = 16;

/// An object in the tree.
#[derive(Debug, Clone)]
struct Node {
    /// The number of controllers above it.
    depth: usize,
    /// For example `Deployment/shop/checkout`.
    name: String,
    namespace: String,
    /// Empty if unknown.
    uid: String,
    /// The uid of its controller, empty for none.
    owner: String,
    /// Empty if unknown.
    resource_version: String,
    shape: &'static str,
    /// The operation that first observed the version.
    since: u64,
    /// Set for an object that is being deleted.
    deletion: Option<Deletion>,
}

/// A deletion that waits for finalizers.
#[derive(Debug, Clone)]
struct Deletion {
    /// The `deletionTimestamp`.
    at: String,
    finalizers: Vec<String>,
}

impl Deletion {
    fn read(body: &str) -> Option<Deletion> {
        // Few objects are being deleted.
        if !body.contains("\"deletionTimestamp\"") {
            return None;
        }
        let object: Value = serde_json::from_str(body).ok()?;
        let at = object.pointer("/metadata/deletionTimestamp")?.as_str()?.to_owned();
        let list = |pointer: &str| object.pointer(pointer).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let names = list("/metadata/finalizers").iter().chain(list("/spec/finalizers"));
        Some(Deletion { at, finalizers: names.filter_map(Value::as_str).map(str::to_owned).collect() })
    }

    fn text(&self) -> String {
        match &self.finalizers[..] {
            [] => format!("  (being deleted since {})", self.at),
            names => format!("  (being deleted since {}, waits for {})", self.at, names.join(", ")),
        }
    }
}

/// Objects in display order: depth first, sorted by name.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    /// True if there are more than [`MAX_OBJECTS`].
    truncated: bool,
}

/// Reads the objects that are present at a moment, of all namespaces or of one.
///
/// # Errors
/// When the recording cannot be read.
pub fn tree(source: &dyn History, lineage: &Lineage, at: Moment, from: Perspective, namespace: Option<&str>) -> Result<Tree> {
    let mut nodes = Vec::new();
    let mut after = None;
    let mut truncated = false;
    loop {
        let window = source.objects_at(lineage, at, from, after, WINDOW)?;
        let Some((last, _)) = window.last() else { break };
        after = Some(*last);
        for (object, version) in window {
            nodes.extend(node(source, object, version)?);
        }
        if nodes.len() >= MAX_OBJECTS {
            truncated = true;
            break;
        }
    }
    nodes.retain(|node| namespace.is_none_or(|wanted| node.namespace == wanted));
    nodes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Tree { nodes: depth_first(&nodes), truncated })
}

fn node(source: &dyn History, object: ObjectId, version: VersionId) -> Result<Option<Node>> {
    let (Some(object), Some(version)) = (source.object(object)?, source.version(version)?) else { return Ok(None) };
    let body = version.body.map(|body| source.body(body)).transpose()?.flatten();
    let owner = body.as_ref().and_then(|body| Metadata::read(body.as_bytes()).ok()).and_then(|found| found.controller);
    Ok(Some(Node {
        depth: 0,
        name: object.to_string(),
        namespace: object.key.namespace.to_string(),
        uid: object.uid.to_string(),
        owner: owner.map(|owner| owner.uid.into_owned()).unwrap_or_default(),
        resource_version: version.resource_version.to_string(),
        shape: version.shape.as_str(),
        since: version.first_observed.0,
        deletion: body.as_deref().and_then(Deletion::read),
    }))
}

/// Sorts depth first, from the objects without a controller to the objects that they control.
fn depth_first(nodes: &[Node]) -> Vec<Node> {
    let by_uid: HashMap<&str, usize> = nodes.iter().enumerate().map(|(at, node)| (node.uid.as_str(), at)).collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        match by_uid.get(node.owner.as_str()).filter(|owner| !node.owner.is_empty() && **owner != at) {
            Some(owner) => children.entry(*owner).or_default().push(at),
            None => roots.push(at),
        }
    }
    let mut sorted = Vec::with_capacity(nodes.len());
    let mut visited = vec![false; nodes.len()];
    // A cycle of owners has no root: its first object becomes one.
    for root in roots.into_iter().chain(0..nodes.len()) {
        let mut left = vec![(root, 0)];
        while let Some((at, depth)) = left.pop() {
            let Some(node) = nodes.get(at).filter(|_| !visited[at]) else { continue };
            visited[at] = true;
            sorted.push(Node { depth, ..node.clone() });
            let inner = children.get(&at).into_iter().flatten().rev().map(|at| (*at, (depth + 1).min(MAX_DEPTH)));
            left.extend(inner);
        }
    }
    sorted
}

#[must_use]
pub fn tree_text(tree: &Tree) -> String {
    let mut out = String::new();
    for node in &tree.nodes {
        let version = if node.resource_version.is_empty() { String::new() } else { format!("  rv {}", node.resource_version) };
        let shape = if node.shape == "full" { String::new() } else { format!("  ({})", node.shape) };
        let deletion = node.deletion.as_ref().map_or_else(String::new, Deletion::text);
        let line = format!("{}{}{version}  #{}{shape}{deletion}", "  ".repeat(node.depth), node.name, node.since);
        out.push_str(&format!("{}\n", printable(&line)));
    }
    if tree.truncated {
        out.push_str(&format!("and more: only the first {MAX_OBJECTS} objects were read\n"));
    }
    out
}

#[must_use]
pub fn tree_json(tree: &Tree) -> Value {
    let node = |node: &Node| {
        json!({
            "object": node.name, "depth": node.depth, "uid": node.uid, "resource_version": node.resource_version,
            "shape": node.shape, "since": node.since,
            "deleting_since": node.deletion.as_ref().map(|deletion| &deletion.at),
            "finalizers": node.deletion.as_ref().map_or(&[][..], |deletion| &deletion.finalizers),
        })
    };
    tree.nodes.iter().map(node).collect()
}

#[cfg(test)]
mod tests {
    use super::Deletion;

    #[test]
    fn a_deletion_names_what_it_waits_for() {
        let body = r#"{"metadata":{"deletionTimestamp":"2026-02-04T10:13:21Z","finalizers":["a/b"]},"spec":{"finalizers":["kubernetes"]}}"#;
        let text = Deletion::read(body).map(|deletion| deletion.text());
        assert_eq!(text.as_deref(), Some("  (being deleted since 2026-02-04T10:13:21Z, waits for a/b, kubernetes)"));
        assert!(Deletion::read(r#"{"metadata":{"annotations":{"deletionTimestamp":"x"}}}"#).is_none());
    }
}
