//! The server's `Warning` headers.

use super::message::Head;
use super::state::State;
use kuberewind_model::Remark;

/// Limits on the warnings of one response, and on the length of one in bytes.
const MAX_WARNINGS: usize = 16;
const MAX_WARNING: usize = 1024;

/// The texts of the response's `Warning` headers.
pub(super) fn warnings(state: &State, head: Option<&Head>) -> Vec<Remark> {
    let headers = head.map(|head| head.warnings.as_slice()).unwrap_or_default();
    let texts = headers.iter().take(MAX_WARNINGS).filter_map(|value| warning_text(value.to_str().ok()?));
    texts.map(|text| Remark::Warning(state.redactor.text(&text).into())).collect()
}

/// The text of a header `299 - "TEXT"`, cut to a bounded length.
fn warning_text(header: &str) -> Option<String> {
    let quoted = header.split_once('"')?.1;
    let mut text = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => text.extend(characters.next()),
            _ => text.push(character),
        }
        if text.len() >= MAX_WARNING {
            text.push('…');
            break;
        }
    }
    (!text.is_empty()).then_some(text)
}
