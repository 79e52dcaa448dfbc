//! Walks two states of an object side by side, field by field.

use serde_json::{Map, Value};

use super::path::{element_of, has_element};
use super::set::Segment;
use crate::same::same;
use crate::typing::{ListKind, Member, Type};

/// Fields that belong to the server.
const IGNORED: &[&str] = &[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// An element of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element<'a> {
    /// A member of a map or struct, `f:` before its name.
    Field(&'a str),
    /// An item of a list.
    Item(String),
}

impl Segment for Element<'_> {
    fn append_to(&self, text: &mut String) {
        match self {
            Element::Field(name) => {
                text.push_str("f:");
                text.push_str(name);
            }
            Element::Item(element) => text.push_str(element),
        }
    }
}

/// One field that at least one of the states has.
#[derive(Debug)]
pub(super) struct Step<'a> {
    /// The number of elements above.
    pub(super) depth: usize,
    element: Element<'a>,
    typ: Type<'a>,
    pub(super) old: Option<Place<'a>>,
    pub(super) new: Option<Place<'a>>,
    /// True if a field that is no leaf exists whenever its parent does: a struct inside a Go struct.
    pub(super) implied: bool,
    /// True if an apply owns the existence of a field that is no leaf.
    pub(super) applied: bool,
    /// True if the parent exists in the old state, be it only implied.
    pub(super) parent_existed: bool,
}

/// A field in one state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) value: &'a Value,
    /// True for a field that is owned whole.
    pub(super) leaf: bool,
}

