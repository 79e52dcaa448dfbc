//! The difference of two trees: not of their texts, so the order of keys is no change, and items of lists are
//! compared with their counterparts as Kubernetes matches them, by a merge key.
//!
//! Lines that did not change stand folded, named and counted, beside those that did.

use serde_json::{Map, Value};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

use super::document::{Change, Document, Line, Sign};
use super::yaml::{self, Place};
use super::{align, pointer, scalar};

/// The longest text whose words are compared, in bytes.
const MAX_WORDS: usize = 2_000;
/// The widest pair of values that stands on one line, in characters.
const ONE_LINE: usize = 36;

/// What to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Noise {
    /// Changes of fields that change with every write are left out and counted.
    #[default]
    Counted,
    /// Everything is shown.
    Shown,
}

/// Whether a field changes with every write and says nothing.
#[must_use]
pub fn is_noise(path: &str) -> bool {
    matches!(
        path,
        "/metadata/managedFields"
            | "/metadata/resourceVersion"
            | "/metadata/selfLink"
            | "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"
    ) || path.ends_with("/lastHeartbeatTime")
        || path.ends_with("/lastProbeTime")
}

enum Task<'a> {
    Pair(Place, &'a Value, &'a Value),
    Only(Sign, Place, &'a Value),
    /// Unchanged neighbours, folded under one line that names them.
    Same(Vec<(Place, &'a Value)>),
    Close(Option<usize>),
}

/// The difference from `before` to `after`.
#[must_use]
pub fn diff(before: &Value, after: &Value, noise: Noise) -> Document {
    let mut document = Document::default();
    let mut stack = vec![Task::Pair(Place::root(), before, after)];
    while let Some(task) = stack.pop() {
        match task {
            Task::Close(head) => {
                if let Some(head) = head {
                    document.close(head, false);
                }
            }
            Task::Same(parts) => same(&mut document, parts),
            Task::Only(sign, place, value) => {
                let (old, new) = if sign == Sign::Removed { (Some(value), None) } else { (None, Some(value)) };
                if note(&mut document, noise, &place, old, new) {
                    yaml::append(&mut document, sign, place, value, false);
                }
            }
            Task::Pair(place, before, after) => pair(&mut document, &mut stack, noise, &place, before, after),
        }
    }
    document
}

/// Writes a change down; says whether it is to be shown.
fn note(document: &mut Document, noise: Noise, place: &Place, before: Option<&Value>, after: Option<&Value>) -> bool {
    document.changes.push(Change { path: place.path.clone(), before: before.cloned(), after: after.cloned() });
    if noise == Noise::Shown || !is_noise(&place.path) {
        return true;
    }
    *document.hidden.entry(pointer::last(&place.path)).or_default() += 1;
    false
}

fn pair<'a>(
    document: &mut Document,
    stack: &mut Vec<Task<'a>>,
    noise: Noise,
    place: &Place,
    before: &'a Value,
    after: &'a Value,
) {
    if before == after {
        return stack.push(Task::Same(vec![(place.clone(), after)]));
    }
    if noise == Noise::Counted && is_noise(&place.path) {
        note(document, noise, place, Some(before), Some(after));
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if !old.is_empty() && !new.is_empty() => {
            head(document, stack, place);
            let tasks = fields(place, old, new);
            stack.extend(tasks.into_iter().rev());
        }
        (Value::Array(old), Value::Array(new)) if !old.is_empty() && !new.is_empty() => {
            head(document, stack, place);
            let tasks = items(document, place, old, new);
            stack.extend(tasks.into_iter().rev());
        }
        (Value::String(old), Value::String(new)) if yaml::is_block(old) || yaml::is_block(new) => {
            note(document, noise, place, Some(before), Some(after));
            block(document, place, old, new);
        }
        _ => {
            note(document, noise, place, Some(before), Some(after));
            replaced(document, place, before, after);
        }
    }
}

fn head(document: &mut Document, stack: &mut Vec<Task<'_>>, place: &Place) {
    if place.label.is_some() {
        let head = document.push(place.line(Sign::Same, ""));
        stack.push(Task::Close(head));
    }
}

/// The fields of both, in the order of the new one; what is gone stands where it stood before. A merge key comes first,
/// so that the line that begins an item names it.
fn fields<'a>(place: &Place, old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> Vec<Task<'a>> {
    let mut order: Vec<&'a str> = Vec::with_capacity(new.len());
    let mut gone_after: std::collections::HashMap<Option<&str>, Vec<&'a str>> = std::collections::HashMap::new();
    let mut kept = None;
    for key in old.keys() {
        if new.contains_key(key) {
            kept = Some(key.as_str());
        } else {
            gone_after.entry(kept).or_default().push(key);
        }
    }
    order.extend(gone_after.remove(&None).unwrap_or_default());
    for key in new.keys() {
        order.push(key);
        order.extend(gone_after.remove(&Some(key.as_str())).unwrap_or_default());
    }
    if place.label.is_none() && place.dashes > 0 {
        let naming = |key: &&str| align::names_items(key) && old.get(*key) == new.get(*key);
        if let Some(at) = order.iter().position(naming) {
            order[..=at].rotate_right(1);
        }
    }
    let mut tasks = Vec::with_capacity(order.len());
    let mut same = Vec::new();
    for (at, key) in order.into_iter().enumerate() {
        let place = place.field(key, at == 0);
        let names_item = place.dashes > 0;
        match (old.get(key), new.get(key)) {
            (Some(before), Some(after)) if before == after => {
                same.push((place, after));
                if names_item {
                    tasks.push(Task::Same(std::mem::take(&mut same)));
                }
            }
            (before, after) => {
                tasks.extend((!same.is_empty()).then(|| Task::Same(std::mem::take(&mut same))));
                tasks.extend(either(place.clone(), before, place, after));
            }
        }
    }
    tasks.extend((!same.is_empty()).then_some(Task::Same(same)));
    tasks
}

fn either<'a>(old_place: Place, before: Option<&'a Value>, new_place: Place, after: Option<&'a Value>) -> Option<Task<'a>> {
    match (before, after) {
        (Some(before), Some(after)) => Some(Task::Pair(new_place, before, after)),
        (Some(before), None) => Some(Task::Only(Sign::Removed, old_place, before)),
        (None, Some(after)) => Some(Task::Only(Sign::Added, new_place, after)),
        (None, None) => None,
    }
}

fn items<'a>(document: &mut Document, place: &Place, old: &'a [Value], new: &'a [Value]) -> Vec<Task<'a>> {
    let alignment = align::by_key(old, new).unwrap_or_else(|| align::in_order(old, new));
    let moved = alignment.iter().filter_map(|(old, new)| (*old).filter(|_| new.is_some())).collect::<Vec<_>>();
    if !moved.is_sorted() {
        document.changes.push(Change { path: place.path.clone(), before: None, after: None });
        document.push(Line { sign: Sign::Changed, elision: true, ..place.item(0, false).line(Sign::Changed, "(other order)") });
    }
    let mut tasks = Vec::with_capacity(alignment.len());
    let mut same = Vec::new();
    for (at, (before, after)) in alignment.into_iter().enumerate() {
        let old_place = place.item(before.unwrap_or_default(), at == 0);
        let new_place = place.item(after.unwrap_or_default(), at == 0);
        let (before, after) = (before.and_then(|at| old.get(at)), after.and_then(|at| new.get(at)));
        match (before, after) {
            (Some(before), Some(after)) if before == after => same.push((new_place, after)),
            _ => {
                tasks.extend((!same.is_empty()).then(|| Task::Same(std::mem::take(&mut same))));
                tasks.extend(either(old_place, before, new_place, after));
            }
        }
    }
    tasks.extend((!same.is_empty()).then_some(Task::Same(same)));
    tasks
}

/// Unchanged neighbours: one alone stands for itself, several are folded under a line that names them.
fn same(document: &mut Document, parts: Vec<(Place, &Value)>) {
    let whole_item = |(place, value): &(Place, &Value)| place.label.is_none() && value.is_object();
    if parts.len() == 1 && !parts.iter().any(whole_item) {
        for (place, value) in parts {
            yaml::append(document, Sign::Same, place, value, true);
        }
        return;
    }
    let Some((first, _)) = parts.first() else { return };
    let names: Vec<String> =
        parts.iter().filter_map(|(place, value)| place.label.clone().or_else(|| align::item_name(value))).collect();
    let text = if names.is_empty() { format!("{} items", parts.len()) } else { names.join(", ") };
    let depth = first.depth.saturating_sub(first.dashes);
    let head = document.push(Line { depth, text, path: first.path.clone(), elision: true, ..Line::default() });
    for (place, value) in parts {
        yaml::append(document, Sign::Same, place, value, true);
    }
    if let Some(head) = head {
        document.close(head, true);
    }
}

/// A value in place of another: on one line where both are short, else one below the other with the words that differ.
fn replaced(document: &mut Document, place: &Place, before: &Value, after: &Value) {
    let nested = |value: &Value| match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested(before) || nested(after) {
        yaml::append(document, Sign::Removed, place.clone(), before, false);
        yaml::append(document, Sign::Added, place.clone(), after, false);
        return;
    }
    let (old, new) = (scalar::inline(before), scalar::inline(after));
    if old.chars().count() + new.chars().count() <= ONE_LINE {
        let mut line = place.line(Sign::Changed, &format!("{old} → {new}"));
        let start = line.text.len() - new.len();
        line.emphasis = vec![start - " → ".len() - old.len()..start - " → ".len(), start..line.text.len()];
        document.push(line);
        return;
    }
    let (gone, come) = words(&old, &new);
    for (sign, text, differing) in [(Sign::Removed, old, gone), (Sign::Added, new, come)] {
        let mut line = place.line(sign, &text);
        let start = line.text.len() - text.len();
        line.emphasis = differing.into_iter().map(|range| range.start + start..range.end + start).collect();
        document.push(line);
    }
}

type Ranges = Vec<std::ops::Range<usize>>;

/// The parts of both texts that the other has not.
fn words(old: &str, new: &str) -> (Ranges, Ranges) {
    if old.len().max(new.len()) > MAX_WORDS {
        return (Vec::new(), Vec::new());
    }
    let (mut gone, mut come) = (Ranges::new(), Ranges::new());
    let (mut at_old, mut at_new) = (0, 0);
    for change in TextDiff::from_unicode_words(old, new).iter_all_changes() {
        let len = change.value().len();
        match change.tag() {
            ChangeTag::Equal => (at_old, at_new) = (at_old + len, at_new + len),
            ChangeTag::Delete => {
                gone.push(at_old..at_old + len);
                at_old += len;
            }
            ChangeTag::Insert => {
                come.push(at_new..at_new + len);
                at_new += len;
            }
        }
    }
    (gone, come)
}

/// Texts of several lines: their lines compared.
fn block(document: &mut Document, place: &Place, old: &str, new: &str) {
    let head = document.push(place.line(Sign::Same, "|"));
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut show = |sign, line: &str| document.push(yaml::block_line(place, sign, line));
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal { new_index, len, .. } = op {
            for line in &new[new_index..new_index + len] {
                show(Sign::Same, line);
            }
            continue;
        }
        for line in &old[op.old_range()] {
            show(Sign::Removed, line);
        }
        for line in &new[op.new_range()] {
            show(Sign::Added, line);
        }
    }
    if let Some(head) = head {
        document.close(head, false);
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
        let document = diff(before, after, Noise::Counted);
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
    fn another_order_of_keys_is_no_change() {
        let before: Value = serde_json::from_str(r#"{"a":1,"b":{"c":2,"d":[{"name":"x","v":1}]}}"#).unwrap();
        let after: Value = serde_json::from_str(r#"{"b":{"d":[{"v":1,"name":"x"}],"c":2},"a":1}"#).unwrap();
        assert_eq!(diff(&before, &after, Noise::Counted).changes, []);
    }

    #[test]
    fn a_changed_item_of_a_keyed_list_is_that_items_line() {
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
    fn noise_is_left_out_and_counted() {
        let at =
            |rv: &str, replicas: u64| json!({"metadata": {"name": "x", "resourceVersion": rv}, "spec": {"replicas": replicas}});
        let document = diff(&at("1", 3), &at("2", 5), Noise::Counted);
        assert_eq!(document.hidden, [("resourceVersion".to_owned(), 1)].into());
        assert!(document.lines.iter().all(|line| !line.text.contains("resourceVersion")));
        assert_eq!(document.changes.len(), 2);
        assert!(diff(&at("1", 3), &at("2", 5), Noise::Shown).hidden.is_empty());
    }

    #[test]
    fn long_values_stand_below_each_other_with_their_words_marked() {
        let document = diff(
            &json!({"m": "the quick brown fox jumps over it"}),
            &json!({"m": "the quick red fox jumps over it"}),
            Noise::Counted,
        );
        let marked = |line: &Line| line.emphasis.iter().map(|range| line.text[range.clone()].to_owned()).collect::<Vec<_>>();
        assert_eq!(
            document.lines.iter().map(|line| (line.sign, marked(line))).collect::<Vec<_>>(),
            [(Sign::Removed, vec!["brown".to_owned()]), (Sign::Added, vec!["red".to_owned()])]
        );
    }

    #[test]
    fn lists_without_keys_are_aligned_and_a_new_order_is_said() {
        assert_eq!(shown(&json!(["a", "b", "c"]), &json!(["a", "x", "b", "c"])), [" - a", "+- x", ".2 items"]);
        let (one, two) = (json!([{"name": "a"}, {"name": "b"}]), json!([{"name": "b"}, {"name": "a"}]));
        assert_eq!(shown(&one, &two), ["~(other order)", ".b, a"]);
    }
}
