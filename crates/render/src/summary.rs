//! The change between two versions of an object in a few words: `.spec.replicas 3→5`, `conditions[Ready] False→True`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::diff::is_noise_field;
use super::document::Sign;
use kuberewind_model::json::paths::{self, Changed, Limits};
use kuberewind_model::json::{keys, pointer, scalar};

/// Compared fields. An object that differs in more is summarised by these.
const MAX_FIELDS: usize = 2_000;
/// The most parts of a summary.
const MAX_PARTS: usize = 8;
/// The longest value, in characters.
const MAX_VALUE: usize = 28;

/// A changed field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPart {
    pub sign: Sign,
    /// With its path: `.spec.replicas 3→5`. It comes from the recording: escape it before you print it.
    pub long: String,
    /// With its last name only: `replicas 3→5`.
    pub short: String,
}

/// The changed fields of a version, the most telling first: spec before metadata before status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSummary {
    pub parts: Vec<ChangedPart>,
    /// Changed fields beyond `parts`.
    pub more: usize,
}

/// The order of the parts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Lifecycle,
    Wanted,
    Metadata,
    Condition,
    Status,
    Generation,
}

/// Summarises the change from `before` to `after`. Fields that change with every write are left out.
#[must_use]
pub fn summary(before: &Value, after: &Value) -> ChangeSummary {
    let limits = Limits { changes: MAX_FIELDS, ..Limits::default() };
    let changes = paths::changed(before, after, limits).leaves;
    let mut found: Vec<(Rank, ChangedPart)> = Vec::new();
    let mut grouped = BTreeSet::new();
    let says_nothing = |change: &Changed| is_noise(&change.path) || is_container_of_others(change, before, after);
    for change in changes.iter().filter(|change| !says_nothing(change)) {
        if let Some(condition) = Condition::of(&change.path) {
            if grouped.insert(condition.path.to_owned()) {
                found.extend(condition.part(&changes, before, after).map(|part| (Rank::Condition, part)));
            }
            continue;
        }
        if let Some(part) = lifecycle(change, after) {
            found.extend(part.map(|part| (Rank::Lifecycle, part)));
            continue;
        }
        // All fields of an added or removed parent are one part.
        let parent = parent(change, before, after);
        if grouped.insert(parent.to_owned()) {
            found.push((rank(parent), part(change, parent, before, after)));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    let more = found.len().saturating_sub(MAX_PARTS);
    ChangeSummary { parts: found.into_iter().take(MAX_PARTS).map(|(_, part)| part).collect(), more }
}

fn is_noise(path: &str) -> bool {
    is_noise_field(path) || path.starts_with("/metadata/managedFields/") || path == "/metadata/generation"
}

/// True for a list or an object that was or is empty, and has members on the other side: those are changes themselves.
fn is_container_of_others(change: &Changed, before: &Value, after: &Value) -> bool {
    let is_empty =
        |value: &Value| value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty);
    match (&change.before, &change.after) {
        (Some(was), None) => is_empty(was) && after.pointer(&change.path).is_some(),
        (None, Some(is)) => is_empty(is) && before.pointer(&change.path).is_some(),
        _ => false,
    }
}

fn rank(path: &str) -> Rank {
    match path.split('/').nth(1) {
        Some("metadata") => Rank::Metadata,
        Some("status") if path.ends_with("/observedGeneration") => Rank::Generation,
        Some("status") => Rank::Status,
        _ => Rank::Wanted,
    }
}

/// Finalizers and the beginning of a deletion. `Some(None)` for a field that adds nothing.
fn lifecycle(change: &Changed, after: &Value) -> Option<Option<ChangedPart>> {
    match change.path.as_str() {
        "/metadata/deletionTimestamp" if change.before.is_none() => {
            let words = "deletion begins".to_owned();
            Some(Some(ChangedPart { sign: Sign::Removed, long: words.clone(), short: words }))
        }
        "/metadata/deletionGracePeriodSeconds" if after.pointer("/metadata/deletionTimestamp").is_some() => Some(None),
        path if path.starts_with("/metadata/finalizers/") => {
            let (sign, value) = match (&change.before, &change.after) {
                (_, Some(added)) => (Sign::Added, added),
                (Some(removed), None) => (Sign::Removed, removed),
                (None, None) => return Some(None),
            };
            let name = short(value);
            let last = name.rsplit('/').next().unwrap_or(&name);
            let mark = if sign == Sign::Added { '+' } else { '-' };
            Some(Some(ChangedPart { sign, long: format!("{mark}finalizer {name}"), short: format!("{mark}finalizer {last}") }))
        }
        _ => None,
    }
}

/// A condition: `/status/conditions/2`.
struct Condition<'a> {
    path: &'a str,
}

