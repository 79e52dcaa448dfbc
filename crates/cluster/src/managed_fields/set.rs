//! Sets of paths.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use crate::json_text::write;

/// A set of paths to fields. Clones share one tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PathSet(Arc<Tree>);

/// The tree of the paths: each node directly before the nodes below it, siblings sorted by element. So sets are compared and combined in
/// one pass, without walking trees.
#[derive(Debug, Default)]
struct Tree {
    nodes: Vec<Node>,
    /// The elements of all nodes.
    elements: String,
    /// The set as FieldsV1, made when a response first needs it.
    text: OnceLock<Box<[u8]>>,
}

impl PartialEq for Tree {
    fn eq(&self, other: &Tree) -> bool {
        self.elements == other.elements && self.nodes == other.nodes
    }
}

impl Eq for Tree {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Node {
    /// The end of the element in the text. It begins where that of the node before ends.
    end: u32,
    /// The number of elements above.
    depth: u32,
    /// False for a node that only leads to others.
    member: bool,
}

/// An element of a path, as it is added to a set.
pub(super) trait Segment {
    /// Appends the element in the notation of FieldsV1.
    fn append_to(&self, text: &mut String);
}

impl Segment for &str {
    fn append_to(&self, text: &mut String) {
        text.push_str(self);
    }
}

/// The path to a node, as it is read from front to back.
#[derive(Debug, Default)]
pub(crate) struct Paths<'a> {
    tree: Option<&'a Tree>,
    at: usize,
    path: Vec<&'a str>,
}

impl Tree {
    fn element(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.nodes.get(before)).map_or(0, |node| node.end);
        let end = self.nodes.get(at).map_or(start, |node| node.end);
        self.elements.get(index(start)..index(end)).unwrap_or_default()
    }

    fn depth(&self, at: usize) -> u32 {
        self.nodes.get(at).map_or(0, |node| node.depth)
    }

    fn push(&mut self, element: &impl Segment, depth: u32, member: bool) {
        element.append_to(&mut self.elements);
        let end = u32::try_from(self.elements.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { end, depth, member });
    }

    /// Drops nodes that lead to no member.
    fn pruned(self) -> Tree {
        let mut keep = vec![false; self.nodes.len()];
        let mut below = 0;
        for (at, node) in self.nodes.iter().enumerate().rev() {
            // A kept node that follows and is deeper is below this one.
            if node.member || below > node.depth {
                keep[at] = true;
                below = node.depth;
            }
        }
        if keep.iter().all(|keep| *keep) {
            return self;
        }
        let mut tree = Tree::default();
        for (at, node) in self.nodes.iter().enumerate().filter(|(at, _)| keep[*at]) {
            tree.push(&self.element(at), node.depth, node.member);
        }
        tree
    }

    fn to_text(&self) -> Box<[u8]> {
        let mut out = Vec::with_capacity(self.elements.len().saturating_mul(2));
        out.push(b'{');
        for (at, node) in self.nodes.iter().enumerate() {
            write(&mut out, self.element(at));
            out.extend_from_slice(b":{");
            let next = self.nodes.get(at + 1);
            if next.is_some_and(|next| next.depth > node.depth) {
                if node.member {
                    out.extend_from_slice(b"\".\":{},");
                }
                continue;
            }
            let closed = node.depth.saturating_sub(next.map_or(0, |next| next.depth)).saturating_add(1);
            out.extend(std::iter::repeat_n(b'}', index(closed)));
            if next.is_some() {
                out.push(b',');
            }
        }
        out.push(b'}');
        out.into_boxed_slice()
    }

    /// Which of two nodes comes first if both trees are read side by side.
    fn order(&self, at: usize, other: &Tree, other_at: usize) -> Ordering {
        match (self.nodes.get(at), other.nodes.get(other_at)) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            // What is deeper is below the last common node, or below a node that the other tree lacks.
            (Some(one), Some(two)) if one.depth != two.depth => two.depth.cmp(&one.depth),
            _ => self.element(at).cmp(other.element(other_at)),
        }
    }
}

fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

