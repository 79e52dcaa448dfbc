//! JSON, YAML and CSV. Keys are named as in the other outputs of the program.

use serde_json::{Map, Value, json};

use crate::render::yaml;
use crate::tui::doc::{Doc, LineKind};
use crate::tui::row::Row;

use super::Content;
use super::content::sign;

pub(super) fn json(content: &Content, redacted: usize) -> String {
    // Maps of texts and numbers can always be written.
    let mut text = serde_json::to_string_pretty(&tree(content, redacted)).unwrap_or_default();
    text.push('\n');
    text
}

/// Of an object's state the object itself; of everything else what [`json`] writes.
pub(super) fn yaml(content: &Content, redacted: usize) -> String {
    let mut text = match content {
        Content::Doc { pane: "State", doc } => state(doc),
        _ => lines(&yaml::render(&tree(content, redacted)).lines),
    };
    if redacted > 0 {
        text.push_str(&format!("# {redacted} redacted: a keyed hash stands for the value\n"));
    }
    text
}

/// The object of a state, line by line: it is YAML already. What is said about it becomes a comment.
fn state(doc: &Doc) -> String {
    let mut text = String::new();
    for line in &doc.lines {
        match line.kind {
            LineKind::Tree => text.push_str(&lines(std::slice::from_ref(&line.line))),
            _ => text.push_str(&format!("# {}\n", crate::tui::draw::clean(&line.line.text))),
        }
    }
    text
}

fn lines(lines: &[crate::render::document::Line]) -> String {
    lines.iter().filter(|line| !line.elision).fold(String::new(), |mut text, line| {
        text.push_str(&"  ".repeat(usize::from(line.depth)));
        text.push_str(&crate::tui::draw::clean(&line.text));
        text.push('\n');
        text
    })
}

fn tree(content: &Content, redacted: usize) -> Value {
    let mut whole = Map::new();
    match content {
        Content::Rows { rows, left } => {
            whole.insert("operations".to_owned(), rows.iter().map(row).collect());
            if *left > 0 {
                whole.insert("left_out".to_owned(), json!(left));
            }
        }
        Content::Drawn { pane, lines } => {
            whole.insert("view".to_owned(), json!(pane.to_lowercase()));
            whole.insert("lines".to_owned(), json!(lines));
        }
        Content::Doc { pane, doc } => {
            whole.insert("view".to_owned(), json!(pane.to_lowercase()));
            whole.insert("object".to_owned(), json!(doc.title));
            whole.insert("about".to_owned(), json!(doc.about));
            whole.insert("at".to_owned(), json!(doc.at.0));
            whole.insert("lines".to_owned(), doc_lines(doc));
            if doc.left_out > 0 {
                whole.insert("left_out".to_owned(), json!(doc.left_out));
            }
            if doc.hidden > 0 {
                whole.insert("hidden".to_owned(), json!(doc.hidden));
            }
        }
    }
    whole.insert("redacted".to_owned(), json!(redacted));
    Value::Object(whole)
}

fn row(row: &Row) -> Value {
    json!({
        "operation": row.seq.0,
        "time": row.at.rfc3339(9),
        "duration_ms": row.duration.as_millis(),
        "actor": &*row.actor,
        "verb": row.verb.as_str(),
        "kind": &*row.kind,
        "namespace": &*row.namespace,
        "name": &*row.name,
        "subresource": &*row.subresource,
        "status": row.status,
        "reconcile": row.span.as_ref().map(|span| &*span.name),
        "note": &*row.note,
    })
}

fn doc_lines(doc: &Doc) -> Value {
    let line = |line: &crate::tui::doc::DocLine| {
        let mut fields = Map::new();
        if !line.line.path.is_empty() {
            fields.insert("path".to_owned(), json!(&*line.line.path));
        }
        let sign = sign(line.line.sign).trim();
        if !sign.is_empty() {
            fields.insert("sign".to_owned(), json!(sign));
        }
        if let LineKind::Link(to, certainty) = line.kind {
            fields.insert("operation".to_owned(), json!(to.0));
            fields.insert("certainty".to_owned(), json!(certainty.map(kuberewind_model::Certainty::as_str)));
        }
        fields.insert("text".to_owned(), json!(line.line.text));
        if !line.right.is_empty() {
            fields.insert("note".to_owned(), json!(line.right));
        }
        Value::Object(fields)
    };
    doc.lines.iter().filter(|of| !of.line.elision).map(line).collect()
}

/// A header, then a line for each row or line.
pub(super) fn csv(content: &Content) -> String {
    let (list, columns): (Vec<Value>, &[&str]) = match content {
        Content::Rows { rows, .. } => (
            rows.iter().map(row).collect(),
            &[
                "operation",
                "time",
                "duration_ms",
                "actor",
                "verb",
                "kind",
                "namespace",
                "name",
                "subresource",
                "status",
                "reconcile",
                "note",
            ],
        ),
        Content::Drawn { lines, .. } => (lines.iter().map(|line| json!({"text": line})).collect(), &["text"]),
        Content::Doc { doc, .. } => {
            let Value::Array(lines) = doc_lines(doc) else { return String::new() };
            (lines, &["path", "sign", "operation", "certainty", "text", "note"])
        }
    };
    let mut text = columns.join(",");
    text.push_str("\r\n");
    for item in &list {
        let cells: Vec<String> = columns.iter().map(|column| cell(item.get(column))).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell as RFC 4180 has it. A text that a spreadsheet would take for a formula gets a quote before it.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => return other.to_string(),
    };
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;
    use serde_json::json;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_is_never_a_formula() {
        let cell = |value: serde_json::Value| cell(Some(&value));
        assert_eq!((cell(json!("a,b")), cell(json!("say \"x\""))), ("\"a,b\"".into(), "\"say \"\"x\"\"\"".into()));
        assert_eq!((cell(json!("=1+1")), cell(json!(-3)), cell(json!(null))), ("'=1+1".into(), "-3".into(), "".into()));
    }
}
