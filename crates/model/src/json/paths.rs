//! Field-level differences between two states of an object: leaves by JSON pointer (RFC 6901), with their values.
//!
//! Items of lists are matched by a merge key, otherwise by common prefix and suffix, so an item inserted at the front changes
//! only that item. Items whose index changed are reported as moves, so that a field can be followed through versions.

use serde_json::{Map, Value};

use super::keys;

/// Bounds of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Containers nested deeper than this count as leaves.
    pub depth: usize,
    /// The most changes to report.
    pub changes: usize,
}

impl Default for Limits {
    /// 100 levels, deeper than any real object, and 100,000 changes.
    fn default() -> Limits {
        Limits { depth: 100, changes: 100_000 }
    }
}

/// A leaf that differs. Empty objects and lists are leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The pointer in the later state, or in the earlier one for a removed leaf.
    pub path: String,
    /// `None` for an added leaf.
    pub before: Option<Value>,
    /// `None` for a removed leaf.
    pub after: Option<Value>,
}

/// An item of a list whose index changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its pointer in the earlier state.
    pub from: String,
    /// Its pointer in the later state.
    pub to: String,
}

/// The differences between two states.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// In document order of the later state, removed leaves last.
    pub leaves: Vec<Changed>,
    pub moves: Vec<Moved>,
    /// True if there are more changes than the limit.
    pub more: bool,
}

/// Compares two JSON texts.
///
/// # Errors
/// A text is not JSON, or nests deeper than 128 levels.
pub fn changed_texts(before: &str, after: &str, limits: Limits) -> serde_json::Result<Changes> {
    if before == after {
        return Ok(Changes::default());
    }
    let (before, after): (Value, Value) = (serde_json::from_str(before)?, serde_json::from_str(after)?);
    Ok(changed(&before, &after, limits))
}

/// Compares two states.
#[must_use]
pub fn changed(before: &Value, after: &Value, limits: Limits) -> Changes {
    let mut walk = Walk { limits, nodes: Vec::new(), pairs: Vec::new(), changes: Changes::default() };
    walk.pairs.push(Pair { before: Some(before), after: Some(after), was: None, is: None });
    while let Some(pair) = walk.pairs.pop() {
        if walk.changes.leaves.len() >= limits.changes {
            walk.changes.more = true;
            break;
        }
        walk.compare(&pair);
    }
    walk.changes
}

/// All leaves with their pointers, in document order, at most `limits.changes`.
#[must_use]
pub fn leaves(value: &Value, limits: Limits) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    let mut nodes: Vec<PathNode<'_>> = Vec::new();
    let mut tasks: Vec<(Option<usize>, &Value)> = vec![(None, value)];
    while let Some((node, value)) = tasks.pop() {
        if found.len() >= limits.changes {
            break;
        }
        let start = tasks.len();
        if depth(&nodes, node) < limits.depth {
            match value {
                Value::Object(fields) => tasks.extend(fields.iter().map(|(key, value)| {
                    nodes.push(PathNode::new(&nodes, node, Segment::Key(key)));
                    (Some(nodes.len() - 1), value)
                })),
                Value::Array(items) => tasks.extend(items.iter().enumerate().map(|(at, value)| {
                    nodes.push(PathNode::new(&nodes, node, Segment::Index(at)));
                    (Some(nodes.len() - 1), value)
                })),
                _ => {}
            }
        }
        tasks[start..].reverse();
        if tasks.len() == start {
            found.push((pointer(&nodes, node), value));
        }
    }
    found
}

/// The value at a pointer. `None` if there is none or the pointer is malformed.
#[must_use]
pub fn lookup<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    value.pointer(pointer)
}

/// True if `path` equals `prefix` or is below it.
#[must_use]
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// True if one path equals the other or is below it.
#[must_use]
pub fn touches(one: &str, other: &str) -> bool {
    is_below(one, other) || is_below(other, one)
}

/// The pointer in the earlier state of `path` in the later state. `None` if no move affects it.
#[must_use]
pub fn before_moves(path: &str, moves: &[Moved]) -> Option<String> {
    let longest = moves.iter().filter(|moved| is_below(path, &moved.to)).max_by_key(|moved| moved.to.len())?;
    Some(format!("{}{}", longest.from, &path[longest.to.len()..]))
}

/// The pointer in the later state of `path` in the earlier state. `None` if no move affects it.
#[must_use]
pub fn after_moves(path: &str, moves: &[Moved]) -> Option<String> {
    let longest = moves.iter().filter(|moved| is_below(path, &moved.from)).max_by_key(|moved| moved.from.len())?;
    Some(format!("{}{}", longest.to, &path[longest.from.len()..]))
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Key(&'a str),
    Index(usize),
}

/// A node of the path tree. The text of a pointer is built only for leaves that differ.
struct PathNode<'a> {
    parent: Option<usize>,
    depth: usize,
    segment: Segment<'a>,
}

impl<'a> PathNode<'a> {
    fn new(nodes: &[PathNode<'_>], parent: Option<usize>, segment: Segment<'a>) -> PathNode<'a> {
        PathNode { parent, depth: depth(nodes, parent) + 1, segment }
    }
}

fn depth(nodes: &[PathNode<'_>], node: Option<usize>) -> usize {
    node.map_or(0, |node| nodes[node].depth)
}

fn pointer(nodes: &[PathNode<'_>], node: Option<usize>) -> String {
    let mut segments = Vec::new();
    let mut at = node;
    while let Some(index) = at {
        segments.push(nodes[index].segment);
        at = nodes[index].parent;
    }
    let mut text = String::new();
    for segment in segments.into_iter().rev() {
        text.push('/');
        match segment {
            Segment::Index(index) => text.push_str(&index.to_string()),
            Segment::Key(key) if key.contains(['~', '/']) => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Key(key) => text.push_str(key),
        }
    }
    text
}

/// Two values to compare, with their paths in both states.
struct Pair<'a> {
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    was: Option<usize>,
    is: Option<usize>,
}

struct Walk<'a> {
    limits: Limits,
    nodes: Vec<PathNode<'a>>,
    pairs: Vec<Pair<'a>>,
    changes: Changes,
}