impl PathSet {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.nodes.is_empty()
    }

    /// The paths of both sets.
    pub(crate) fn union(&self, other: &PathSet) -> PathSet {
        match self.is_empty() {
            true => other.clone(),
            false if self.covers(other) => self.clone(),
            false => self.combine(other, |one, two| one || two),
        }
    }

    /// True if the set has all paths of the other one.
    fn covers(&self, other: &PathSet) -> bool {
        let (mut one, mut two) = (0, 0);
        while let Some(node) = other.0.nodes.get(two) {
            let order = self.0.order(one, &other.0, two);
            let found = order == Ordering::Equal && self.0.nodes.get(one).is_some_and(|node| node.member);
            if order == Ordering::Greater || (node.member && order == Ordering::Equal && !found) {
                return false;
            }
            one += 1;
            two += usize::from(order == Ordering::Equal);
        }
        true
    }

    /// The paths that only this set has.
    pub(crate) fn without(&self, other: &PathSet) -> PathSet {
        if self.meets(other) { self.combine(other, |one, two| one && !two) } else { self.clone() }
    }

    /// The paths that are in both sets.
    pub(crate) fn intersection(&self, other: &PathSet) -> PathSet {
        if self.meets(other) { self.combine(other, |one, two| one && two) } else { PathSet::default() }
    }

    /// True if the sets have a path in common.
    pub(crate) fn meets(&self, other: &PathSet) -> bool {
        let (mut one, mut two) = (0, 0);
        while one < self.0.nodes.len() && two < other.0.nodes.len() {
            let order = self.0.order(one, &other.0, two);
            if order == Ordering::Equal && self.0.nodes[one].member && other.0.nodes[two].member {
                return true;
            }
            one += usize::from(order != Ordering::Greater);
            two += usize::from(order != Ordering::Less);
        }
        false
    }

    fn combine(&self, other: &PathSet, keep: impl Fn(bool, bool) -> bool) -> PathSet {
        let (first, second) = (&*self.0, &*other.0);
        let mut tree = Tree::default();
        let (mut one, mut two) = (0, 0);
        while one < first.nodes.len() || two < second.nodes.len() {
            let order = first.order(one, second, two);
            let (in_one, in_two) = (order != Ordering::Greater, order != Ordering::Less);
            let member = |inside: bool, tree: &Tree, at: usize| inside && tree.nodes.get(at).is_some_and(|node| node.member);
            let member = keep(member(in_one, first, one), member(in_two, second, two));
            let (source, at) = if in_one { (first, one) } else { (second, two) };
            tree.push(&source.element(at), source.depth(at), member);
            one += usize::from(in_one);
            two += usize::from(in_two);
        }
        PathSet(Arc::new(tree.pruned()))
    }

    /// The paths whose first element passes.
    pub(crate) fn below(&self, passes: impl Fn(&str) -> bool) -> PathSet {
        let mut tree = Tree::default();
        let mut inside = false;
        for (at, node) in self.0.nodes.iter().enumerate() {
            let element = self.0.element(at);
            if node.depth == 0 {
                inside = passes(element);
            }
            if inside {
                tree.push(&element, node.depth, node.member);
            }
        }
        PathSet(Arc::new(tree))
    }

    /// Reads the paths in order.
    pub(crate) fn paths(&self) -> Paths<'_> {
        Paths { tree: Some(&self.0), at: 0, path: Vec::new() }
    }

    /// True if the set has this path or one below it.
    pub(crate) fn reaches(&self, path: &[&str]) -> bool {
        let mut depth = 0;
        for (at, node) in self.0.nodes.iter().enumerate() {
            if index(node.depth) < depth {
                return false; // The nodes below the part that was found are over.
            }
            if index(node.depth) == depth && path.get(depth).is_some_and(|element| *element == self.0.element(at)) {
                depth += 1;
                if depth == path.len() {
                    return true;
                }
            }
        }
        false
    }

    /// Appends the set as FieldsV1. A member that has members below it is marked by `.`.
    pub(crate) fn write_text(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.text.get_or_init(|| self.0.to_text()));
    }

    /// The set as FieldsV1.
    pub(crate) fn to_value(&self) -> Value {
        let mut root = Value::Object(Map::new());
        let mut at = 0;
        let mut path: Vec<&str> = Vec::new();
        while at < self.0.nodes.len() {
            path.truncate(index(self.0.depth(at)));
            let mut map = &mut root;
            for element in &path {
                map = &mut map[*element];
            }
            if let Value::Object(map) = map {
                let mut below = Map::new();
                if self.0.nodes[at].member && self.0.depth(at + 1) > self.0.depth(at) {
                    below.insert(".".to_owned(), Value::Object(Map::new()));
                }
                map.insert(self.0.element(at).to_owned(), Value::Object(below));
            }
            path.push(self.0.element(at));
            at += 1;
        }
        root
    }

    /// Reads FieldsV1.
    pub(crate) fn read(fields: &Value) -> PathSet {
        let mut builder = Builder::default();
        let mut path: Vec<&str> = Vec::new();
        let mut stack = vec![(0, "", fields)];
        while let Some((depth, element, value)) = stack.pop() {
            if depth > 0 {
                path.truncate(depth - 1);
                builder.truncate(depth - 1);
                path.push(element);
            }
            let Value::Object(map) = value else { continue };
            if depth > 0 && (map.is_empty() || map.contains_key(".")) {
                builder.add(&path);
            }
            let mut below: Vec<_> = map.iter().filter(|(name, _)| *name != ".").collect();
            below.sort_unstable_by(|one, two| two.0.cmp(one.0));
            stack.extend(below.into_iter().map(|(name, value)| (depth + 1, name.as_str(), value)));
        }
        builder.build()
    }
}

