//! The diff of two objects. It compares trees, not text: the order of keys does not count, and list items are matched by merge
//! key, as Kubernetes does.
//!
//! Unchanged lines are folded under a line that lists their names.

use serde_json::{Map, Value};

use super::document::{Change, Document, Line, Sign};
use super::position::Position;
use super::{align, replacement, yaml};
use kuberewind_model::json::pointer;

/// Visibility of changes of noise fields. See [`is_noise_field`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Noise {
    /// Hide and count them.
    #[default]
    Hidden,
    Shown,
}

/// How to compare lists without a merge key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lists {
    /// A different order is a change.
    #[default]
    InOrder,
    /// The order does not count.
    AnyOrder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DiffOptions {
    pub noise: Noise,
    pub lists: Lists,
}

impl From<Noise> for DiffOptions {
    fn from(noise: Noise) -> DiffOptions {
        DiffOptions { noise, ..DiffOptions::default() }
    }
}

/// Returns true for a field that changes with every write, such as `resourceVersion`, or by a heartbeat.
#[must_use]
pub fn is_noise_field(path: &str) -> bool {
    matches!(
        path,
        "/metadata/managedFields"
            | "/metadata/resourceVersion"
            | "/metadata/selfLink"
            | "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"
    ) || path.ends_with("/lastHeartbeatTime")
        || path.ends_with("/lastProbeTime")
}

/// The most names in the line that replaces unchanged neighbours.
const MAX_NAMED: usize = 50;