impl<'a> Walk<'a> {
    fn compare(&mut self, pair: &Pair<'a>) {
        let deep = depth(&self.nodes, pair.was.max(pair.is)) >= self.limits.depth;
        match (pair.before, pair.after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) if !deep => {
                if before.is_empty() != after.is_empty() {
                    self.replaced(pair);
                } else {
                    self.objects(pair, before, after);
                }
            }
            (Some(Value::Array(before)), Some(Value::Array(after))) if !deep => {
                if before.is_empty() != after.is_empty() {
                    self.replaced(pair);
                } else if before != after {
                    self.lists(pair, before, after);
                }
            }
            (Some(before), Some(after)) if before == after => {}
            (Some(before), Some(after)) if deep || !(is_nested(before) || is_nested(after)) => {
                self.report(pair.is, Some(before), Some(after));
            }
            (Some(_), Some(_)) => self.replaced(pair),
            (Some(value), None) => self.report_all(pair.was, value, true),
            (None, Some(value)) => self.report_all(pair.is, value, false),
            (None, None) => {}
        }
    }

    /// Values of different types: reports all leaves of both.
    fn replaced(&mut self, pair: &Pair<'a>) {
        if let Some(before) = pair.before {
            self.report_all(pair.was, before, true);
        }
        if let Some(after) = pair.after {
            self.report_all(pair.is, after, false);
        }
    }

    fn objects(&mut self, pair: &Pair<'a>, before: &'a Map<String, Value>, after: &'a Map<String, Value>) {
        let start = self.pairs.len();
        for (key, value) in after {
            let was = before.get(key);
            // Most of an object are equal scalars, so they get no path node.
            if was.is_some_and(|was| !is_nested(was) && was == value) {
                continue;
            }
            self.push_pair(pair, Segment::Key(key), Segment::Key(key), was, Some(value));
        }
        for (key, value) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
            self.push_pair(pair, Segment::Key(key), Segment::Key(key), Some(value), None);
        }
        self.pairs[start..].reverse();
    }

    fn lists(&mut self, pair: &Pair<'a>, before: &'a [Value], after: &'a [Value]) {
        let found = keys::counterparts(before, after).unwrap_or_else(|| match_in_order(before, after));
        let mut stayed = vec![false; before.len()];
        let start = self.pairs.len();
        for (at, value) in after.iter().enumerate() {
            let was = found.get(at).copied().flatten();
            if let Some(was) = was {
                stayed[was] = true;
            }
            self.push_pair(
                pair,
                Segment::Index(was.unwrap_or(at)),
                Segment::Index(at),
                was.and_then(|was| before.get(was)),
                Some(value),
            );
            if was.is_some_and(|was| was != at)
                && let Some(pushed) = self.pairs.last()
            {
                let (from, to) = (pointer(&self.nodes, pushed.was), pointer(&self.nodes, pushed.is));
                self.changes.moves.push(Moved { from, to });
            }
        }
        for (at, value) in before.iter().enumerate().filter(|(at, _)| !stayed[*at]) {
            self.push_pair(pair, Segment::Index(at), Segment::Index(at), Some(value), None);
        }
        self.pairs[start..].reverse();
    }

    fn push_pair(
        &mut self,
        pair: &Pair<'_>,
        was: Segment<'a>,
        is: Segment<'a>,
        before: Option<&'a Value>,
        after: Option<&'a Value>,
    ) {
        let was = self.add_node(pair.was, was);
        let is = self.add_node(pair.is, is);
        self.pairs.push(Pair { before, after, was: Some(was), is: Some(is) });
    }

    fn add_node(&mut self, parent: Option<usize>, segment: Segment<'a>) -> usize {
        self.nodes.push(PathNode::new(&self.nodes, parent, segment));
        self.nodes.len() - 1
    }

    /// Reports all leaves of a value that only one state has.
    fn report_all(&mut self, node: Option<usize>, value: &Value, gone: bool) {
        let base = pointer(&self.nodes, node);
        let left = Limits {
            depth: self.limits.depth.saturating_sub(depth(&self.nodes, node)),
            changes: self.limits.changes.saturating_sub(self.changes.leaves.len()),
        };
        let found = leaves(value, left);
        self.changes.more |= found.len() >= left.changes;
        self.changes.leaves.extend(found.into_iter().map(|(path, value)| {
            let (before, after) = if gone { (Some(value.clone()), None) } else { (None, Some(value.clone())) };
            Changed { path: format!("{base}{path}"), before, after }
        }));
    }

    fn report(&mut self, node: Option<usize>, before: Option<&Value>, after: Option<&Value>) {
        let path = pointer(&self.nodes, node);
        self.changes.leaves.push(Changed { path, before: before.cloned(), after: after.cloned() });
    }
}

/// True for a container that is not empty.
fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// Matches items of lists without keys: first the common prefix and suffix, then the rest in order.
fn match_in_order(before: &[Value], after: &[Value]) -> Vec<Option<usize>> {
    let head = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    let (was, is) = (&before[head..], &after[head..]);
    let tail = was.iter().rev().zip(is.iter().rev()).take_while(|(before, after)| before == after).count();
    let paired = was.len().min(is.len()) - tail;
    (0..after.len())
        .map(|at| match at {
            _ if at < head + paired => Some(at),
            _ if at >= after.len() - tail => Some(before.len() - (after.len() - at)),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
