//! JSON as text that is safe to print on a terminal.

use serde::Serialize;
use serde_json::Value;

use kuberewind_model::{Error, ErrorKind, Result};

/// Formats a value as indented JSON with a line feed at the end.
#[must_use]
pub fn json_text(value: &Value) -> String {
    // Serialising a `Value` cannot fail: its keys are strings.
    let mut text = escaped(serde_json::to_string_pretty(value).unwrap_or_default());
    text.push('\n');
    text
}

/// Serialises a query result as indented JSON.
///
/// # Errors
/// When the serialisation fails, for example because a map has keys that are not strings.
pub fn json_of(result: &impl Serialize) -> Result<String> {
    Ok(json_text(&value_of(result)?))
}

/// A query result as a value.
pub(super) fn value_of(result: &impl Serialize) -> Result<Value> {
    serde_json::to_value(result).map_err(|error| Error::new(ErrorKind::Io, "cannot format the result as JSON").because(error))
}

/// Formats a value as JSON on one line, without a line feed.
#[must_use]
pub fn json_line(value: &Value) -> String {
    escaped(value.to_string())
}

/// Escapes C1 control characters and DEL. JSON allows them in strings, but terminals interpret some of them.
fn escaped(text: String) -> String {
    let interpreted = |c: char| c.is_control() && c != '\n';
    if !text.contains(interpreted) {
        return text;
    }
    text.chars().map(|c| if interpreted(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}
