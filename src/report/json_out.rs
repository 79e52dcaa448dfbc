//! JSON on standard output.

use serde::Serialize;
use serde_json::Value;

use kuberewind_model::{Error, ErrorKind, Result};

/// Indented, ended by a line feed.
#[must_use]
pub fn json_text(value: &Value) -> String {
    // A `Value` always has a text: its keys are strings.
    let mut text = escaped(serde_json::to_string_pretty(value).unwrap_or_default());
    text.push('\n');
    text
}

/// Any result as indented JSON.
///
/// # Errors
/// Where the result has no JSON form, which none of ours lacks.
pub fn json_of(result: &impl Serialize) -> Result<String> {
    let value = serde_json::to_value(result)
        .map_err(|error| Error::new(ErrorKind::Io, "the answer cannot be written as JSON").because(error))?;
    Ok(json_text(&value))
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
