//! Content as CSV.

use serde_json::Value;

use super::content::Content;
use super::json;

const ROW_COLUMNS: &[&str] = &[
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
];

const LINE_COLUMNS: &[&str] = &["path", "sign", "operation", "certainty", "text", "note"];

/// Returns a header, then a record for each row or line.
pub(super) fn csv(content: &Content) -> String {
    let (records, columns): (Vec<Value>, &[&str]) = match content {
        Content::Rows { rows, .. } => (rows.iter().map(json::row).collect(), ROW_COLUMNS),
        Content::Drawn { lines, .. } => (lines.iter().map(|line| serde_json::json!({"text": line})).collect(), &["text"]),
        Content::Doc { doc, .. } => {
            let Value::Array(lines) = json::doc_lines(doc) else { return String::new() };
            (lines, LINE_COLUMNS)
        }
    };
    let mut text = columns.join(",");
    text.push_str("\r\n");
    for record in &records {
        let cells: Vec<String> = columns.iter().map(|column| cell(record.get(column))).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// Quotes a cell as in RFC 4180. A text that a spreadsheet would interpret as a formula gets a single quote before it.
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
    fn cells_are_quoted_if_needed_and_are_never_formulas() {
        let cell = |value: serde_json::Value| cell(Some(&value));
        assert_eq!((cell(json!("a,b")), cell(json!("say \"x\""))), ("\"a,b\"".into(), "\"say \"\"x\"\"\"".into()));
        assert_eq!((cell(json!("=1+1")), cell(json!(-3)), cell(json!(null))), ("'=1+1".into(), "-3".into(), "".into()));
    }
}
