//! Which fields differ between two states of an object: leaves by JSON pointer (RFC 6901), with their values.
//!
//! Items of lists are compared with their counterparts by a merge key, or, where there is none, after what the lists
//! have in common at both ends; so an item put in front of the others changes that item only. Where this moves an item
//! to another index, the move is told, so that a field can be followed through versions.

use serde_json::{Map, Value};

use super::keys;

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Containers nested deeper than this count as leaves.
    pub depth: usize,
    /// At most this many changes are told.
    pub changes: usize,
}

impl Default for Limits {
    /// Deeper than any real object, and more than a body of the usual limit has fields that anyone would read.
    fn default() -> Limits {
        Limits { depth: 100, changes: 100_000 }
    }
}

/// One leaf that differs. Empty objects and lists are leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// Where: in the later state, or in the earlier one for a leaf that the later state has not.
    pub path: String,
    /// The value before; `None` where there was none.
    pub before: Option<Value>,
    /// The value after; `None` where it is gone.
    pub after: Option<Value>,
}

/// An item that is the same one at another index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its pointer in the earlier state.
    pub from: String,
    /// Its pointer in the later state.
    pub to: String,
}

/// What differs between two states.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// The leaves that differ, in document order of the later state, what is gone after what stayed.
    pub leaves: Vec<Changed>,
    /// The items of lists that moved.
    pub moves: Vec<Moved>,
    /// Whether there was more than the limit.
    pub more: bool,
}

/// What differs between two texts of JSON.
///
/// # Errors
/// When one of them is no JSON, or nested deeper than the parser goes (128).
pub fn changed_texts(before: &str, after: &str, limits: Limits) -> serde_json::Result<Changes> {
    if before == after {
        return Ok(Changes::default());
    }
    let (before, after): (Value, Value) = (serde_json::from_str(before)?, serde_json::from_str(after)?);
    Ok(changed(&before, &after, limits))
}

/// What differs between two states.
#[must_use]
pub fn changed(before: &Value, after: &Value, limits: Limits) -> Changes {
    let mut walk = Walk { limits, places: Vec::new(), tasks: Vec::new(), changes: Changes::default() };
    walk.tasks.push(Task { before: Some(before), after: Some(after), was: None, is: None });
    while let Some(task) = walk.tasks.pop() {
        if walk.changes.leaves.len() >= limits.changes {
            walk.changes.more = true;
            break;
        }
        walk.step(&task);
    }
    walk.changes
}

/// All leaves of a state with their pointers, in document order, at most `limits.changes`.
#[must_use]
pub fn leaves(value: &Value, limits: Limits) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    let mut places: Vec<Place<'_>> = Vec::new();
    let mut tasks: Vec<(Option<usize>, &Value)> = vec![(None, value)];
    while let Some((place, value)) = tasks.pop() {
        if found.len() >= limits.changes {
            break;
        }
        let start = tasks.len();
        if depth(&places, place) < limits.depth {
            match value {
                Value::Object(fields) => tasks.extend(fields.iter().map(|(key, value)| {
                    places.push(Place::new(&places, place, Step::Key(key)));
                    (Some(places.len() - 1), value)
                })),
                Value::Array(items) => tasks.extend(items.iter().enumerate().map(|(at, value)| {
                    places.push(Place::new(&places, place, Step::Index(at)));
                    (Some(places.len() - 1), value)
                })),
                _ => {}
            }
        }
        tasks[start..].reverse();
        if tasks.len() == start {
            found.push((pointer(&places, place), value));
        }
    }
    found
}

/// The value at a pointer; `None` where there is none, or the pointer is malformed.
#[must_use]
pub fn lookup<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    value.pointer(pointer)
}

/// Whether `path` is `prefix` or lies below it.
#[must_use]
pub fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether one of the two lies at or below the other: a change of one can be seen at the other.
#[must_use]
pub fn touches(one: &str, other: &str) -> bool {
    is_below(one, other) || is_below(other, one)
}

/// Where `path` of the later state was in the earlier one, given the items that moved.
#[must_use]
pub fn before_moves(path: &str, moves: &[Moved]) -> Option<String> {
    let longest = moves.iter().filter(|moved| is_below(path, &moved.to)).max_by_key(|moved| moved.to.len())?;
    Some(format!("{}{}", longest.from, &path[longest.to.len()..]))
}

/// Where `path` of the earlier state is in the later one, given the items that moved.
#[must_use]
pub fn after_moves(path: &str, moves: &[Moved]) -> Option<String> {
    let longest = moves.iter().filter(|moved| is_below(path, &moved.from)).max_by_key(|moved| moved.from.len())?;
    Some(format!("{}{}", longest.to, &path[longest.from.len()..]))
}

/// A step of a pointer.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// A container's place, as a chain to its parent: the text of a pointer is only made for what differs.
struct Place<'a> {
    parent: Option<usize>,
    depth: usize,
    step: Step<'a>,
}

impl<'a> Place<'a> {
    fn new(places: &[Place<'_>], parent: Option<usize>, step: Step<'a>) -> Place<'a> {
        Place { parent, depth: depth(places, parent) + 1, step }
    }
}

