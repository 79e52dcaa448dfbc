//! Error messages about objects with secret values: servers quote the values that they reject.

use super::document::{Document, ROOT};
use super::edits::Edits;
use super::session_key::SessionKey;

/// The words that servers write before a rejected value. Everything after them is replaced.
const BEFORE_VALUES: &[&str] = &["alid value: ", "upported value: ", "uplicate value: ", "nvalid character ", "not unmarshal "];

/// Cleans the message of a `Status` and the messages of its causes.
pub(super) fn clean_status(key: &SessionKey, document: &Document<'_>, edits: &mut Edits<'_>, public_words: &[&str]) {
    let causes = document
        .members(ROOT, "details")
        .flat_map(|details| document.members(details, "causes"))
        .flat_map(|causes| document.children(causes))
        .flat_map(|cause| document.members(cause, "message"));
    for message in document.members(ROOT, "message").chain(causes) {
        if let Some(text) = document.text(message) {
            edits.set_text(message, clean_message(key, &text, public_words));
        }
    }
}

/// Replaces everything that may be a value: the text after `Invalid value:` and similar words, and everything in quotes except
/// `public_words`.
pub(super) fn clean_message(key: &SessionKey, message: &str, public_words: &[&str]) -> String {
    let value_at = BEFORE_VALUES.iter().filter_map(|words| Some(message.find(words)? + words.len())).min();
    let (before, value) = message.split_at(value_at.unwrap_or(message.len()));
    let mut out = without_quotes(key, before, public_words);
    if !value.is_empty() {
        out.push_str(&key.replace(value.as_bytes()));
    }
    out
}

fn without_quotes(key: &SessionKey, text: &str, public_words: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['"', '`', '\'']) {
        let quote = rest[open..].chars().next().unwrap_or('"');
        out.push_str(&rest[..=open]);
        let inside = &rest[open + 1..];
        let end = end_of_quote(inside, quote);
        let (value, after) = inside.split_at(end);
        if is_public(value, public_words) {
            out.push_str(value);
        } else {
            out.push_str(&key.replace(value.as_bytes()));
        }
        let Some(after) = after.strip_prefix(quote) else { return out };
        out.push(quote);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn is_public(value: &str, public_words: &[&str]) -> bool {
    value.is_empty() || public_words.contains(&value) || value.starts_with("system:")
}

/// The offset of the closing quote, or of the text's end.
fn end_of_quote(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stay_readable_without_the_values() {
        let key = SessionKey::new([9; 32]);
        let clean = |message: &str| clean_message(&key, message, &["secrets", "db", "Secret", "shop"]);
        assert_eq!(clean("secrets \"db\" already exists"), "secrets \"db\" already exists");
        let invalid = clean("Secret \"db\" is invalid: data[k]: Invalid value: \"hunter2\": must be base64 \"hunter2\"");
        assert!(
            invalid.starts_with("Secret \"db\" is invalid: data[k]: Invalid value: redacted:") && !invalid.contains("hunter2")
        );
        for message in ["strict decoding: \"hunter2\\\" x\" more", "cut \"hunter2", "got `hunter2`", "'hunter2'"] {
            assert!(!clean(message).contains("hunter2"), "{message} → {}", clean(message));
        }
    }
}