impl<'a> Paths<'a> {
    /// The next path.
    pub(crate) fn next(&mut self) -> Option<&[&'a str]> {
        let tree = self.tree?;
        while let Some(node) = tree.nodes.get(self.at) {
            self.path.truncate(index(node.depth));
            self.path.push(tree.element(self.at));
            self.at += 1;
            if node.member {
                return Some(&self.path);
            }
        }
        None
    }
}

/// Builds a set from paths in order: each path before those below it, siblings sorted.
#[derive(Debug, Default)]
pub(super) struct Builder {
    tree: Tree,
    /// The number of elements of the current path that are in the tree.
    open: usize,
}

impl Builder {
    /// Leaves the nodes below this depth.
    pub(super) fn truncate(&mut self, depth: usize) {
        self.open = self.open.min(depth);
    }

    /// Adds a path. What leads to it is added as well.
    pub(super) fn add(&mut self, path: &[impl Segment]) {
        for (depth, element) in path.iter().enumerate().skip(self.open) {
            let depth_of_node = u32::try_from(depth).unwrap_or(u32::MAX);
            self.tree.push(element, depth_of_node, depth + 1 == path.len());
        }
        self.open = path.len();
    }

    pub(super) fn build(mut self) -> PathSet {
        self.tree.nodes.shrink_to_fit();
        self.tree.elements.shrink_to_fit();
        PathSet(Arc::new(self.tree))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(paths: &[&[&str]]) -> PathSet {
        let mut paths = paths.to_vec();
        paths.sort_unstable();
        let mut builder = Builder::default();
        let mut last: &[&str] = &[];
        for path in paths {
            builder.truncate(path.iter().zip(last).take_while(|(one, two)| one == two).count());
            builder.add(path);
            last = path;
        }
        builder.build()
    }

    #[test]
    fn sets_are_read_as_they_were_written() {
        let fields = json!({"f:data": {".": {}, "f:key": {}}, "f:spec": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}}}});
        let read = PathSet::read(&fields);
        assert_eq!(read.to_value(), fields);
        let mut text = Vec::new();
        read.write_text(&mut text);
        assert_eq!(String::from_utf8(text).unwrap(), fields.to_string());
        let mut paths = read.paths();
        assert_eq!(paths.next(), Some(&["f:data"][..]));
        assert_eq!(std::iter::from_fn(|| paths.next().map(<[_]>::len)).collect::<Vec<_>>(), [2, 2, 3]);
    }

    #[test]
    fn sets_combine() {
        let one = set(&[&["a"], &["a", "x"], &["a", "y", "z"], &["b", "c"], &["d"]]);
        let two = set(&[&["a", "x"], &["a", "y"], &["b"], &["c", "d", "e"]]);
        assert_eq!(
            one.union(&two),
            set(&[&["a"], &["a", "x"], &["a", "y"], &["a", "y", "z"], &["b"], &["b", "c"], &["c", "d", "e"], &["d"]])
        );
        assert_eq!(one.without(&two), set(&[&["a"], &["a", "y", "z"], &["b", "c"], &["d"]]));
        assert_eq!(one.intersection(&two), set(&[&["a", "x"]]));
        assert_eq!(two.below(|first| first == "c"), set(&[&["c", "d", "e"]]));
        assert!(one.meets(&two) && !one.meets(&set(&[&["a", "y"], &["e"]])));
        assert!(two.reaches(&["c", "d"]) && two.reaches(&["b"]) && !two.reaches(&["b", "c"]) && !two.reaches(&["d"]));
        assert!(one.without(&one).is_empty() && PathSet::default().union(&one) == one);
    }
}
