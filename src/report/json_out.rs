//! JSON on standard output.

use serde_json::Value;

/// Indented, ended by a line feed.
#[must_use]
pub fn json_text(value: &Value) -> String {
    // A `Value` always has a text: its keys are strings.
    let mut text = escaped(serde_json::to_string_pretty(value).unwrap_or_default());
    text.push('\n');
    text
}

/// On one line, without a line feed.
#[must_use]
pub fn json_line(value: &Value) -> String {
    escaped(value.to_string())
}

/// C1 controls and DEL are legal in JSON strings, but terminals obey some of them.
fn escaped(text: String) -> String {
    let obeyed = |c: char| c.is_control() && c != '\n';
    if !text.contains(obeyed) {
        return text;
    }
    text.chars().map(|c| if obeyed(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}
