//! Trees as lines in the manner of YAML: what `kubectl get -o yaml` has taught everybody to read.

use std::sync::Arc;

use serde_json::Value;

use super::document::{Document, Line, Sign};
use kuberewind_model::json::{pointer, scalar};

/// Where a value stands in the document: its label, its depth, and the dashes of the list items that begin with it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The key, written as YAML does; `None` for a list's item and for the root.
    pub label: Option<String>,
    /// The depth of the value; a line that begins a list's item starts `dashes` further left.
    pub depth: u16,
    /// How many list items begin on this value's line.
    pub dashes: u16,
    /// The JSON pointer.
    pub path: Arc<str>,
}

impl Place {
    /// The whole document.
    #[must_use]
    pub fn root() -> Place {
        Place { label: None, depth: 0, dashes: 0, path: Arc::from("") }
    }

    /// The place of the field `key`. `first` is whether it is the first of an object, so that it takes over the dash.
    #[must_use]
    pub fn field(&self, key: &str, first: bool) -> Place {
        let depth = if self.label.is_some() { self.depth + 1 } else { self.depth };
        let dashes = if first && self.label.is_none() { self.dashes } else { 0 };
        Place { label: Some(scalar::key(key)), depth, dashes, path: pointer::child(&self.path, key) }
    }

    /// The place of the item `index` of a list.
    #[must_use]
    pub fn item(&self, index: usize, first: bool) -> Place {
        let dashes = if first && self.label.is_none() { self.dashes } else { 0 };
        Place { label: None, depth: self.depth + 1, dashes: dashes + 1, path: pointer::item(&self.path, index) }
    }

    /// The line for this place with the given value text.
    #[must_use]
    pub fn line(&self, sign: Sign, value: &str) -> Line {
        let mut text = "- ".repeat(usize::from(self.dashes));
        if let Some(label) = &self.label {
            text.push_str(label);
            text.push(':');
            if !value.is_empty() {
                text.push(' ');
            }
        }
        text.push_str(value);
        Line { sign, depth: self.depth.saturating_sub(self.dashes), text, path: self.path.clone(), ..Line::default() }
    }
}

enum Task<'a> {
    Value(Place, &'a Value),
    Close(Option<usize>, bool),
}

/// Renders one tree.
#[must_use]
pub fn render(value: &Value) -> Document {
    let mut document = Document::default();
    append(&mut document, Sign::Same, Place::root(), value, false);
    document
}

/// Appends a tree at a place, all of its lines with one sign. `closed` folds it onto its first line.
pub fn append(document: &mut Document, sign: Sign, place: Place, value: &Value, closed: bool) {
    let mut stack = vec![Task::Value(place, value)];
    let mut outermost = true;
    while let Some(task) = stack.pop() {
        match task {
            Task::Close(head, closed) => {
                if let Some(head) = head {
                    document.close(head, closed);
                }
            }
            Task::Value(place, value) => {
                let fold = closed && outermost;
                outermost = false;
                open(document, &mut stack, sign, &place, value, fold);
            }
        }
    }
}

fn open<'a>(document: &mut Document, stack: &mut Vec<Task<'a>>, sign: Sign, place: &Place, value: &'a Value, closed: bool) {
    let root = place.label.is_none() && place.dashes == 0;
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            if place.label.is_some() {
                let head = document.push(place.line(sign, ""));
                stack.push(Task::Close(head, closed));
            } else if !root {
                stack.push(Task::Close(Some(document.lines.len()), closed));
            }
            let places = fields.iter().enumerate().map(|(at, (key, value))| Task::Value(place.field(key, at == 0), value));
            stack.extend(places.collect::<Vec<_>>().into_iter().rev());
        }
        Value::Array(items) if !items.is_empty() => {
            if place.label.is_some() {
                let head = document.push(place.line(sign, ""));
                stack.push(Task::Close(head, closed));
            }
            let places = items.iter().enumerate().map(|(at, value)| Task::Value(place.item(at, at == 0), value));
            stack.extend(places.collect::<Vec<_>>().into_iter().rev());
        }
        Value::String(text) if is_block(text) => block(document, sign, place, text, closed),
        value => {
            document.push(place.line(sign, &scalar::inline(value)));
        }
    }
}

/// Whether a text is shown line by line under its key.
#[must_use]
pub fn is_block(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n')
}

fn block(document: &mut Document, sign: Sign, place: &Place, text: &str, closed: bool) {
    let head = document.push(place.line(sign, "|"));
    for line in text.lines() {
        document.push(block_line(place, sign, line));
    }
    if let Some(head) = head {
        document.close(head, closed);
    }
}

/// A line of a text of several lines.
#[must_use]
pub fn block_line(place: &Place, sign: Sign, text: &str) -> Line {
    let text = match text.char_indices().nth(scalar::MAX_CHARS) {
        Some((at, _)) => format!("{} … {} bytes", &text[..at], text.len()),
        None => text.to_owned(),
    };
    Line { sign, depth: place.depth + 1, text, path: place.path.clone(), ..Line::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value) -> String {
        render(value).lines.iter().map(|line| "  ".repeat(line.depth.into()) + &line.text + "\n").collect()
    }

    #[test]
    fn an_object_reads_like_kubectl_shows_it() {
        let value = serde_json::json!({"kind": "Pod", "spec": {"containers": [{"name": "web", "args": ["-v", "2"], "env": []}],
            "matrix": [[1, 2], [3]]}, "data": {"a.conf": "x\ny\n"}});
        let expected = "kind: Pod\nspec:\n  containers:\n  - name: web\n    args:\n    - -v\n    - \"2\"\n    env: []\n  matrix:\n  - - 1\n    - 2\n  - - 3\ndata:\n  a.conf: |\n    x\n    y\n";
        assert_eq!(text(&value), expected);
    }

    #[test]
    fn heads_know_what_belongs_under_them() {
        let document = render(&serde_json::json!({"a": {"b": 1, "c": [1, 2]}, "d": 2}));
        let folds: Vec<_> = document.lines.iter().map(|line| (line.text.as_str(), line.fold)).collect();
        assert_eq!(folds, [("a:", 4), ("b: 1", 0), ("c:", 2), ("- 1", 0), ("- 2", 0), ("d: 2", 0)]);
    }

    #[test]
    fn what_is_rendered_parses_back_as_the_same() {
        let value = serde_json::json!({"a": [{"x": "yes", "y": [[], {}]}, "-", ": ", null, 1.5, true], "b c": {"": "#"}});
        let back: Value = serde_saphyr::from_str(&text(&value)).unwrap();
        assert_eq!(back, value);
    }
}