fn depth(places: &[Place<'_>], place: Option<usize>) -> usize {
    place.map_or(0, |place| places[place].depth)
}

fn pointer(places: &[Place<'_>], place: Option<usize>) -> String {
    let mut steps = Vec::new();
    let mut at = place;
    while let Some(index) = at {
        steps.push(places[index].step);
        at = places[index].parent;
    }
    let mut text = String::new();
    for step in steps.into_iter().rev() {
        text.push('/');
        match step {
            Step::Index(index) => text.push_str(&index.to_string()),
            Step::Key(key) if key.contains(['~', '/']) => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Step::Key(key) => text.push_str(key),
        }
    }
    text
}

/// Two values to compare, with their places in the earlier and the later state.
struct Task<'a> {
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    was: Option<usize>,
    is: Option<usize>,
}

struct Walk<'a> {
    limits: Limits,
    places: Vec<Place<'a>>,
    tasks: Vec<Task<'a>>,
    changes: Changes,
}

impl<'a> Walk<'a> {
    fn step(&mut self, task: &Task<'a>) {
        let deep = depth(&self.places, task.was.max(task.is)) >= self.limits.depth;
        match (task.before, task.after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) if !deep => {
                if before.is_empty() != after.is_empty() {
                    self.apart(task);
                } else {
                    self.objects(task, before, after);
                }
            }
            (Some(Value::Array(before)), Some(Value::Array(after))) if !deep => {
                if before.is_empty() != after.is_empty() {
                    self.apart(task);
                } else if before != after {
                    self.lists(task, before, after);
                }
            }
            (Some(before), Some(after)) if before == after => {}
            (Some(before), Some(after)) if deep || !(is_nested(before) || is_nested(after)) => {
                self.tell(task.is, Some(before), Some(after));
            }
            (Some(_), Some(_)) => self.apart(task),
            (Some(value), None) => self.only(task.was, value, true),
            (None, Some(value)) => self.only(task.is, value, false),
            (None, None) => {}
        }
    }

    /// Values of different sorts: all of the one is gone, all of the other is new.
    fn apart(&mut self, task: &Task<'a>) {
        if let Some(before) = task.before {
            self.only(task.was, before, true);
        }
        if let Some(after) = task.after {
            self.only(task.is, after, false);
        }
    }

    fn objects(&mut self, task: &Task<'a>, before: &'a Map<String, Value>, after: &'a Map<String, Value>) {
        let start = self.tasks.len();
        for (key, value) in after {
            let was = before.get(key);
            // Scalars that are equal are most of an object: they cost no place.
            if was.is_some_and(|was| !is_nested(was) && was == value) {
                continue;
            }
            self.pair(task, Step::Key(key), Step::Key(key), was, Some(value));
        }
        for (key, value) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
            self.pair(task, Step::Key(key), Step::Key(key), Some(value), None);
        }
        self.tasks[start..].reverse();
    }

    fn lists(&mut self, task: &Task<'a>, before: &'a [Value], after: &'a [Value]) {
        let found = keys::counterparts(before, after).unwrap_or_else(|| in_order(before, after));
        let mut stayed = vec![false; before.len()];
        let start = self.tasks.len();
        for (at, value) in after.iter().enumerate() {
            let was = found.get(at).copied().flatten();
            if let Some(was) = was {
                stayed[was] = true;
            }
            self.pair(task, Step::Index(was.unwrap_or(at)), Step::Index(at), was.and_then(|was| before.get(was)), Some(value));
            if was.is_some_and(|was| was != at)
                && let Some(pushed) = self.tasks.last()
            {
                let (from, to) = (pointer(&self.places, pushed.was), pointer(&self.places, pushed.is));
                self.changes.moves.push(Moved { from, to });
            }
        }
        for (at, value) in before.iter().enumerate().filter(|(at, _)| !stayed[*at]) {
            self.pair(task, Step::Index(at), Step::Index(at), Some(value), None);
        }
        self.tasks[start..].reverse();
    }

    fn pair(&mut self, task: &Task<'_>, was: Step<'a>, is: Step<'a>, before: Option<&'a Value>, after: Option<&'a Value>) {
        let was = self.place(task.was, was);
        let is = self.place(task.is, is);
        self.tasks.push(Task { before, after, was: Some(was), is: Some(is) });
    }

    fn place(&mut self, parent: Option<usize>, step: Step<'a>) -> usize {
        self.places.push(Place::new(&self.places, parent, step));
        self.places.len() - 1
    }

    /// Every leaf of what only one of the two has.
    fn only(&mut self, place: Option<usize>, value: &Value, gone: bool) {
        let base = pointer(&self.places, place);
        let left = Limits {
            depth: self.limits.depth.saturating_sub(depth(&self.places, place)),
            changes: self.limits.changes.saturating_sub(self.changes.leaves.len()),
        };
        let found = leaves(value, left);
        self.changes.more |= found.len() >= left.changes;
        self.changes.leaves.extend(found.into_iter().map(|(path, value)| {
            let (before, after) = if gone { (Some(value.clone()), None) } else { (None, Some(value.clone())) };
            Changed { path: format!("{base}{path}"), before, after }
        }));
    }

    fn tell(&mut self, place: Option<usize>, before: Option<&Value>, after: Option<&Value>) {
        let path = pointer(&self.places, place);
        self.changes.leaves.push(Changed { path, before: before.cloned(), after: after.cloned() });
    }
}

/// Whether it holds anything below it.
fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// Counterparts in lists without keys: what both begin and end with is the same; the rest is paired from the front.
fn in_order(before: &[Value], after: &[Value]) -> Vec<Option<usize>> {
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