impl<'a> Condition<'a> {
    /// The condition that a field belongs to.
    fn of(path: &'a str) -> Option<Condition<'a>> {
        let (list, rest) = path.split_once("/conditions/")?;
        let index = rest.split('/').next()?;
        let end = list.len() + "/conditions/".len() + index.len();
        index.bytes().all(|byte| byte.is_ascii_digit()).then(|| Condition { path: &path[..end] })
    }

    /// Its status if that changed, else its reason, else its message; nothing if only times did.
    fn part(&self, changes: &[Changed], before: &Value, after: &Value) -> Option<ChangedPart> {
        let member = |name: &str| {
            let path = format!("{}/{name}", self.path);
            changes.iter().find(|change| change.path == path)
        };
        let item = after.pointer(self.path).or_else(|| before.pointer(self.path));
        let kind = item.and_then(|item| item.get("type")).map_or_else(|| "?".to_owned(), short);
        let name = format!("conditions[{kind}]");
        if let Some(status) = member("status") {
            return Some(valued(&name, &name, status));
        }
        let (member, field) = ["reason", "message"].iter().find_map(|name| Some((member(name)?, *name)))?;
        Some(valued(&format!("{name}.{field}"), &format!("[{kind}].{field}"), member))
    }
}

/// The highest parent that only one side has, else the field itself.
fn parent<'a>(change: &'a Changed, before: &Value, after: &Value) -> &'a str {
    let missing_in = match (&change.before, &change.after) {
        (None, Some(_)) => before,
        (Some(_), None) => after,
        _ => return &change.path,
    };
    let ends = change.path.char_indices().skip(1).filter(|(_, c)| *c == '/').map(|(at, _)| at);
    for end in ends {
        let parent = &change.path[..end];
        if lacks(missing_in, parent, if missing_in == before { after } else { before }) {
            return parent;
        }
    }
    &change.path
}

/// True if `side` has nothing at `path`. Items of lists are looked for by their key.
fn lacks(side: &Value, path: &str, other: &Value) -> bool {
    let (list, last) = path.rsplit_once('/').unwrap_or(("", path));
    let items = |value: &Value| value.pointer(list).and_then(Value::as_array).cloned();
    match (items(side), items(other), last.parse::<usize>()) {
        (Some(was), Some(is), Ok(index)) => {
            keys::counterparts(&was, &is).is_some_and(|found| found.get(index).is_some_and(Option::is_none))
        }
        _ => side.pointer(path).is_none(),
    }
}

fn part(change: &Changed, path: &str, before: &Value, after: &Value) -> ChangedPart {
    let root = if change.after.is_some() { after } else { before };
    let (long, short) = (label(path, root), last_name(path, root));
    if path == change.path {
        return valued(&long, &short, change);
    }
    let (sign, mark) = if change.after.is_some() { (Sign::Added, '+') } else { (Sign::Removed, '-') };
    ChangedPart { sign, long: format!("{mark}{long}"), short: format!("{mark}{short}") }
}

fn valued(long: &str, short_name: &str, change: &Changed) -> ChangedPart {
    let words = |name: &str| match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{name} {}→{}", short(before), short(after)),
        (None, Some(after)) => format!("+{name} {}", short(after)),
        (Some(before), None) => format!("-{name} {}", short(before)),
        (None, None) => name.to_owned(),
    };
    let sign = match (&change.before, &change.after) {
        (None, Some(_)) => Sign::Added,
        (Some(_), None) => Sign::Removed,
        _ => Sign::Changed,
    };
    ChangedPart { sign, long: words(long), short: words(short_name) }
}

/// `.spec.template.spec.containers[web].image`: items of lists have their key instead of their index.
fn label(path: &str, root: &Value) -> String {
    let mut out = String::new();
    let mut at = String::new();
    for part in path.split('/').skip(1) {
        let in_list = root.pointer(&at).is_some_and(Value::is_array);
        at.push('/');
        at.push_str(part);
        if in_list {
            out.push_str(&format!("[{}]", item_name(root.pointer(&at), part)));
        } else {
            out.push_str(&pointer::dotted(&format!("/{part}")));
        }
    }
    out
}

/// `image`, or `containers[web]` for an item.
fn last_name(path: &str, root: &Value) -> String {
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    if root.pointer(parent).is_some_and(Value::is_array) {
        let list = parent.rsplit('/').next().unwrap_or_default();
        return format!("{list}[{}]", item_name(root.pointer(path), last));
    }
    pointer::dotted(&format!("/{last}")).trim_start_matches('.').to_owned()
}

