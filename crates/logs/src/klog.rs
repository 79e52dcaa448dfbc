//! klog's lines: `I0221 11:06:58.123456    1234 file.go:12] "message" key="value" …`.

use serde_json::{Map, Value};

use super::controller_runtime::mention;
use super::fields::Fields;
use super::line::ParsedLine;
use super::syncing;

/// Parsed fields per line.
const MOST_FIELDS: usize = 64;

/// Parses a klog line; `None` for other lines.
pub fn read(line: &str) -> Option<ParsedLine> {
    let level = level(line)?;
    let reconcile = parts(line).and_then(|(message, fields)| mention(&fields, &message));
    Some(ParsedLine { level, reconcile, ..ParsedLine::default() })
}

/// The message and the fields of a structured line about a controller; `None` for other lines.
pub(super) fn parts(line: &str) -> Option<(String, Fields)> {
    let (message, rest) = quoted(text(line)?)?;
    let named = rest.contains("reconcileID") || rest.contains("controllerKind") || syncing::is_syncing(&message);
    if named { Some((message, fields(rest)?)) } else { None }
}

/// The text after the level, time, process and source position; `None` for other lines.
pub fn text(line: &str) -> Option<&str> {
    level(line)?;
    line.split_once("] ").map(|(_, text)| text)
}

/// The level from the first letter, if a date follows.
fn level(line: &str) -> Option<&'static str> {
    let level = match line.as_bytes().first()? {
        b'I' => "info",
        b'W' => "warn",
        b'E' => "error",
        b'F' => "fatal",
        _ => return None,
    };
    let date = line.get(1..5)?;
    (date.bytes().all(|byte| byte.is_ascii_digit()) && line.as_bytes().get(5) == Some(&b' ')).then_some(level)
}

fn fields(text: &str) -> Option<Fields> {
    let mut members = Map::new();
    let mut rest = text.trim_start();
    while let Some((key, after)) = rest.split_once('=') {
        let (value, after) = match quoted(after) {
            Some(split) => split,
            None => {
                let end = if after.starts_with('{') { after.find('}').map(|at| at + 1) } else { after.find(' ') };
                let end = end.unwrap_or(after.len());
                (after[..end].to_owned(), &after[end..])
            }
        };
        let parsed = if value.starts_with('{') {
            serde_json::from_str(&value).unwrap_or(Value::String(value))
        } else {
            Value::String(value)
        };
        members.entry(key.trim().to_owned()).or_insert(parsed);
        if members.len() >= MOST_FIELDS {
            break;
        }
        rest = after.trim_start();
    }
    Fields::read(&Value::Object(members).to_string())
}

/// Splits a leading double-quoted text from the rest.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            '"' if !escaped => {
                let raw = &text[..at + 2];
                // Go's quoting equals JSON's except for `
                // x` and similar escapes, which stay as written.
                let value = serde_json::from_str(raw).unwrap_or_else(|_| inner[..at].to_owned());
                return Some((value, &inner[at + 1..]));
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::ReconcilePhase;
    use kuberewind_model::SpanResult;

    #[test]
    fn structured_klog_names_the_reconcile() {
        let line = r#"E0221 11:06:58.123456   77 controller.go:324] "Reconciler error" err="it \"broke\"" controller="web" controllerGroup="apps" controllerKind="Deployment" Deployment="shop/checkout" namespace="shop" name="checkout" reconcileID="8d1f" error="it \"broke\"""#;
        let parsed = read(line).expect("klog");
        let mention = parsed.reconcile.expect("a reconcile");
        assert_eq!(
            (parsed.level, mention.id.as_str(), mention.namespace.as_str(), mention.name.as_str()),
            ("error", "8d1f", "shop", "checkout")
        );
        let error = "it \"broke\"".into();
        assert_eq!(mention.phase, ReconcilePhase::End { result: SpanResult::Error, error, requeue_after: None, duration: None });
        let object = r#"I0221 11:06:58.123456   77 a.go:1] "x" controller="web" controllerKind="Pod" Pod={"name":"a","namespace":"b"} reconcileID="9""#;
        let mention = read(object).and_then(|parsed| parsed.reconcile).expect("a reconcile");
        assert_eq!((mention.namespace.as_str(), mention.name.as_str()), ("b", "a"));
    }

    #[test]
    fn other_lines_are_none() {
        assert!(read("Installing things").is_none());
        assert_eq!(read("W0221 11:06:58.123456   77 a.go:1] plain words").map(|parsed| parsed.level), Some("warn"));
    }
}
