//! Content as JSON. Keys have the same names as in the program's other JSON outputs.

use serde_json::{Map, Value, json};

use crate::doc::{Doc, DocLine, LineKind};
use crate::row::Row;
use kuberewind_model::Certainty;

use super::content::Content;
use super::text::sign;

pub(super) fn json(content: &Content, redacted: usize) -> String {
    // Serialising a `Value` cannot fail: its keys are strings.
    let mut text = serde_json::to_string_pretty(&value(content, redacted)).unwrap_or_default();
    text.push('\n');
    text
}

/// Returns the content as a JSON value.
pub(super) fn value(content: &Content, redacted: usize) -> Value {
    let mut fields = Map::new();
    match content {
        Content::Rows { rows, left } => {
            fields.insert("operations".to_owned(), rows.iter().map(row).collect());
            if *left > 0 {
                fields.insert("left_out".to_owned(), json!(left));
            }
        }
        Content::Drawn { pane, lines } => {
            fields.insert("view".to_owned(), json!(pane.to_lowercase()));
            fields.insert("lines".to_owned(), json!(lines));
        }
        Content::Doc { pane, doc } => {
            fields.insert("view".to_owned(), json!(pane.to_lowercase()));
            fields.insert("object".to_owned(), json!(doc.title));
            fields.insert("about".to_owned(), json!(doc.about));
            fields.insert("at".to_owned(), json!(doc.at.0));
            fields.insert("lines".to_owned(), doc_lines(doc));
            if doc.left_out > 0 {
                fields.insert("left_out".to_owned(), json!(doc.left_out));
            }
            if doc.hidden > 0 {
                fields.insert("hidden".to_owned(), json!(doc.hidden));
            }
        }
    }
    fields.insert("redacted".to_owned(), json!(redacted));
    Value::Object(fields)
}

pub(super) fn row(row: &Row) -> Value {
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

pub(super) fn doc_lines(doc: &Doc) -> Value {
    let line = |line: &DocLine| {
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
            fields.insert("certainty".to_owned(), json!(certainty.map(Certainty::as_str)));
        }
        fields.insert("text".to_owned(), json!(line.line.text));
        if !line.right.is_empty() {
            fields.insert("note".to_owned(), json!(line.right));
        }
        Value::Object(fields)
    };
    doc.lines.iter().filter(|line| !line.line.elision).map(line).collect()
}
