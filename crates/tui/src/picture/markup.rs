//! SVG markup.

use std::fmt::Arguments;

/// Appends an element on its own line.
pub(super) fn push(out: &mut String, element: Arguments<'_>) {
    out.push_str(&element.to_string());
    out.push('\n');
}

/// Escapes a text for XML and HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
