//! Objects as YAML, in the layout of `kubectl get -o yaml`.

use serde_json::Value;

use super::document::{Document, Line, Sign};
use super::position::Position;
use kuberewind_model::json::scalar;

enum Task<'a> {
    Value(Position, &'a Value),
    EndFold(Option<usize>, bool),
}

/// Renders an object.
#[must_use]
pub fn render(value: &Value) -> Document {
    render_as(Sign::Same, value)
}

/// Renders an object with the same sign on all lines.
#[must_use]
pub fn render_as(sign: Sign, value: &Value) -> Document {
    let mut document = Document::default();
    append(&mut document, sign, Position::root(), value, false);
    document
}

/// Appends a value. All of its lines get the same sign. `closed` closes its outermost fold.
pub(super) fn append(document: &mut Document, sign: Sign, position: Position, value: &Value, closed: bool) {
    let mut stack = vec![Task::Value(position, value)];
    let mut outermost = true;
    while let Some(task) = stack.pop() {
        match task {
            Task::EndFold(head, closed) => {
                if let Some(head) = head {
                    document.end_fold(head, closed);
                }
            }
            Task::Value(position, value) => {
                let fold = closed && outermost;
                outermost = false;
                open(document, &mut stack, sign, &position, value, fold);
            }
        }
    }
}

fn open<'a>(document: &mut Document, stack: &mut Vec<Task<'a>>, sign: Sign, position: &Position, value: &'a Value, closed: bool) {
    let root = position.label.is_none() && position.dashes == 0;
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            if position.label.is_some() {
                let head = document.push(position.line(sign, ""));
                stack.push(Task::EndFold(head, closed));
            } else if !root {
                stack.push(Task::EndFold(Some(document.lines.len()), closed));
            }
            let children = fields.iter().enumerate().map(|(at, (key, value))| Task::Value(position.field(key, at == 0), value));
            stack.extend(children.collect::<Vec<_>>().into_iter().rev());
        }
        Value::Array(items) if !items.is_empty() => {
            if position.label.is_some() {
                let head = document.push(position.line(sign, ""));
                stack.push(Task::EndFold(head, closed));
            }
            let children = items.iter().enumerate().map(|(at, value)| Task::Value(position.item(at, at == 0), value));
            stack.extend(children.collect::<Vec<_>>().into_iter().rev());
        }
        Value::String(text) if is_block(text) => block(document, sign, position, text, closed),
        value => {
            document.push(position.line(sign, &scalar::inline(value)));
        }
    }
}

/// Returns true for a multi-line text, which is shown line by line under its key.
pub(super) fn is_block(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n')
}

fn block(document: &mut Document, sign: Sign, position: &Position, text: &str, closed: bool) {
    let head = document.push(position.line(sign, "|"));
    for line in text.lines() {
        document.push(block_line(position, sign, line));
    }
    if let Some(head) = head {
        document.end_fold(head, closed);
    }
}

/// Returns a line of a multi-line text, truncated to [`scalar::MAX_CHARS`].
pub(super) fn block_line(position: &Position, sign: Sign, text: &str) -> Line {
    let text = match text.char_indices().nth(scalar::MAX_CHARS) {
        Some((at, _)) => format!("{} … {} bytes", &text[..at], text.len()),
        None => text.to_owned(),
    };
    Line { sign, depth: position.depth + 1, text, path: position.path.clone(), ..Line::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value) -> String {
        render(value).lines.iter().map(|line| "  ".repeat(line.depth.into()) + &line.text + "\n").collect()
    }

    #[test]
    fn objects_have_the_layout_of_kubectl() {
        let value = serde_json::json!({"kind": "Pod", "spec": {"containers": [{"name": "web", "args": ["-v", "2"], "env": []}],
            "matrix": [[1, 2], [3]]}, "data": {"a.conf": "x\ny\n"}});
        let expected = "kind: Pod\nspec:\n  containers:\n  - name: web\n    args:\n    - -v\n    - \"2\"\n    env: []\n  matrix:\n  - - 1\n    - 2\n  - - 3\ndata:\n  a.conf: |\n    x\n    y\n";
        assert_eq!(text(&value), expected);
    }

    #[test]
    fn folds_count_their_nested_lines() {
        let document = render(&serde_json::json!({"a": {"b": 1, "c": [1, 2]}, "d": 2}));
        let folds: Vec<_> = document.lines.iter().map(|line| (line.text.as_str(), line.fold)).collect();
        assert_eq!(folds, [("a:", 4), ("b: 1", 0), ("c:", 2), ("- 1", 0), ("- 2", 0), ("d: 2", 0)]);
    }

    #[test]
    fn the_text_parses_back() {
        let value = serde_json::json!({"a": [{"x": "yes", "y": [[], {}]}, "-", ": ", null, 1.5, true], "b c": {"": "#"}});
        let back: Value = serde_saphyr::from_str(&text(&value)).unwrap();
        assert_eq!(back, value);
    }
}