/// The fields of two states, except those that belong to the server and those below which nothing differs. Each field comes before those
/// below it, siblings are sorted. Nulls count as absent.
pub(super) struct Walk<'a> {
    stack: Vec<Step<'a>>,
    /// The path of the last step, in the notation of FieldsV1.
    pub(super) path: Vec<Element<'a>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(old: &'a Value, new: &'a Value, root: Type<'a>) -> Walk<'a> {
        let mut walk = Walk { stack: Vec::new(), path: Vec::new() };
        walk.below(0, root, Some(old), Some(new), true);
        walk
    }

    /// The next field. Its path is in `path`.
    pub(super) fn next(&mut self) -> Option<Step<'a>> {
        let mut step = self.stack.pop()?;
        self.path.truncate(step.depth);
        self.path.push(std::mem::replace(&mut step.element, Element::Field("")));
        let open = |place: &Option<Place<'a>>| place.as_ref().filter(|place| !place.leaf).map(|place| place.value);
        let existed = step.old.is_some() || (step.implied && step.parent_existed);
        self.below(step.depth + 1, step.typ, open(&step.old), open(&step.new), existed);
        Some(step)
    }

    /// Queues the fields below a field.
    fn below(&mut self, depth: usize, typ: Type<'a>, old: Option<&'a Value>, new: Option<&'a Value>, parent_existed: bool) {
        let start = self.stack.len();
        match (old, new) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                self.members(depth, typ, Some(old), Some(new), parent_existed);
            }
            (Some(Value::Array(old)), Some(Value::Array(new))) => self.items(depth, typ, old, new, parent_existed),
            (old, new) => {
                if let Some(Value::Object(old)) = old {
                    self.members(depth, typ, Some(old), None, parent_existed);
                }
                if let Some(Value::Object(new)) = new {
                    self.members(depth, typ, None, Some(new), parent_existed);
                }
                let list = |value: Option<&'a Value>| value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                self.items(depth, typ, list(old), list(new), parent_existed);
            }
        }
        // The last one is taken first.
        self.stack[start..].sort_unstable_by(|one, two| two.element.cmp(&one.element));
    }

    fn members(
        &mut self,
        depth: usize,
        typ: Type<'a>,
        old: Option<&'a Map<String, Value>>,
        new: Option<&'a Map<String, Value>>,
        parent_existed: bool,
    ) {
        let mut in_step = old.into_iter().flatten();
        let mut all_met = old.map_or(0, Map::len) == new.map_or(0, Map::len);
        for (name, value) in new.into_iter().flatten() {
            // Both states usually have their members in the same order.
            let before = match in_step.next() {
                Some((other, before)) if other == name => Some(before),
                _ => {
                    all_met = false;
                    old.and_then(|old| old.get(name))
                }
            };
            self.member(depth, typ, name, before, Some(value), parent_existed);
        }
        if all_met {
            return;
        }
        for (name, value) in old.into_iter().flatten() {
            if new.is_none_or(|new| !new.contains_key(name)) {
                self.member(depth, typ, name, Some(value), None, parent_existed);
            }
        }
    }

    fn member(
        &mut self,
        depth: usize,
        typ: Type<'a>,
        name: &'a str,
        old: Option<&'a Value>,
        new: Option<&'a Value>,
        parent_existed: bool,
    ) {
        let [old, new] = [old, new].map(|value| value.filter(|value| !value.is_null()));
        if (old.is_none() && new.is_none()) || is_ignored(depth, &self.path, name) || equal(old, new) {
            return;
        }
        let Member { typ: kind, implied, applied } = typ.member_facts(name);
        let place = |value: &'a Value| Place { value, leaf: is_leaf(value, kind) };
        self.stack.push(Step {
            depth,
            element: Element::Field(name),
            typ: kind,
            old: old.map(place),
            new: new.map(place),
            implied,
            applied,
            parent_existed,
        });
    }

    fn items(&mut self, depth: usize, typ: Type<'a>, old: &'a [Value], new: &'a [Value], parent_existed: bool) {
        let kind = typ.list();
        if kind == ListKind::Atomic || (old.is_empty() && new.is_empty()) {
            return;
        }
        // Of items with the same key the last one counts.
        let keyed = |list: &'a [Value]| -> Vec<(String, &'a Value)> {
            let mut keyed: Vec<_> = list.iter().filter_map(|item| Some((element_of(typ, &kind, item)?, item))).collect();
            keyed.reverse();
            keyed.sort_by(|one, two| one.0.cmp(&two.0));
            keyed.dedup_by(|one, two| one.0 == two.0);
            keyed
        };
        let mut old = keyed(old).into_iter().peekable();
        let mut both: Vec<(String, Option<&'a Value>, Option<&'a Value>)> = Vec::new();
        for (element, item) in keyed(new) {
            while let Some((gone, before)) = old.next_if(|(other, _)| *other < element) {
                both.push((gone, Some(before), None));
            }
            let before = old.next_if(|(other, _)| *other == element).map(|(_, before)| before);
            both.push((element, before, Some(item)));
        }
        both.extend(old.map(|(gone, before)| (gone, Some(before), None)));
        let whole = typ.has_atomic_items();
        let item_type = typ.item();
        for (element, old, new) in both.into_iter().filter(|(_, old, new)| !equal(*old, *new)) {
            let place = |value: &'a Value| Place { value, leaf: whole || is_leaf(value, item_type) };
            self.stack.push(Step {
                depth,
                element: Element::Item(element),
                typ: item_type,
                old: old.map(place),
                new: new.map(place),
                implied: false,
                applied: true,
                parent_existed,
            });
        }
    }
}

fn equal(old: Option<&Value>, new: Option<&Value>) -> bool {
    old.zip(new).is_some_and(|(old, new)| same(old, new))
}

fn is_ignored(depth: usize, path: &[Element<'_>], name: &str) -> bool {
    match depth {
        0 => name == "apiVersion" || name == "kind",
        1 => path.first() == Some(&Element::Field("metadata")) && IGNORED.contains(&name),
        _ => false,
    }
}

/// True for leaves: scalars, atomic and empty values, and lists with an item that has no key.
fn is_leaf(value: &Value, typ: Type<'_>) -> bool {
    match value {
        Value::Object(map) => map.is_empty() || typ.is_atomic_map(),
        Value::Array(list) => {
            let kind = typ.list();
            list.is_empty() || list.iter().any(|item| !has_element(typ, &kind, item))
        }
        _ => true,
    }
}
