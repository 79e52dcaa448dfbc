//! The difference of two trees: not of their texts, so the order of keys is no change, and items of lists are
//! compared with their counterparts as Kubernetes matches them, by a merge key.
//!
//! Lines that did not change stand folded, named and counted, beside those that did.

use serde_json::{Map, Value};

use super::document::{Change, Document, Line, Sign};
use super::yaml::{self, Place};
use super::{align, replaced};
use kuberewind_model::json::pointer;

/// What to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Noise {
    /// Changes of fields that change with every write are left out and counted.
    #[default]
    Counted,
    /// Everything is shown.
    Observations,
}

/// What the order of a list says that has no merge key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lists {
    /// Another order is a change.
    #[default]
    InOrder,
    /// Nothing: such a list is a bag of items.
    AnyOrder,
}

/// What is no change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DiffOptions {
    /// Fields that change with every write.
    pub noise: Noise,
    /// The order of lists.
    pub lists: Lists,
}

impl From<Noise> for DiffOptions {
    fn from(noise: Noise) -> DiffOptions {
        DiffOptions { noise, ..DiffOptions::default() }
    }
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

/// The most unchanged neighbours that are named.
const MAX_NAMED: usize = 50;

enum Task<'a> {
    Pair(Place, &'a Value, &'a Value),
    Only(Sign, Place, &'a Value),
    /// Unchanged neighbours, folded under one line that names them.
    Same(Vec<(Place, &'a Value)>),
    Close(Option<usize>),
}

/// The difference from `before` to `after`.
#[must_use]
pub fn diff(before: &Value, after: &Value, options: impl Into<DiffOptions>) -> Document {
    let options = options.into();
    let noise = options.noise;
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
            Task::Pair(place, before, after) => pair(&mut document, &mut stack, options, &place, before, after),
        }
    }
    document
}

/// Writes a change down; says whether it is to be shown.
fn note(document: &mut Document, noise: Noise, place: &Place, before: Option<&Value>, after: Option<&Value>) -> bool {
    document.changes.push(Change { path: place.path.clone(), before: before.cloned(), after: after.cloned() });
    if noise == Noise::Observations || !is_noise(&place.path) {
        return true;
    }
    *document.hidden.entry(pointer::last(&place.path)).or_default() += 1;
    false
}

fn pair<'a>(
    document: &mut Document,
    stack: &mut Vec<Task<'a>>,
    options: DiffOptions,
    place: &Place,
    before: &'a Value,
    after: &'a Value,
) {
    let noise = options.noise;
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
            let tasks = fields(noise, place, old, new);
            stack.extend(tasks.into_iter().rev());
        }
        (Value::Array(old), Value::Array(new)) if !old.is_empty() && !new.is_empty() => {
            head(document, stack, place);
            let tasks = items(document, options.lists, place, old, new);
            stack.extend(tasks.into_iter().rev());
        }
        (Value::String(old), Value::String(new)) if yaml::is_block(old) || yaml::is_block(new) => {
            note(document, noise, place, Some(before), Some(after));
            replaced::block(document, place, old, new);
        }
        _ => {
            note(document, noise, place, Some(before), Some(after));
            replaced::replaced(document, place, before, after);
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
fn fields<'a>(noise: Noise, place: &Place, old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> Vec<Task<'a>> {
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
                // What is left out as noise does not part its neighbours.
                if noise == Noise::Observations || !is_noise(&place.path) {
                    tasks.extend((!same.is_empty()).then(|| Task::Same(std::mem::take(&mut same))));
                }
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

fn items<'a>(document: &mut Document, lists: Lists, place: &Place, old: &'a [Value], new: &'a [Value]) -> Vec<Task<'a>> {
    let keyed = align::by_key(old, new);
    let bag = keyed.is_none() && lists == Lists::AnyOrder;
    let aligned = if bag { align::in_any_order } else { align::in_order };
    let alignment = keyed.unwrap_or_else(|| aligned(old, new));
    // In a bag only what is the same on both sides can have moved.
    let stays = |was: usize, is: usize| !bag || old.get(was) == new.get(is);
    let both = alignment.iter().filter_map(|(was, is)| Some(((*was)?, (*is)?)));
    let moved: Vec<usize> = both.filter(|(was, is)| stays(*was, *is)).map(|(was, _)| was).collect();
    if bag {
        document.reordered += usize::from(!moved.is_sorted());
    } else if !moved.is_sorted() {
        document.changes.push(Change { path: place.path.clone(), before: None, after: None });
        let depth = place.depth.saturating_sub(place.dashes);
        let text = "(other order)".to_owned();
        document.push(Line { sign: Sign::Changed, depth, text, path: place.path.clone(), ..Line::default() });
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
    let depth = first.depth.saturating_sub(first.dashes);
    let line = Line { depth, path: first.path.clone(), ..Line::default() };
    let head = document.push(Line { text: named(&parts), elision: true, ..line.clone() });
    let left_out = document.aside(|document| {
        for (place, value) in parts {
            yaml::append(document, Sign::Same, place, value, true);
        }
    });
    if left_out > 0 {
        document.push(Line { text: format!("… {left_out} further lines, unchanged, are not shown"), ..line });
    }
    if let Some(head) = head {
        document.close(head, true);
    }
}

/// The names of unchanged neighbours, as far as anybody reads them; where they have none, how many they are.
fn named(parts: &[(Place, &Value)]) -> String {
    let name = |(place, value): &(Place, &Value)| place.label.clone().or_else(|| align::item_name(value));
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
        assert!(diff(&at("1", 3), &at("2", 5), Noise::Observations).hidden.is_empty());
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
    fn a_change_behind_very_much_that_is_the_same_is_shown() {
        let list = |last: u64| -> Value {
            let items = (0..60_000_u64)
                .map(|item| json!({"name": format!("item-{item}"), "weight": if item == 59_998 { last } else { 1 }}));
            json!({"items": items.collect::<Vec<_>>()})
        };
        let document = diff(&list(1), &list(2), Noise::Counted);
        assert_eq!(document.left_out, 0, "there was room for all that changed");
        assert!(document.lines.iter().any(|line| line.text == "weight: 1 → 2"));
        let elision = document.lines.iter().find(|line| line.elision).unwrap();
        assert!(
            elision.text.starts_with("item-0, item-1,") && elision.text.ends_with("item-49, … 59948 more"),
            "{}",
            elision.text
        );
        let told = document.lines.iter().find(|line| line.text.contains("further lines, unchanged, are not shown"));
        assert!(told.is_some() && document.lines.len() < 10_000, "{}", document.lines.len());
    }

    #[test]
    fn of_very_long_texts_the_same_beginning_and_end_are_found() {
        let text = |middle: &str, lines: usize| -> Value {
            let middle: String = (0..lines).map(|line| format!("{middle} {line}\n")).collect();
            json!({"log": format!("begin\n{middle}end\n")})
        };
        for lines in [10, 30_000] {
            let document = diff(&text("old", lines), &text("new", lines), Noise::Counted);
            let count = |sign: Sign| document.lines.iter().filter(|line| line.sign == sign).count();
            assert_eq!((count(Sign::Removed), count(Sign::Added), count(Sign::Same)), (lines, lines, 3));
        }
    }

    #[test]
    fn lists_without_keys_are_aligned_and_a_new_order_is_said() {
        assert_eq!(shown(&json!(["a", "b", "c"]), &json!(["a", "x", "b", "c"])), [" - a", "+- x", ".2 items"]);
        let (one, two) = (json!([{"name": "a"}, {"name": "b"}]), json!([{"name": "b"}, {"name": "a"}]));
        assert_eq!(shown(&one, &two), ["~(other order)", ".b, a"]);
    }

    #[test]
    fn in_any_order_only_what_came_and_went_is_a_change() {
        let bags = DiffOptions { lists: Lists::AnyOrder, ..DiffOptions::default() };
        let changed = |before: Value, after: Value| {
            let document = diff(&before, &after, bags);
            let of = |change: &Change| (change.before.clone(), change.after.clone());
            (document.reordered, document.changes.iter().map(of).collect::<Vec<_>>())
        };
        assert_eq!(changed(json!({"args": ["-v", "-a", "-v"]}), json!({"args": ["-v", "-v", "-a"]})), (1, vec![]));
        assert_eq!(changed(json!(["a", "b"]), json!(["c", "a"])), (0, vec![(Some(json!("b")), Some(json!("c")))]));
        assert_eq!(changed(json!([1, 2, 3]), json!([3, 1])), (1, vec![(Some(json!(2)), None)]));
        assert_eq!(changed(json!([[1, 2]]), json!([[2, 1]])), (1, vec![]), "a list in a list is one as well");
        // Where a key names the items their order is kept, and said.
        let (one, two) = (json!([{"name": "a"}, {"name": "b"}]), json!([{"name": "b"}, {"name": "a"}]));
        assert_eq!(changed(one, two), (0, vec![(None, None)]));
    }
}