fn item_name(item: Option<&Value>, index: &str) -> String {
    let names = ["name", "type", "key", "containerPort", "port"];
    let found = item.and_then(|item| names.iter().find_map(|name| item.get(name)));
    found.map_or_else(|| index.to_owned(), short)
}

fn short(value: &Value) -> String {
    // Quotes would take room.
    let text = value.as_str().map_or_else(|| scalar::inline(value), str::to_owned);
    match text.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::summary;

    fn long(before: &Value, after: &Value) -> Vec<String> {
        summary(before, after).parts.into_iter().map(|part| part.long).collect()
    }

    fn short(before: &Value, after: &Value) -> Vec<String> {
        summary(before, after).parts.into_iter().map(|part| part.short).collect()
    }

    #[test]
    fn the_wanted_state_comes_before_the_status() {
        let before = json!({"metadata": {"resourceVersion": "1", "generation": 1}, "spec": {"replicas": 3},
            "status": {"readyReplicas": 3, "observedGeneration": 1, "conditions": [{"type": "Ready", "status": "False", "reason": "A", "lastTransitionTime": "x"}]}});
        let after = json!({"metadata": {"resourceVersion": "2", "generation": 2}, "spec": {"replicas": 5},
            "status": {"readyReplicas": 4, "observedGeneration": 2, "conditions": [{"type": "Ready", "status": "True", "reason": "B", "lastTransitionTime": "y"}]}});
        assert_eq!(
            long(&before, &after),
            [".spec.replicas 3→5", "conditions[Ready] False→True", ".status.readyReplicas 3→4", ".status.observedGeneration 1→2"]
        );
        assert_eq!(short(&before, &after)[0], "replicas 3→5");
        assert!(summary(&before, &before).parts.is_empty());
    }

    #[test]
    fn conditions_name_their_reason_if_their_status_stays() {
        let with = |reason: &str, message: &str| json!({"status": {"conditions": [{"type": "Ready", "status": "False", "reason": reason, "message": message}]}});
        assert_eq!(long(&with("A", "x"), &with("B", "y")), ["conditions[Ready].reason A→B"]);
        assert_eq!(short(&with("A", "x"), &with("A", "y")), ["[Ready].message x→y"]);
        let none = json!({"status": {"conditions": []}});
        assert_eq!(long(&none, &with("A", "x")), ["+conditions[Ready] False"]);
        assert_eq!(long(&with("A", "x"), &none), ["-conditions[Ready] False"]);
    }

    #[test]
    fn finalizers_and_deletion_come_first() {
        let before = json!({"metadata": {"name": "a"}, "spec": {"x": 1}});
        let after = json!({"metadata": {"name": "a", "finalizers": ["shop.io/clean"], "deletionTimestamp": "t", "deletionGracePeriodSeconds": 0}, "spec": {"x": 2}});
        assert_eq!(long(&before, &after), ["+finalizer shop.io/clean", "deletion begins", ".spec.x 1→2"]);
        assert_eq!(short(&before, &after)[0], "+finalizer clean");
        assert_eq!(long(&after, &before)[0], "-finalizer shop.io/clean");
    }

    #[test]
    fn an_added_item_is_one_part_and_items_have_names() {
        let container = |name: &str, image: &str| json!({"name": name, "image": image, "ports": [{"containerPort": 80}]});
        let with = |containers: Vec<Value>| json!({"spec": {"containers": containers}});
        let one = with(vec![container("web", "web:1")]);
        assert_eq!(long(&one, &with(vec![container("web", "web:2")])), [".spec.containers[web].image web:1→web:2"]);
        let two = with(vec![container("proxy", "envoy"), container("web", "web:1")]);
        assert_eq!(long(&one, &two), ["+.spec.containers[proxy]"]);
        assert_eq!(short(&two, &one), ["-containers[proxy]"]);
        assert_eq!(long(&json!({"a": 1}), &json!({"a": 1, "labels": {"x": "1", "y": "2"}})), ["+.labels"]);
    }

    #[test]
    fn many_fields_are_counted_and_long_values_cut() {
        let fields = |value: u64| Value::Object((0..40).map(|at| (format!("f{at:02}"), json!(value))).collect());
        let found = summary(&json!({"spec": fields(1)}), &json!({"spec": fields(2)}));
        assert_eq!((found.parts.len(), found.more), (8, 32));
        let text = |c: &str| json!({"data": {"k": c.repeat(90)}});
        assert_eq!(long(&text("a"), &text("b")), [format!(".data.k {}…→{}…", "a".repeat(28), "b".repeat(28))]);
    }
}
