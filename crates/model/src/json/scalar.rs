//! Scalars as YAML writes them: plain where possible, else quoted; long ones are truncated.

use serde_json::Value;

/// The longest value on a line, in characters.
pub const MAX_CHARS: usize = 2_000;

/// Formats a value without children on one line.
#[must_use]
pub fn inline(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => cut(text),
        Value::String(text) => match text.char_indices().nth(MAX_CHARS) {
            Some((at, _)) => format!("{:?} … {} bytes", &text[..at], text.len()),
            None => serde_json::to_string(text).unwrap_or_default(),
        },
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Array(items) => format!("[{} items]", items.len()),
        Value::Object(fields) => format!("{{{} fields}}", fields.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Formats a key.
#[must_use]
pub fn key(text: &str) -> String {
    if is_plain(text) { cut(text) } else { inline(&Value::String(text.to_owned())) }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => format!("{} … {} bytes", &text[..at], text.len()),
        None => text.to_owned(),
    }
}

/// True if YAML reads the plain text back as the same string.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let special = |c: char| "-?:,[]{}#&*!|>'\"%@`=~ ".contains(c);
    let lone_dash = first == '-' && text.len() > 1 && !text.starts_with("- ");
    if special(first) && !lone_dash || text.ends_with([' ', ':']) || text.contains(": ") || text.contains(" #") {
        return false;
    }
    if text.chars().any(char::is_control) || looks_like_a_number(text) {
        return false;
    }
    !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n")
}

fn looks_like_a_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+', '.']);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | '-' | '+' | 'x' | 'o' | '_' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_ambiguous_strings() {
        for (text, shown) in [
            ("web", "web"),
            ("nginx:1.25", "nginx:1.25"),
            ("true", "\"true\""),
            ("1.5", "\"1.5\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("-x", "-x"),
            ("- x", "\"- x\""),
            ("\u{1b}[31m", "\"\\u001b[31m\""),
            ("2026-02-04", "\"2026-02-04\""),
        ] {
            assert_eq!(inline(&Value::String(text.into())), shown);
        }
        assert_eq!(inline(&serde_json::json!({})), "{}");
        assert!(inline(&Value::String("x".repeat(1 << 20))).len() < 3_000);
    }
}