enum Task<'a> {
    /// A value of both objects.
    Both(Position, &'a Value, &'a Value),
    /// An added or removed value.
    Only(Sign, Position, &'a Value),
    /// Unchanged neighbours.
    Same(Vec<(Position, &'a Value)>),
    EndFold(Option<usize>),
}

/// Returns the diff from `before` to `after`.
#[must_use]
pub fn diff(before: &Value, after: &Value, options: impl Into<DiffOptions>) -> Document {
    let options = options.into();
    let noise = options.noise;
    let mut document = Document::default();
    let mut stack = vec![Task::Both(Position::root(), before, after)];
    while let Some(task) = stack.pop() {
        match task {
            Task::EndFold(head) => {
                if let Some(head) = head {
                    document.end_fold(head, false);
                }
            }
            Task::Same(parts) => unchanged(&mut document, parts),
            Task::Only(sign, position, value) => {
                let (old, new) = if sign == Sign::Removed { (Some(value), None) } else { (None, Some(value)) };
                if record(&mut document, noise, &position, old, new) {
                    yaml::append(&mut document, sign, position, value, false);
                }
            }
            Task::Both(position, before, after) => compare(&mut document, &mut stack, options, &position, before, after),
        }
    }
    document
}

/// Adds a change to the document's list. Returns false if its lines are hidden.
fn record(document: &mut Document, noise: Noise, position: &Position, before: Option<&Value>, after: Option<&Value>) -> bool {
    document.changes.push(Change { path: position.path.clone(), before: before.cloned(), after: after.cloned() });
    if noise == Noise::Shown || !is_noise_field(&position.path) {
        return true;
    }
    *document.hidden.entry(pointer::last(&position.path)).or_default() += 1;
    false
}

fn compare<'a>(
    document: &mut Document,
    stack: &mut Vec<Task<'a>>,
    options: DiffOptions,
    position: &Position,
    before: &'a Value,
    after: &'a Value,
) {
    let noise = options.noise;
    if before == after {
        return stack.push(Task::Same(vec![(position.clone(), after)]));
    }
    if noise == Noise::Hidden && is_noise_field(&position.path) {
        record(document, noise, position, Some(before), Some(after));
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if !old.is_empty() && !new.is_empty() => {
            head(document, stack, position);
            let tasks = fields(noise, position, old, new);
            stack.extend(tasks.into_iter().rev());
        }
        (Value::Array(old), Value::Array(new)) if !old.is_empty() && !new.is_empty() => {
            head(document, stack, position);
            let tasks = items(document, options.lists, position, old, new);
            stack.extend(tasks.into_iter().rev());
        }
        (Value::String(old), Value::String(new)) if yaml::is_block(old) || yaml::is_block(new) => {
            record(document, noise, position, Some(before), Some(after));
            replacement::append_block(document, position, old, new);
        }
        _ => {
            record(document, noise, position, Some(before), Some(after));
            replacement::append(document, position, before, after);
        }
    }
}

fn head(document: &mut Document, stack: &mut Vec<Task<'_>>, position: &Position) {
    if position.label.is_some() {
        let head = document.push(position.line(Sign::Same, ""));
        stack.push(Task::EndFold(head));
    }
}

/// Returns the fields of both objects in the order of the new one. A removed field follows its old predecessor. An unchanged
/// merge key comes first, so that the first line of a list item names the item.
fn fields<'a>(noise: Noise, position: &Position, old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> Vec<Task<'a>> {
    let mut order: Vec<&'a str> = Vec::with_capacity(new.len());
    let mut removed_after: std::collections::HashMap<Option<&str>, Vec<&'a str>> = std::collections::HashMap::new();
    let mut predecessor = None;
    for key in old.keys() {
        if new.contains_key(key) {
            predecessor = Some(key.as_str());
        } else {
            removed_after.entry(predecessor).or_default().push(key);
        }
    }
    order.extend(removed_after.remove(&None).unwrap_or_default());
    for key in new.keys() {
        order.push(key);
        order.extend(removed_after.remove(&Some(key.as_str())).unwrap_or_default());
    }
    if position.label.is_none() && position.dashes > 0 {
        let naming = |key: &&str| align::is_merge_key(key) && old.get(*key) == new.get(*key);
        if let Some(at) = order.iter().position(naming) {
            order[..=at].rotate_right(1);
        }
    }
    let mut tasks = Vec::with_capacity(order.len());
    let mut same = Vec::new();
    for (at, key) in order.into_iter().enumerate() {
        let position = position.field(key, at == 0);
        let names_item = position.dashes > 0;
        match (old.get(key), new.get(key)) {
            (Some(before), Some(after)) if before == after => {
                same.push((position, after));
                if names_item {
                    tasks.push(Task::Same(std::mem::take(&mut same)));
                }
            }
            (before, after) => {
                // A hidden field does not separate its unchanged neighbours.
                if noise == Noise::Shown || !is_noise_field(&position.path) {
                    tasks.extend((!same.is_empty()).then(|| Task::Same(std::mem::take(&mut same))));
                }
                tasks.extend(either(position.clone(), before, position, after));
            }
        }
    }
    tasks.extend((!same.is_empty()).then_some(Task::Same(same)));
    tasks
}

fn either<'a>(
    old_position: Position,
    before: Option<&'a Value>,
    new_position: Position,
    after: Option<&'a Value>,
) -> Option<Task<'a>> {
    match (before, after) {
        (Some(before), Some(after)) => Some(Task::Both(new_position, before, after)),
        (Some(before), None) => Some(Task::Only(Sign::Removed, old_position, before)),
        (None, Some(after)) => Some(Task::Only(Sign::Added, new_position, after)),
        (None, None) => None,
    }
}

fn items<'a>(document: &mut Document, lists: Lists, position: &Position, old: &'a [Value], new: &'a [Value]) -> Vec<Task<'a>> {
    let keyed = align::by_key(old, new);
    let unordered = keyed.is_none() && lists == Lists::AnyOrder;
    let aligned = if unordered { align::in_any_order } else { align::in_order };
    let alignment = keyed.unwrap_or_else(|| aligned(old, new));
    // In an unordered list only equal items count as moved.
    let is_same = |was: usize, is: usize| !unordered || old.get(was) == new.get(is);
    let both = alignment.iter().filter_map(|(was, is)| Some(((*was)?, (*is)?)));
    let moved: Vec<usize> = both.filter(|(was, is)| is_same(*was, *is)).map(|(was, _)| was).collect();
    if unordered {
        document.reordered += usize::from(!moved.is_sorted());
    } else if !moved.is_sorted() {
        document.changes.push(Change { path: position.path.clone(), before: None, after: None });
        let depth = position.depth.saturating_sub(position.dashes);
        let text = "(other order)".to_owned();
        document.push(Line { sign: Sign::Changed, depth, text, path: position.path.clone(), ..Line::default() });
    }
    let mut tasks = Vec::with_capacity(alignment.len());
    let mut same = Vec::new();
    for (at, (before, after)) in alignment.into_iter().enumerate() {
        let old_position = position.item(before.unwrap_or_default(), at == 0);
        let new_position = position.item(after.unwrap_or_default(), at == 0);
        let (before, after) = (before.and_then(|at| old.get(at)), after.and_then(|at| new.get(at)));
        match (before, after) {
            (Some(before), Some(after)) if before == after => same.push((new_position, after)),
            _ => {
                tasks.extend((!same.is_empty()).then(|| Task::Same(std::mem::take(&mut same))));
                tasks.extend(either(old_position, before, new_position, after));
            }
        }
    }
    tasks.extend((!same.is_empty()).then_some(Task::Same(same)));
    tasks
}

