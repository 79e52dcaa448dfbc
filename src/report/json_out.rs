//! JSON on standard output.

use serde_json::Value;

/// Indented, ended by a line feed. Escapes stay escapes: JSON text never holds a control character.
#[must_use]
pub fn json_text(value: &Value) -> String {
    // A `Value` always has a text: its keys are strings.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    // C1 controls and DEL are legal in JSON strings, but terminals obey some of them.
    if text.chars().any(|c| c != '\n' && c.is_control()) {
        text = text
            .chars()
            .map(|c| if c != '\n' && c.is_control() { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() })
            .collect();
    }
    text
}