/// Appends unchanged neighbours: a single field as it is, several folded under a line with their names.
fn unchanged(document: &mut Document, parts: Vec<(Position, &Value)>) {
    let whole_item = |(position, value): &(Position, &Value)| position.label.is_none() && value.is_object();
    if parts.len() == 1 && !parts.iter().any(whole_item) {
        for (position, value) in parts {
            yaml::append(document, Sign::Same, position, value, true);
        }
        return;
    }
    let Some((first, _)) = parts.first() else { return };
    let depth = first.depth.saturating_sub(first.dashes);
    let line = Line { depth, path: first.path.clone(), ..Line::default() };
    let head = document.push(Line { text: names(&parts), elision: true, ..line.clone() });
    let left_out = document.bounded(|document| {
        for (position, value) in parts {
            yaml::append(document, Sign::Same, position, value, true);
        }
    });
    if left_out > 0 {
        document.push(Line { text: format!("… {left_out} further lines, unchanged, are not shown"), ..line });
    }
    if let Some(head) = head {
        document.end_fold(head, true);
    }
}

/// Lists the names of unchanged neighbours, at most [`MAX_NAMED`]. Without any name, returns their count.
fn names(parts: &[(Position, &Value)]) -> String {
    let name = |(position, value): &(Position, &Value)| position.label.clone().or_else(|| align::item_name(value));
    let names: Vec<String> = parts.iter().take(MAX_NAMED).filter_map(name).collect();
    match parts.len().saturating_sub(MAX_NAMED) {
        _ if names.is_empty() => format!("{} items", parts.len()),
        0 => names.join(", "),
        more => format!("{}, … {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(before: &Value, after: &Value) -> Vec<String> {
        let sign = |line: &Line| match line.sign {
            Sign::Same if line.elision => '.',
            Sign::Same => ' ',
            Sign::Added => '+',
            Sign::Removed => '-',
            Sign::Changed => '~',
        };
        let document = diff(before, after, Noise::Hidden);
        let mut skip = 0;
        let mut lines = Vec::new();
        for line in &document.lines {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = if line.closed { line.fold } else { 0 };
            lines.push(format!("{}{}{}", sign(line), "  ".repeat(line.depth.into()), line.text));
        }
        lines
    }

    #[test]
    fn the_order_of_keys_does_not_count() {
        let before: Value = serde_json::from_str(r#"{"a":1,"b":{"c":2,"d":[{"name":"x","v":1}]}}"#).unwrap();
        let after: Value = serde_json::from_str(r#"{"b":{"d":[{"v":1,"name":"x"}],"c":2},"a":1}"#).unwrap();
        assert_eq!(diff(&before, &after, Noise::Hidden).changes, []);
    }

    #[test]
    fn list_items_are_matched_by_merge_key() {
        let list = |image: &str| {
            json!({"spec": {"replicas": 3, "paused": false, "containers": [
            {"image": "log:1", "name": "log"}, {"image": image, "name": "web", "tty": true}, {"image": "s:2", "name": "side"}]}})
        };
        assert_eq!(
            shown(&list("web:1"), &list("web:2")),
            [
                " spec:",
                ".  replicas, paused",
                "   containers:",
                ".  log",
                "   - name: web",
                "~    image: web:1 → web:2",
                "     tty: true",
                ".  side"
            ]
            .map(str::to_owned)
        );
    }

    #[test]
    fn noise_fields_are_hidden_and_counted() {
        let at =
            |rv: &str, replicas: u64| json!({"metadata": {"name": "x", "resourceVersion": rv}, "spec": {"replicas": replicas}});
        let document = diff(&at("1", 3), &at("2", 5), Noise::Hidden);
        assert_eq!(document.hidden, [("resourceVersion".to_owned(), 1)].into());
        assert!(document.lines.iter().all(|line| !line.text.contains("resourceVersion")));
        assert_eq!(document.changes.len(), 2);
        assert!(diff(&at("1", 3), &at("2", 5), Noise::Shown).hidden.is_empty());
    }

    #[test]
    fn long_values_are_shown_below_each_other_with_differing_words_marked() {
        let document = diff(
            &json!({"m": "the quick brown fox jumps over it"}),
            &json!({"m": "the quick red fox jumps over it"}),
            Noise::Hidden,
        );
        let marked = |line: &Line| line.emphasis.iter().map(|range| line.text[range.clone()].to_owned()).collect::<Vec<_>>();
        assert_eq!(
            document.lines.iter().map(|line| (line.sign, marked(line))).collect::<Vec<_>>(),
            [(Sign::Removed, vec!["brown".to_owned()]), (Sign::Added, vec!["red".to_owned()])]
        );
    }

    #[test]
    fn a_change_after_many_unchanged_items_is_shown() {
        let list = |last: u64| -> Value {
            let items = (0..60_000_u64)
                .map(|item| json!({"name": format!("item-{item}"), "weight": if item == 59_998 { last } else { 1 }}));
            json!({"items": items.collect::<Vec<_>>()})
        };
        let document = diff(&list(1), &list(2), Noise::Hidden);
        assert_eq!(document.left_out, 0, "all changes fit");
        assert!(document.lines.iter().any(|line| line.text == "weight: 1 → 2"));
        let elision = document.lines.iter().find(|line| line.elision).unwrap();
        assert!(
            elision.text.starts_with("item-0, item-1,") && elision.text.ends_with("item-49, … 59948 more"),
            "{}",
            elision.text
        );
        let remark = document.lines.iter().find(|line| line.text.contains("further lines, unchanged, are not shown"));
        assert!(remark.is_some() && document.lines.len() < 10_000, "{}", document.lines.len());
    }

    #[test]
    fn long_texts_keep_their_common_beginning_and_end() {
        let text = |middle: &str, lines: usize| -> Value {
            let middle: String = (0..lines).map(|line| format!("{middle} {line}\n")).collect();
            json!({"log": format!("begin\n{middle}end\n")})
        };
        for lines in [10, 30_000] {
            let document = diff(&text("old", lines), &text("new", lines), Noise::Hidden);
            let count = |sign: Sign| document.lines.iter().filter(|line| line.sign == sign).count();
            assert_eq!((count(Sign::Removed), count(Sign::Added), count(Sign::Same)), (lines, lines, 3));
        }
    }

    #[test]
    fn lists_without_merge_keys_are_aligned_and_a_new_order_is_shown() {
        assert_eq!(shown(&json!(["a", "b", "c"]), &json!(["a", "x", "b", "c"])), [" - a", "+- x", ".2 items"]);
        let (one, two) = (json!([{"name": "a"}, {"name": "b"}]), json!([{"name": "b"}, {"name": "a"}]));
        assert_eq!(shown(&one, &two), ["~(other order)", ".b, a"]);
    }

    #[test]
    fn with_any_order_only_additions_and_removals_are_changes() {
        let any_order = DiffOptions { lists: Lists::AnyOrder, ..DiffOptions::default() };
        let changed = |before: Value, after: Value| {
            let document = diff(&before, &after, any_order);
            let of = |change: &Change| (change.before.clone(), change.after.clone());
            (document.reordered, document.changes.iter().map(of).collect::<Vec<_>>())
        };
        assert_eq!(changed(json!({"args": ["-v", "-a", "-v"]}), json!({"args": ["-v", "-v", "-a"]})), (1, vec![]));
        assert_eq!(changed(json!(["a", "b"]), json!(["c", "a"])), (0, vec![(Some(json!("b")), Some(json!("c")))]));
        assert_eq!(changed(json!([1, 2, 3]), json!([3, 1])), (1, vec![(Some(json!(2)), None)]));
        assert_eq!(changed(json!([[1, 2]]), json!([[2, 1]])), (1, vec![]), "nested lists are unordered too");
        // Lists with a merge key stay ordered.
        let (one, two) = (json!([{"name": "a"}, {"name": "b"}]), json!([{"name": "b"}, {"name": "a"}]));
        assert_eq!(changed(one, two), (0, vec![(None, None)]));
    }
}
